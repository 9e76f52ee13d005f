import { NotOffered, wholeCacheContract } from "@qrcards/cache/testing";
import { describe, expect, test } from "vitest";
import { naiveCache } from "./support/naive-cache.ts";
import { redisProgram } from "./support/redis-server.ts";

const cases = new Map(wholeCacheContract({ adapter: naiveCache }).flatMap((each) => each.cases.map(({ name, run }) => [name, run])));

function run(name: string): Promise<void> {
  const found = cases.get(name);
  if (found === undefined) throw new Error(`The suite has no case "${name}".`);
  return found();
}

/** What the suite must say of a map, `GET`, `SET` and a channel. */
const FAULTS: Readonly<Record<string, RegExp>> = {
  "200 concurrent misses load once": /^200 concurrent reads loaded 200 times/,
  "a delete during a load wins": /^20 of 20 later reads got "old" instead of "new"/,
  "a delete or set on another node during a load wins: delete": /^20 of 20 later reads got "old"/,
  "a read after a delete does not join the load from before it": /^the read after both got "old"/,
  "a lost subscription is repaired within the staleness bound: the network is gone for a moment": /still got "old" 5000 ms later/,
  "Redis hangs: a miss answers within 50 ms and its load": /^the first miss while Redis hangs had no answer after 2\.3 s/,
  "Redis is absent at start: serve, and use it once it comes": /^making a node without Redis had no answer/,
  "a delete without Redis answers, and does not claim to be done: hanging": /^a delete without Redis had no answer/,
  "FLUSHALL never brings an old value: during a load that a delete overtook": /^a read after FLUSHALL got "old"/,
  "a promotion keeps the remaining time to live": /^the second node after the end of the time to live got "old"/,
  '0, "", false, null and NaN are values': /^NaN from Redis is null/,
  "Date, Map, Set, BigInt, Uint8Array: the same from everywhere": /^Date from Redis is "2026-/,
  "a reader's mutation changes nothing for others": /^the next reader got Object {"name":"mutated"/,
};

describe.skipIf(redisProgram === undefined).concurrent("a naive cache", () => {
  for (const [name, seen] of Object.entries(FAULTS)) {
    test(`is found out: ${name}`, { timeout: 90_000 }, async () => {
      await expect(run(name)).rejects.toMatchObject({ name: "AssertionError", message: expect.stringMatching(seen) });
    });
  }

  test("is given what it does well", async () => {
    await run("a hit in memory hands out the same object, not a copy");
    await run("a node reads its own writes");
  });

  test("is not blamed for what it does not offer", async () => {
    await expect(run("tags follow a tree")).rejects.toBeInstanceOf(NotOffered);
    await expect(run("stale while revalidate: nobody waits for the load")).rejects.toThrow("It has no staleWhileRevalidateMs.");
  });
});

test.skipIf(redisProgram === undefined)("a case leaves nothing behind, whatever came of it", async () => {
  const before = process.getActiveResourcesInfo();
  await run("a node reads its own writes");
  await run("a delete during a load wins").catch(() => {});
  await run("tags follow a tree").catch(() => {});
  await run("close drains, and keeps no process alive: the process may end");
  await expect.poll(() => process.getActiveResourcesInfo().length, { timeout: 2_000 }).toBeLessThanOrEqual(before.length);
});
