import { createFreshness, ManualClock, type PollAnswer } from "@qrcards/cache";
import { expect, test } from "vitest";
import { Patience } from "../../src/freshness/patience.ts";

const HEAD: PollAnswer = { epoch: "e", generation: 0, seq: 1, stamp: "s", changes: [] };

/** All that can happen without time going on has happened. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

/** A process that has just polled a database, which from now on fails every poll. */
async function startAndFail() {
  const clock = new ManualClock();
  let isAway = false;
  const authority = { poll: async () => (isAway ? Promise.reject(new Error("refused")) : HEAD) };
  const freshness = createFreshness({ authority, clock });
  await freshness.start();
  isAway = true;
  const failedPoll = async (afterMs: number) => {
    const failed = new Promise((resolve) => freshness.on("pollFailed", resolve));
    clock.advance(afterMs);
    await failed;
    await settled();
  };
  return { freshness, patience: new Patience(freshness), failedPoll };
}

test("who waits for the database is told that it is away when a poll has failed and the lease is over, not before", async () => {
  const { freshness, patience, failedPoll } = await startAndFail();
  const told: string[] = [];
  const waiting = patience.wait(new Promise<never>(() => {})).catch(({ code }) => told.push(code));
  await failedPoll(400);
  expect(told).toEqual([]);
  await failedPoll(1_600);
  await waiting;
  expect(told).toEqual(["database-unavailable"]);
  await freshness.close();
});

test("while it is known to be away nothing is asked of it, before that its answer is handed on, be it an error", async () => {
  const { freshness, patience, failedPoll } = await startAndFail();
  expect(await patience.ask(async () => "answer")).toBe("answer");
  await expect(patience.ask(async () => Promise.reject(new Error("its own")))).rejects.toThrow("its own");
  await failedPoll(2_000);
  await expect(patience.ask(() => expect.unreachable())).rejects.toMatchObject({ code: "authority-unavailable" });
  await freshness.close();
});
