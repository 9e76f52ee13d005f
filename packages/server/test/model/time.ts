import type { Mutant } from "./mutants.ts";
import type { State } from "./state.ts";

/**
 * Time without numbers. Of all durations the protocol uses only two: a lease, 0.95 L by the worker's clock, and a wait for L, by
 * the clock of whoever waits (an editor, a janitor, and the observer behind "within L"). If no two clocks differ by more than 5 %,
 * **a lease that began before a wait is over when that wait is over**. That order is all that is true of leases and waits at any
 * such speeds, so the model knows no more: it lets each wait take as long as it likes, and ends with it the leases from before.
 *
 * A lease may then last longer than a real one, never shorter. That takes nothing away: a real worker whose lease is over is one
 * that nobody asks just now, or that polls.
 *
 * The clock counts the waits under way. An instant is the number of waits that had begun by then, and a wait is the number it got.
 */
export const OVER = 0;

/** Begins a wait for L. */
export function beginWait(state: State): number {
  return ++state.clock;
}

/** The instant from which a lease counts. Never `OVER`: 1 is "before all waits under way". */
export function now(state: State): number {
  return state.clock + 1;
}

/** More than L has passed since this wait began: it is over, and so is each wait and each lease from before. */
export function elapse(state: State, wait: number, mutant: Mutant | undefined): void {
  const since = (begun: number) => Math.max(OVER, begun - wait);
  // An instant after the wait is one more than the wait's number.
  const lease = (instant: number) => (mutant === "driftSlow" && instant !== OVER ? Math.max(1, instant - wait) : since(instant));
  for (const moment of state.moments) moment.begun = since(moment.begun);
  for (const row of state.rows) row.seenRemoved = since(row.seenRemoved);
  for (const row of state.backup?.rows ?? []) row.seenRemoved = since(row.seenRemoved);
  state.putBack = since(state.putBack);
  state.restored = since(state.restored);
  for (const worker of state.workers) {
    worker.unbroken = since(worker.unbroken);
    // A clock that is read once a poll stands still here.
    worker.lease = mutant === "cachedClock" && worker.lease !== OVER ? Math.max(1, worker.lease - wait) : lease(worker.lease);
    if (worker.poll !== undefined) worker.poll.askedAt = lease(worker.poll.askedAt);
  }
  state.clock -= wait;
}
