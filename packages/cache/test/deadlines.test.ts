import fc from "fast-check";
import { expect, test } from "vitest";
import { type Clock, ManualClock } from "../src/clock.ts";
import { Deadlines } from "../src/deadlines.ts";

test("what is not met in time is missed, once, at its instant; what is met is not", () => {
  const clock = new ManualClock();
  const deadlines = new Deadlines(clock);
  const missed: [string, number][] = [];
  const set = (name: string, limitMs: number) => deadlines.set(limitMs, () => missed.push([name, clock.now()]));
  const first = set("first", 50);
  clock.advance(10);
  set("second", 50);
  expect(deadlines.meet(first)).toBe(true);
  expect(deadlines.meet(first)).toBe(false);
  clock.advance(49);
  expect(missed).toEqual([]);
  clock.advance(1);
  expect(missed).toEqual([["second", 60]]);
  clock.advance(1_000);
  expect(missed).toHaveLength(1);
});

test("a thousand limits take one alarm, and none takes none once the last one's time is over", () => {
  const clock = new ManualClock();
  const deadlines = new Deadlines(clock);
  for (let n = 0; n < 1_000; n++) {
    deadlines.meet(deadlines.set(50, () => {}));
    deadlines.set(50, () => {});
    clock.advance(0.01);
    expect(clock.alarms).toBe(1);
  }
  clock.advance(60);
  expect(clock.alarms).toBe(0);
});

test("limits of any lengths, met in any order, are missed exactly when they were not met, in the order they are due", () => {
  const step = fc.record({ limitMs: fc.oneof(fc.nat(100), fc.constant(Number.POSITIVE_INFINITY)), thenMs: fc.nat(40), meet: fc.nat(5) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const clock = new ManualClock();
      const deadlines = new Deadlines(clock);
      const due = new Map<number, number>();
      const handles: ReturnType<typeof deadlines.set>[] = [];
      steps.forEach(({ limitMs, thenMs, meet }, n) => {
        due.set(n, clock.now() + limitMs);
        handles.push(
          deadlines.set(limitMs, () => {
            expect(clock.now()).toBe(due.get(n));
            due.delete(n);
          }),
        );
        clock.advance(thenMs);
        for (const at of due.values()) expect(at).toBeGreaterThan(clock.now());
        const met = handles[n - meet];
        if (met !== undefined) expect(deadlines.meet(met)).toBe(due.delete(n - meet));
      });
      clock.advance(1_000);
      expect([...due.values()].every((at) => at === Number.POSITIVE_INFINITY)).toBe(true);
      expect(clock.alarms).toBe(0);
    }),
  );
});

test("closing misses all that are set, at once, and leaves no alarm", () => {
  const clock = new ManualClock();
  const deadlines = new Deadlines(clock);
  let missed = 0;
  for (const limitMs of [50, 10, Number.POSITIVE_INFINITY]) deadlines.set(limitMs, () => missed++);
  deadlines.close();
  expect(missed).toBe(3);
  expect(clock.alarms).toBe(0);
});

test("who sets a limit when told that one was missed does not disturb the others", () => {
  const clock = new ManualClock();
  const deadlines = new Deadlines(clock);
  const missed: number[] = [];
  const again = () => {
    missed.push(clock.now());
    if (missed.length < 4) deadlines.set(50, again);
  };
  deadlines.set(50, again);
  deadlines.set(70, again);
  clock.advance(1_000);
  expect(missed).toEqual([50, 70, 100, 120, 150]);
  expect(clock.alarms).toBe(0);
});

/** A clock of a process that can be away: its alarms ring when it is back, late. */
class PausingClock implements Clock {
  readonly #alarms: { readonly at: number; readonly callback: () => void }[] = [];
  #now = 0;

  now(): number {
    return this.#now;
  }

  after(delayMs: number, callback: () => void): () => void {
    this.#alarms.push({ at: this.#now + delayMs, callback });
    return () => {};
  }

  pause(ms: number): void {
    this.#now += ms;
    const due = this.#alarms.filter(({ at }) => at <= this.#now);
    for (const alarm of due) this.#alarms.splice(this.#alarms.indexOf(alarm), 1)[0]!.callback();
  }
}

test("after a pause of the whole process answers get a moment to be read before they count as missed, but only once", () => {
  const clock = new PausingClock();
  const deadlines = new Deadlines(clock);
  const missed: string[] = [];
  const answered = deadlines.set(50, () => missed.push("answered"));
  deadlines.set(50, () => missed.push("hung"));
  clock.pause(300);
  expect(missed).toEqual([]);
  expect(deadlines.meet(answered)).toBe(true);
  clock.pause(300);
  expect(missed).toEqual(["hung"]);
  deadlines.set(50, () => missed.push("next"));
  clock.pause(300);
  expect(missed).toEqual(["hung"]);
  clock.pause(10);
  expect(missed).toEqual(["hung", "next"]);
});

test("an answer that came while the process was busy until the very end of its limit is read before it counts as missed", () => {
  const clock = new PausingClock();
  const deadlines = new Deadlines(clock);
  let missed = 0;
  const answered = deadlines.set(50, () => missed++);
  clock.pause(50);
  // Timers have rung; now sockets are read.
  expect(deadlines.meet(answered)).toBe(true);
  clock.pause(1_000);
  expect(missed).toBe(0);
});
