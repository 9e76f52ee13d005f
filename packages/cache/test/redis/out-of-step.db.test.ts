import { expect, inject, onTestFinished, test, vi } from "vitest";
import { startFaultProxy } from "../../src/testing/index.ts";
import { connect } from "../support/redis-connection.ts";

const redisUrl = inject("redisUrl");

test.skipIf(redisUrl === undefined).each([
  ["a number", ":1\r\n"],
  ["a text", "+OK\r\n"],
  ["a list of another length", "*3\r\n:1\r\n:2\r\n:3\r\n"],
])("a connection that is answered %s more than it asked is given up, and until then nothing is taken for a value", async (_what, reply) => {
  const proxy = await startFaultProxy({ target: redisUrl! });
  onTestFinished(() => proxy.close());
  const { tier } = await connect({ url: proxy.url, heartbeatMs: 50 });
  const keys = ["a", "b"];
  for (const key of keys) await tier.set(key, Buffer.from(key), 60_000);
  proxy.garble(reply + reply);
  // Who is in step with it gets what is there, or an error; all others what was said to somebody else.
  const answers = async () => {
    const all = await Promise.allSettled([tier.get(["a"]), tier.get(keys)]);
    return all.map((answer) => (answer.status === "fulfilled" ? answer.value.map(String) : "refused"));
  };
  const seen = new Set<string>();
  await vi.waitUntil(
    async () => {
      const now = JSON.stringify(await answers());
      seen.add(now);
      return now === '[["a"],["a","b"]]' && seen.size > 1;
    },
    { timeout: 5_000, interval: 20 },
  );
  expect([...seen].filter((answer) => /OK|1|2|3/.test(answer))).toEqual([]);
  expect(tier.now()).toBeGreaterThan(0);
});
