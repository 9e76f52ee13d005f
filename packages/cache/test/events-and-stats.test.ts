import { expect, test, vi } from "vitest";
import { type CacheEvents, createCache, ManualClock } from "../src/index.ts";
import { deferred, settled } from "./support/deferred.ts";

test("the counts match a scripted run exactly", async () => {
  const clock = new ManualClock();
  const cache = createCache({ namespace: "test", clock, l1: { maxEntries: 2 }, policy: { ttlMs: 1_000 } });
  await Promise.all([1, 2, 3].map(() => cache.getOrLoad("a", () => 1))); // 1 miss, 2 collapsed, 1 installed
  await cache.getOrLoad("a", () => 2); // hit
  cache.peek("a"); // hit
  cache.peek("nothing"); // not a read
  await cache.getOrLoad("none", () => undefined); // miss, installed
  await cache.getOrLoad("none", () => undefined); // negative
  cache.peek("none"); // negative
  await expect(cache.getOrLoad("b", () => Promise.reject(new Error("no")))).rejects.toThrow("no"); // failed
  const loading = deferred<number>();
  const overtaken = cache.getOrLoad("c", () => loading.promise); // miss, discarded
  await settled();
  await cache.delete("c");
  loading.resolve(1);
  await overtaken;
  const stuck = cache.getOrLoad("d", () => new Promise<number>(() => {}), { hardTimeoutMs: 10 }); // timed out
  const refused = expect(stuck).rejects.toThrow();
  await settled();
  clock.advance(10);
  await refused;
  await cache.set("e", 1);
  await cache.set("f", 1); // evicts one
  expect(cache.stats()).toEqual({
    reads: { hit: 2, negative: 2, collapsed: 2, miss: 3, stale: 0, grace: 0 },
    refused: 0,
    loads: { installed: 2, discarded: 1, failed: 1, "timed-out": 1 },
    tooLarge: 0,
    evictions: 1,
    entries: 2,
    negativeEntries: 1,
    bytes: expect.any(Number),
    flights: 0,
  });
});

test("each read, load, eviction and invalidation is told to who listens", async () => {
  const clock = new ManualClock();
  const cache = createCache({ namespace: "test", clock, l1: { maxEntries: 1 } });
  const told: unknown[] = [];
  for (const name of ["read", "load", "evict", "invalidate"] as const)
    cache.on(name, (event: CacheEvents[typeof name]) => told.push([name, event]));
  const failure = new Error("no");

  await cache.getOrLoad("a", async () => clock.advance(7));
  await cache.getOrLoad("a", () => {});
  await cache.getOrLoad("b", () => 1);
  await cache.getOrLoad("b", () => 1);
  await expect(cache.getOrLoad("c", () => Promise.reject(failure))).rejects.toBe(failure);
  await cache.getOrLoad("d", () => 1);
  await cache.delete("d");
  await cache.invalidateTags(["x", "y"]);
  await cache.clear();

  expect(told).toEqual([
    ["load", { key: "a", outcome: "installed", durationMs: 7, error: undefined }],
    ["read", { key: "a", status: "miss", tier: undefined }],
    ["read", { key: "a", status: "negative", tier: "l1" }],
    ["load", { key: "b", outcome: "installed", durationMs: 0, error: undefined }],
    ["read", { key: "b", status: "miss", tier: undefined }],
    ["read", { key: "b", status: "hit", tier: "l1" }],
    ["load", { key: "c", outcome: "failed", durationMs: 0, error: failure }],
    ["evict", { key: "b", tier: "l1" }],
    ["load", { key: "d", outcome: "installed", durationMs: 0, error: undefined }],
    ["read", { key: "d", status: "miss", tier: undefined }],
    ["invalidate", { keys: ["d"] }],
    ["invalidate", { tags: ["x", "y"] }],
    ["invalidate", {}],
  ]);
});

test("who has stopped listening is told nothing more", async () => {
  const cache = createCache({ namespace: "test" });
  const [first, second] = [vi.fn(), vi.fn()];
  const stop = cache.on("read", first);
  cache.on("read", second);
  await cache.getOrLoad("key", () => 1);
  stop();
  stop();
  await cache.getOrLoad("key", () => 1);
  expect(first).toHaveBeenCalledTimes(1);
  expect(second).toHaveBeenCalledTimes(2);
});

test("a listener that throws disturbs neither the read nor the other listeners, and its error surfaces", async () => {
  const cache = createCache({ namespace: "test" });
  const surfaced: unknown[] = [];
  const others = process.listeners("uncaughtException");
  process.removeAllListeners("uncaughtException");
  process.once("uncaughtException", (error) => surfaced.push(error));
  try {
    const failure = new Error("a listener's own");
    const after = vi.fn();
    cache.on("read", () => {
      throw failure;
    });
    cache.on("read", after);
    expect(await cache.getOrLoad("key", () => 1)).toBe(1);
    await settled();
    expect(after).toHaveBeenCalledTimes(1);
    expect(surfaced).toEqual([failure]);
  } finally {
    for (const listener of others) process.on("uncaughtException", listener);
  }
});

test("statistics are a snapshot", async () => {
  const cache = createCache({ namespace: "test" });
  const before = cache.stats();
  await cache.getOrLoad("key", () => 1);
  expect(before.reads.miss).toBe(0);
  expect(before.loads.installed).toBe(0);
});
