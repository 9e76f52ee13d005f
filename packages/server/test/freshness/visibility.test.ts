import { createFreshness, ManualClock } from "@qrcards/cache";
import { expect, onTestFinished, test } from "vitest";
import { createNeighbours } from "../../src/freshness/neighbours.ts";
import { Visibility } from "../../src/freshness/visibility.ts";

test("an edit is visible L after its commit though the database never says who is registered", async () => {
  const clock = new ManualClock();
  const head = { epoch: "e", generation: 0, seq: 1, stamp: "s" };
  const freshness = createFreshness({ authority: { poll: async () => ({ ...head, changes: [] }) }, clock });
  const neighbours = createNeighbours({ freshness, registry: undefined, channels: [] });
  const registry = { id: undefined, list: () => new Promise<never>(() => {}) };
  const visibility = new Visibility({ freshness, registry, neighbours });
  onTestFinished(async () => {
    visibility.close();
    neighbours.close();
    await freshness.close();
  });
  const visible = visibility.everywhere({ seq: 1, stamp: "s" });
  clock.advance(2_001);
  expect(await visible).toEqual({ afterMs: 2_001, by: "lease" });
});
