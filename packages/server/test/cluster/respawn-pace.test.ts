import { expect, test } from "vitest";
import { RespawnPace } from "../../src/cluster/respawn-pace.ts";

test("the pause before a worker is replaced doubles with each short life, up to ten seconds, and is none after a long one", () => {
  const pace = new RespawnPace();
  const pauses = Array.from({ length: 9 }, () => pace.nextPauseMs(1_000));
  expect(pauses).toEqual([100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000]);
  expect(pace.nextPauseMs(30_000)).toBe(0);
  expect(pace.nextPauseMs(29_999)).toBe(100);
});
