import type { Mutant } from "./mutants.ts";
import { unusedId } from "./registry.ts";
import { type Moment, NONE, type State } from "./state.ts";
import { beginWait, OVER } from "./time.ts";

/** The database as it is. */
export function present(state: State): Moment {
  return state.moments.at(-1)!;
}

/** The last moment's name. */
export function presentMoment(state: State): number {
  return state.moments.length - 1;
}

/** A new moment: something was committed. */
function write(state: State, changed: Partial<Moment>): number {
  return state.moments.push({ ...present(state), ...changed, begun: beginWait(state) }) - 1;
}

/** What the triggers do: the counter rises, the trip has a new version, the change a row and a stamp of its own. */
export function commitChange(state: State, trip: number, removes: boolean, generation = present(state).generation): number {
  const before = present(state).head;
  const change = state.changes.push({ seq: state.changes[before]!.seq + 1, before, trip, removes }) - 1;
  return write(state, { head: change, generation });
}

/** Of everything: a new generation, and a change of no trip, so that there is something to acknowledge. */
export function flushSoftly(state: State, withoutChange: boolean): number {
  const generation = present(state).generation + 1;
  return withoutChange ? write(state, { generation }) : commitChange(state, NONE, false, generation);
}

export function flushHard(state: State): number {
  return write(state, { epoch: newEpoch(state) });
}

/** Changes before the newest are not told any more. */
export function prune(state: State): void {
  write(state, { prunedTo: state.changes[present(state).head]!.seq });
}

export function backUp(state: State): void {
  state.backup = { moment: presentMoment(state), rows: state.rows.map((row) => ({ ...row })) };
}

/**
 * By `qrcards restore`: under a new epoch. Everybody must register anew; until the leases from before are over one row stands for
 * all who were registered, for which nobody acknowledges anything.
 */
export function restore(state: State, mutant: Mutant | undefined): void {
  const { head, generation, prunedTo } = state.moments[state.backup!.moment]!;
  write(state, { epoch: newEpoch(state), head, generation, prunedTo });
  const standsIn = state.rows.length > 0 && mutant !== "restoreForgetsWorkers";
  state.rows = [];
  if (standsIn) state.rows.push({ id: unusedId(state), removed: true, seenRemoved: state.clock });
  state.restored = state.clock;
}

/** By other means: all of it is as it was, the epoch and the registry too. */
export function putFileBack(state: State): void {
  const { head, epoch, generation, prunedTo } = state.moments[state.backup!.moment]!;
  write(state, { head, epoch, generation, prunedTo });
  // What a janitor had seen of a row it may have seen long ago.
  state.rows = state.backup!.rows.map((row) => ({ ...row, seenRemoved: OVER }));
  state.putBack = state.clock;
  state.restored = state.clock;
}

function newEpoch(state: State): number {
  return Math.max(...state.moments.map(({ epoch }) => epoch)) + 1;
}

/** The trip's last change in a history that ends with `head`: its version and stamp. */
export function versionAt(state: State, head: number, trip: number): number {
  let change = head;
  while (change > 0 && state.changes[change]!.trip !== trip) change = state.changes[change]!.before;
  return change;
}

/** The trip's version in the snapshot of this moment. */
export function versionIn(state: State, moment: number, trip: number): number {
  return versionAt(state, state.moments[moment]!.head, trip);
}

/** Whether `change` lies on the history that ends with `head`. */
export function isOn(state: State, change: number, head: number): boolean {
  const { seq } = state.changes[change]!;
  let at = head;
  while (state.changes[at]!.seq > seq) at = state.changes[at]!.before;
  return at === change;
}
