import { describe, expect, test } from "vitest";
import { Watchdog } from "../../src/cluster/watchdog.ts";

function watch() {
  return new Watchdog<string>({ silenceLimitMs: 5_000, lookEveryMs: 500 }, 0);
}

/** Looks on time, from one instant to another, and returns who was silent at the end. */
function lookOn(watchdog: Watchdog<string>, from: number, to: number): readonly string[] {
  let silent: readonly string[] = [];
  for (let now = from; now <= to; now += 500) silent = watchdog.look(now);
  return silent;
}

describe("the watchdog", () => {
  test("names whoever was not heard for longer than the limit, and nobody else", () => {
    const watchdog = watch();
    watchdog.heard("a", 0);
    watchdog.heard("b", 0);
    expect(lookOn(watchdog, 500, 3_000)).toEqual([]);
    watchdog.heard("b", 3_000);
    expect(lookOn(watchdog, 3_500, 5_000)).toEqual([]);
    expect(watchdog.look(5_500)).toEqual(["a"]);
    watchdog.forget("a");
    expect(lookOn(watchdog, 6_000, 8_000)).toEqual([]);
    expect(watchdog.look(8_500)).toEqual(["b"]);
  });

  test("does not count the time in which it stood still itself", () => {
    const watchdog = watch();
    watchdog.heard("a", 0);
    expect(lookOn(watchdog, 500, 3_000)).toEqual([]);
    expect(watchdog.look(60_000)).toEqual([]);
    expect(lookOn(watchdog, 60_500, 61_500)).toEqual([]);
    expect(watchdog.look(62_000)).toEqual(["a"]);
  });

  test("gives nobody credit for later who was heard before it looked again", () => {
    const watchdog = watch();
    watchdog.heard("a", 0);
    watchdog.heard("a", 60_000);
    expect(watchdog.look(60_000)).toEqual([]);
    expect(lookOn(watchdog, 60_500, 65_000)).toEqual([]);
    expect(watchdog.look(65_500)).toEqual(["a"]);
  });

  test("counts what it was late by a little", () => {
    const watchdog = watch();
    watchdog.heard("a", 0);
    for (let now = 900; now < 5_400; now += 900) expect(watchdog.look(now)).toEqual([]);
    expect(watchdog.look(5_400)).toEqual(["a"]);
  });
});
