import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { expect, test, vi } from "vitest";
import { type CacheEvents, createCache, createFreshness, ManualClock } from "../src/index.ts";
import { deferred, settled } from "./support/deferred.ts";
import { createNodes, shipped } from "./support/nodes.ts";
import { ScriptedAuthority } from "./support/scripted-authority.ts";

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
  const stats = cache.stats();
  expect(stats).toEqual({
    reads: { hit: 2, negative: 2, collapsed: 2, miss: 3, stale: 0, grace: 0 },
    hitsFromL2: 0,
    unverified: 0,
    refused: 0,
    misses: { new: 3, expired: 0, replaced: 0, invalidated: 0, evicted: 0 },
    loads: { installed: 2, discarded: 1, failed: 1, "timed-out": 1 },
    tooLarge: 0,
    evictions: 1,
    entries: 2,
    negativeEntries: 1,
    bytes: expect.any(Number),
    flights: 0,
    families: { default: { reads: stats.reads, hitsFromL2: 0, loads: stats.loads } },
    l2: undefined,
    coherence: undefined,
    shadow: undefined,
  });
});

test("reads and loads are counted by the family that their policy names", async () => {
  const cache = createCache({ namespace: "test" });
  await cache.getOrLoad("a", () => 1, { family: "numbers" });
  await cache.getOrLoad("a", () => 1);
  await cache.getOrLoad("b", () => "text", { family: "texts" });
  const { families, reads } = cache.stats();
  expect(families.numbers?.reads).toMatchObject({ hit: 1, miss: 1 });
  expect(families.texts?.reads).toMatchObject({ hit: 0, miss: 1 });
  expect(reads).toMatchObject({ hit: 1, miss: 2 });
});

test("names of families that come from nowhere in particular do not grow without bound", async () => {
  const cache = createCache({ namespace: "test" });
  for (let i = 0; i < 200; i++) await cache.getOrLoad(`key:${i}`, () => i, { family: `family-${i}` });
  const { families, reads } = cache.stats();
  expect(Object.keys(families)).toHaveLength(65);
  expect(families["(others)"]?.reads.miss).toBe(200 - 64);
  expect(reads.miss).toBe(200);
});

test("a miss says why it was one", async () => {
  const clock = new ManualClock();
  const cache = createCache({ namespace: "test", clock, l1: { maxEntries: 1 } });
  const causes: unknown[] = [];
  cache.on("read", ({ cause }) => causes.push(cause));
  const read = (key: string) => cache.getOrLoad(key, () => 1, { ttlMs: 10, tags: ["tag"] });
  await read("a");
  await read("a");
  clock.advance(10);
  await read("a");
  await cache.delete("a");
  await read("a");
  await cache.invalidateTags(["tag"]);
  await read("a");
  await read("b");
  await read("a");
  expect(causes).toEqual(["new", undefined, "expired", "invalidated", "invalidated", "new", "evicted"]);
  expect(cache.stats().misses).toEqual({ new: 2, expired: 1, replaced: 0, invalidated: 2, evicted: 1 });
});

test("a miss because it is over that there was none says so", async () => {
  const clock = new ManualClock();
  const cache = createCache({ namespace: "test", clock, policy: { negativeTtlMs: 10 } });
  await cache.getOrLoad("none", () => undefined);
  clock.advance(10);
  await cache.getOrLoad("none", () => undefined);
  expect(cache.stats().misses).toMatchObject({ new: 1, expired: 1 });
});

test("a miss because something newer is known says so", async () => {
  const authority = new ScriptedAuthority();
  const freshness = createFreshness({ authority, clock: new ManualClock() });
  await freshness.start();
  const cache = createCache({ namespace: "test", freshness });
  await cache.getOrLoad("key", () => authority.read("trip:1", "old"));
  authority.change("trip:1");
  await freshness.hear();
  await cache.getOrLoad("key", () => authority.read("trip:1", "new"));
  expect(cache.stats().misses).toMatchObject({ new: 1, replaced: 1 });
});

test("each way in which a read is answered is told, with the tier that held it", async () => {
  const policy = { ttlMs: 100, staleWhileRevalidateMs: 100, graceMs: 1_000, graceBackoffMs: 1_000, family: "own" };
  const { clock, caches } = await createNodes(2, { policy });
  const [a, b] = caches;
  const told: unknown[] = [];
  b.on("read", ({ key, family, status, tier, ...rest }) => {
    told.push([status, tier, key, family]);
    expect(Object.keys(rest)).toEqual(status === "miss" ? ["cause"] : []);
  });
  const fail = () => Promise.reject(new Error("no source"));
  await a.getOrLoad("key", () => "value");
  await shipped();
  await Promise.all([b.getOrLoad("key", fail), b.getOrLoad("key", fail)]);
  await b.getOrLoad("key", fail);
  await b.getOrLoadMany(["new", "new"], () => new Map());
  b.peek("new");
  clock.advance(150);
  await b.getOrLoad("key", fail);
  await shipped();
  clock.advance(100);
  await b.getOrLoad("key", fail);
  clock.advance(1_000);
  await b.getOrLoad("other", () => "value");
  expect(told).toEqual([
    ["hit", "l2", "key", "own"],
    ["collapsed", "l2", "key", "own"],
    ["hit", "l1", "key", "own"],
    ["miss", undefined, "new", "own"],
    ["collapsed", undefined, "new", "own"],
    ["negative", "l1", "new", "own"],
    ["stale", "l1", "key", "own"],
    ["grace", "l1", "key", "own"],
    ["miss", undefined, "other", "own"],
  ]);
  expect(b.stats().families.own).toMatchObject({
    reads: { hit: 2, collapsed: 2, miss: 2, negative: 1, stale: 1, grace: 1 },
    hitsFromL2: 1,
    loads: { failed: 1, installed: 2 },
  });
});

test("what happens is also told on the process's diagnostics channels, with the cache's name", async () => {
  const told: unknown[] = [];
  const listen = (message: unknown) => told.push(message);
  subscribe("qrcards:cache:read", listen);
  try {
    const cache = createCache({ namespace: "test" });
    await cache.getOrLoad("key", () => 1);
    await cache.getOrLoad("key", () => 1);
  } finally {
    unsubscribe("qrcards:cache:read", listen);
  }
  const common = { namespace: "test", key: "key", family: "default" };
  expect(told).toEqual([
    { ...common, status: "miss", tier: undefined, cause: "new" },
    { ...common, status: "hit", tier: "l1" },
  ]);
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
    ["load", { family: "default", key: "a", outcome: "installed", durationMs: 7, error: undefined }],
    ["read", { family: "default", key: "a", status: "miss", tier: undefined, cause: "new" }],
    ["read", { family: "default", key: "a", status: "negative", tier: "l1" }],
    ["load", { family: "default", key: "b", outcome: "installed", durationMs: 0, error: undefined }],
    ["read", { family: "default", key: "b", status: "miss", tier: undefined, cause: "new" }],
    ["read", { family: "default", key: "b", status: "hit", tier: "l1" }],
    ["load", { family: "default", key: "c", outcome: "failed", durationMs: 0, error: failure }],
    ["evict", { key: "b", tier: "l1" }],
    ["load", { family: "default", key: "d", outcome: "installed", durationMs: 0, error: undefined }],
    ["read", { family: "default", key: "d", status: "miss", tier: undefined, cause: "new" }],
    ["invalidate", { keys: ["d"], soft: false }],
    ["invalidate", { tags: ["x", "y"], soft: false }],
    ["invalidate", { soft: false }],
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
