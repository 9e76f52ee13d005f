import { expect, test } from "vitest";
import { within } from "../src/clock.ts";
import { ManualClock, systemClock } from "../src/index.ts";
import { deferred } from "./support/deferred.ts";

test("a manual clock stands still until it is told to go on, and rings each alarm at its own instant, in order", () => {
  const clock = new ManualClock();
  const rung: [string, number][] = [];
  clock.after(20, () => rung.push(["second", clock.now()]));
  clock.after(10, () => {
    rung.push(["first", clock.now()]);
    clock.after(5, () => rung.push(["set by the first", clock.now()]));
  });
  const cancel = clock.after(15, () => rung.push(["cancelled", clock.now()]));
  cancel();
  clock.after(101, () => rung.push(["too late", clock.now()]));
  clock.advance(100);
  expect(rung).toEqual([
    ["first", 10],
    ["set by the first", 15],
    ["second", 20],
  ]);
  expect(clock.now()).toBe(100);
  expect(clock.alarms).toBe(1);
});

test("a delay below 0 is over at once, and never turns the clock back", () => {
  const clock = new ManualClock();
  clock.advance(10);
  const rungAt: number[] = [];
  clock.after(-5, () => rungAt.push(clock.now()));
  clock.advance(0);
  expect(rungAt).toEqual([10]);
});

test("the system clock never goes back, and calls back once unless it is told not to", async () => {
  const before = systemClock.now();
  const rung = deferred<number>();
  systemClock.after(1, () => rung.reject(new Error("was cancelled")))();
  systemClock.after(1, () => rung.resolve(systemClock.now()));
  const keepAlive = setTimeout(() => {}, 10_000);
  expect(await rung.promise).toBeGreaterThanOrEqual(before);
  clearTimeout(keepAlive);
});

test("the system clock never calls back too soon, not by a part of a millisecond", async () => {
  const keepAlive = setTimeout(() => {}, 10_000);
  const rings = Array.from({ length: 200 }, (_, index) => {
    const due = systemClock.now() + index / 7;
    const rung = deferred<number>();
    systemClock.after(index / 7, () => rung.resolve(systemClock.now() - due));
    return rung.promise;
  });
  expect(Math.min(...(await Promise.all(rings)))).toBeGreaterThanOrEqual(0);
  clearTimeout(keepAlive);
});

test.each([
  ["system", systemClock],
  ["manual", new ManualClock()],
])("a delay beyond what timers know never comes, on the %s clock", (_, clock) => {
  const cancel = clock.after(2 ** 31, () => {
    throw new Error("came");
  });
  if (clock instanceof ManualClock) clock.advance(2 ** 32);
  expect(cancel).not.toThrow();
});

test("what comes within the limit is passed on and clears the alarm; what comes later is not heard", async () => {
  const clock = new ManualClock();
  const late = () => new Error("late");
  expect(await within(clock, 10, Promise.resolve("in time"), late)).toBe("in time");
  await expect(within(clock, 10, Promise.reject(new Error("failed")), late)).rejects.toThrow("failed");
  expect(clock.alarms).toBe(0);
  const work = deferred<string>();
  const result = within(clock, 10, work.promise, late);
  clock.advance(10);
  await expect(result).rejects.toThrow("late");
  work.reject(new Error("nobody hears this"));
});
