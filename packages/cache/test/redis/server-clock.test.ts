import { expect, test, vi } from "vitest";
import { ServerClock } from "../../src/redis/server-clock.ts";

vi.useFakeTimers({ toFake: ["performance"] });

const elapse = (ms: number) => vi.advanceTimersByTime(ms);

/** Asks a server whose clock is so far ahead of ours, over a way there and a way back. */
function ask(clock: ServerClock, aheadMs: number, thereMs: number, backMs: number): void {
  const askedAt = performance.now();
  elapse(thereMs);
  const timeMs = performance.now() + aheadMs;
  elapse(backMs);
  clock.hear(timeMs, askedAt);
}

const errorOf = (clock: ServerClock, aheadMs: number) => clock.now()! - (performance.now() + aheadMs);

test("the time is unknown until the server was heard, and passes by itself from then on", () => {
  const clock = new ServerClock();
  expect(clock.now()).toBeUndefined();
  ask(clock, 1_000_000, 0, 0);
  const heard = clock.now()!;
  elapse(1_234);
  expect(clock.now()).toBe(heard + 1_234);
  expect(errorOf(clock, 1_000_000)).toBe(0);
});

test("the time is never behind the server's, and ahead by no more than the round trip", () => {
  for (const [there, back] of [
    [0, 40],
    [40, 0],
    [13, 29],
  ] as const) {
    const clock = new ServerClock();
    ask(clock, -5_000, there, back);
    expect(errorOf(clock, -5_000)).toBe(there);
  }
});

test("the quickest of the last ten seconds' round trips counts", () => {
  const clock = new ServerClock();
  ask(clock, 0, 3, 3);
  ask(clock, 0, 200, 200);
  expect(errorOf(clock, 0)).toBe(3);
  ask(clock, 0, 1, 1);
  expect(errorOf(clock, 0)).toBe(1);

  // A server whose clock was set is followed once the old answer is too old to count.
  elapse(9_000);
  ask(clock, 60_000, 5, 5);
  expect(errorOf(clock, 0)).toBe(1);
  elapse(1_000);
  ask(clock, 60_000, 5, 5);
  expect(errorOf(clock, 60_000)).toBe(5);
});

test("another server's answer counts at once", () => {
  const clock = new ServerClock();
  ask(clock, 0, 1, 1);
  clock.restart();
  expect(errorOf(clock, 0)).toBe(1);
  ask(clock, 7_000, 30, 30);
  expect(errorOf(clock, 7_000)).toBe(30);
});
