import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { ManualClock } from "../../src/clock.ts";
import { FaultLane, noFaults } from "../../src/testing/fault-lane.ts";
import { Random } from "../../src/testing/random.ts";
import { settled } from "../support/deferred.ts";

const CHUNK = Buffer.alloc(16 * 1024, "x");
const MOST_CHUNKS = 1_000;

function lane() {
  const from = new PassThrough();
  const to = new PassThrough();
  const faults = noFaults();
  const made = new FaultLane(from, to, { faults, clock: new ManualClock(), random: new Random(1), onForwarded: () => {} });
  return { from, to, faults, lane: made };
}

/** How many chunks the sender could send before it was held back. */
async function fill(from: PassThrough): Promise<number> {
  for (let sent = 0; sent < MOST_CHUNKS; sent++) {
    if (from.writableNeedDrain) await settled();
    if (from.writableNeedDrain) return sent;
    from.write(CHUNK);
  }
  return MOST_CHUNKS;
}

test("a sender is held back while the lane is paused, and gets all of it through afterwards", async () => {
  const { from, to, faults, lane: made } = lane();
  faults.paused = true;
  const sent = await fill(from);
  expect(sent).toBeLessThan(100);
  let received = 0;
  to.on("data", (chunk: Buffer) => {
    received += chunk.length;
  });
  faults.paused = false;
  made.flow();
  await settled();
  expect(received).toBe(sent * CHUNK.length);
});

test("a receiver that does not read holds the sender back", async () => {
  const { from, to } = lane();
  const sent = await fill(from);
  expect(sent).toBeLessThan(100);
  let received = 0;
  to.on("data", (chunk: Buffer) => {
    received += chunk.length;
  });
  while (received < sent * CHUNK.length) await settled();
  expect(await fill(from)).toBe(MOST_CHUNKS);
});
