import { createFreshness, ManualClock } from "@qrcards/cache";
import { expect, onTestFinished, test } from "vitest";
import { createNeighbours } from "../../src/freshness/neighbours.ts";
import type { WorkerRegistry } from "../../src/freshness/registry.ts";
import { Visibility } from "../../src/freshness/visibility.ts";

/** Of a database at which change 1 was the last one, for ever. */
async function open(registry: Pick<WorkerRegistry, "id" | "list">) {
  const clock = new ManualClock();
  const head = { epoch: "e", generation: 0, seq: 1, stamp: "s" };
  const freshness = createFreshness({ authority: { poll: async () => ({ ...head, changes: [] }) }, clock });
  const neighbours = createNeighbours({ freshness, registry: undefined, channels: [] });
  const visibility = new Visibility({ freshness, registry, neighbours });
  onTestFinished(async () => {
    visibility.close();
    neighbours.close();
    await freshness.close();
  });
  return { clock, freshness, visibility };
}

test("an edit is visible L after its commit though the database never says who is registered", async () => {
  const { clock, visibility } = await open({ id: undefined, list: () => new Promise<never>(() => {}) });
  const visible = visibility.everywhere({ seq: 1, stamp: "s" });
  clock.advance(2_001);
  expect(await visible).toEqual({ afterMs: 2_001, by: "lease" });
});

test("a command's edit is visible at once where nobody serves; a worker that finds not even itself believes nobody", async () => {
  const command = await open({ id: undefined, list: async () => [] });
  expect(await command.visibility.everywhere({ seq: 1, stamp: "s" })).toEqual({ afterMs: 0, by: "acknowledgements" });
  const worker = await open({ id: "own", list: async () => [] });
  await worker.freshness.hear();
  worker.clock.advance(10_000);
  const visible = worker.visibility.everywhere({ seq: 1, stamp: "s" });
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  worker.clock.advance(2_001);
  expect(await visible).toEqual({ afterMs: 2_001, by: "lease" });
});
