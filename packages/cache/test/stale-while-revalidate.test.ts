import { describe, expect, test, vi } from "vitest";
import { createCache, createFreshness, ManualClock, type Policy } from "../src/index.ts";
import { deferred, settled } from "./support/deferred.ts";
import { createNodes, shipped } from "./support/nodes.ts";
import { ScriptedAuthority } from "./support/scripted-authority.ts";

const POLICY = { ttlMs: 100, staleWhileRevalidateMs: 50 };

/** A cache whose "key" was "old" for 100 ms, which are just over. */
async function stale(policy: Policy = {}) {
  const clock = new ManualClock();
  const cache = createCache({ namespace: "test", clock, policy: { ...POLICY, ...policy } });
  await cache.getOrLoad("key", () => "old");
  clock.advance(100);
  return { clock, cache };
}

test("what is over is served at once, and loaded in the background, once, however many read it meanwhile", async () => {
  const { cache } = await stale();
  const loading = deferred<string>();
  const load = vi.fn(() => loading.promise);
  expect(await Promise.all([1, 2, 3].map(() => cache.getOrLoad("key", load)))).toEqual(["old", "old", "old"]);
  expect(cache.peek("key")).toBeUndefined();
  loading.resolve("new");
  await settled();
  expect(await cache.getOrLoad("key", load)).toBe("new");
  expect(load).toHaveBeenCalledTimes(1);
  expect(cache.stats()).toMatchObject({ reads: { miss: 1, stale: 3, hit: 1 }, loads: { installed: 2 } });
});

test("it is served for so long, to the millisecond; whoever comes later waits for the load that is under way", async () => {
  const { clock, cache } = await stale();
  const loading = deferred<string>();
  clock.advance(49);
  expect(await cache.getOrLoad("key", () => loading.promise)).toBe("old");
  clock.advance(1);
  const late = cache.getOrLoad("key", () => "not called");
  loading.resolve("new");
  expect(await late).toBe("new");
});

test("when nobody reads in that time nothing is loaded, and the next read is a miss", async () => {
  const { clock, cache } = await stale();
  clock.advance(50);
  expect(await cache.getOrLoad("key", () => "new")).toBe("new");
  expect(cache.stats()).toMatchObject({ reads: { stale: 0, miss: 2 }, misses: { expired: 1 } });
});

test("a background load that fails disturbs nobody, and the next read tries again", async () => {
  const { cache } = await stale();
  const load = vi.fn(() => Promise.reject(new Error("no source")));
  for (let i = 0; i < 3; i++) {
    expect(await cache.getOrLoad<string>("key", load)).toBe("old");
    await settled();
  }
  expect(load).toHaveBeenCalledTimes(3);
  expect(await cache.getOrLoad("key", () => "new")).toBe("old");
  await settled();
  expect(cache.peek("key")).toBe("new");
});

test("the background load finds that there is none", async () => {
  const { cache } = await stale();
  expect(await cache.getOrLoad<string | undefined>("key", () => undefined)).toBe("old");
  await settled();
  expect(await cache.getOrLoad("key", () => "not called")).toBeUndefined();
  expect(cache.stats()).toMatchObject({ entries: 0, negativeEntries: 1 });
});

describe.each([
  ["delete", (cache: Awaited<ReturnType<typeof stale>>["cache"]) => cache.delete("key")],
  ["invalidateTags", (cache: Awaited<ReturnType<typeof stale>>["cache"]) => cache.invalidateTags(["tag"])],
  ["clear", (cache: Awaited<ReturnType<typeof stale>>["cache"]) => cache.clear()],
])("%s", (_, invalidate) => {
  test("during the background load wins over it", async () => {
    const { cache } = await stale({ tags: ["tag"] });
    const loading = deferred<string>();
    await cache.getOrLoad("key", () => loading.promise);
    await settled();
    await invalidate(cache);
    loading.resolve("read before");
    await settled();
    expect(cache.peek("key")).toBeUndefined();
    expect(await cache.getOrLoad("key", () => "new")).toBe("new");
  });
});

test("expire ends the stale time as well", async () => {
  const { cache } = await stale();
  await cache.expire("key");
  expect(cache.stats().entries).toBe(0);
  expect(await cache.getOrLoad("key", () => "new")).toBe("new");
});

test("peek serves nothing that is over, and starts nothing", async () => {
  const { cache } = await stale();
  expect(cache.peek("key")).toBeUndefined();
  await settled();
  expect(cache.stats()).toMatchObject({ flights: 0, reads: { stale: 0 } });
});

test("under a freshness only what is current is served so: what was replaced is loaded first", async () => {
  const clock = new ManualClock();
  const authority = new ScriptedAuthority();
  const freshness = createFreshness({ authority, clock });
  await freshness.start();
  const cache = createCache({ namespace: "test", freshness, policy: POLICY });
  const read = (value: string) => cache.getOrLoad("key", () => authority.read("trip:1", value));
  await read("old");
  clock.advance(100);
  expect(await read("newer")).toBe("old");
  await settled();
  clock.advance(100);
  authority.change("trip:1");
  await freshness.hear();
  expect(await read("newest")).toBe("newest");
});

describe("in the second tier", () => {
  test("what is over is served at once as well, and loaded in the background, for all", async () => {
    const { clock, caches, store } = await createNodes(2, { policy: { ttlMs: 1_000, staleWhileRevalidateMs: 500 } });
    const [a, b] = caches;
    await a.getOrLoad("key", () => "old");
    await shipped();
    clock.advance(1_200);
    store.reset();
    const told: unknown[] = [];
    b.on("read", ({ status, tier }) => told.push([status, tier]));
    const loading = deferred<string>();
    const load = vi.fn(() => loading.promise);
    expect(await Promise.all([b.getOrLoad("key", load), b.getOrLoad("key", load)])).toEqual(["old", "old"]);
    expect(told).toEqual([
      ["stale", "l2"],
      ["collapsed", "l2"],
    ]);
    expect(b.stats()).toMatchObject({ reads: { stale: 1, collapsed: 1 }, l2: { reads: { accepted: 0, over: 1 } } });
    expect(store.commands).toMatchObject({ get: 1, set: 0 });
    expect(await b.getOrLoad("key", load)).toBe("old");
    loading.resolve("new");
    await shipped();
    expect(load).toHaveBeenCalledTimes(1);
    expect(store.commands).toMatchObject({ get: 1, set: 1 });
    expect(b.peek("key")).toBe("new");
    clock.advance(500);
    expect(await a.getOrLoad("key", () => "not called")).toBe("new");
  });

  test("alone, where nothing is kept in memory: each read that finds it over asks again, one load at a time", async () => {
    const { clock, caches } = await createNodes(1, { policy: { ttlMs: 1_000, staleWhileRevalidateMs: 500, tiers: "l2" } });
    const [a] = caches;
    await a.getOrLoad("key", () => "old");
    await shipped();
    clock.advance(1_200);
    const loading = deferred<string>();
    const load = vi.fn(() => loading.promise);
    expect(await Promise.all([1, 2, 3].map(() => a.getOrLoad("key", load)))).toEqual(["old", "old", "old"]);
    await settled();
    const joined = a.getOrLoad("key", load);
    loading.resolve("new");
    expect(await joined).toBe("new");
    expect(load).toHaveBeenCalledTimes(1);
    expect(a.stats()).toMatchObject({ entries: 0, reads: { stale: 1, collapsed: 3, miss: 1 } });
    await shipped();
    expect(await a.getOrLoad("key", load)).toBe("new");
  });

  test("what is over there takes the place of nothing that was set meanwhile", async () => {
    const { clock, caches, connections } = await createNodes(2, { policy: { ttlMs: 1_000, staleWhileRevalidateMs: 500 } });
    const [a, b] = caches;
    await a.getOrLoad("key", () => "old");
    await shipped();
    clock.advance(1_200);
    connections[1]!.tier.misbehave({ answersLate: 1, lateMs: 40 });
    const read = b.getOrLoad("key", () => "loaded");
    await shipped();
    connections[1]!.tier.misbehave({});
    await b.set("key", "set");
    clock.advance(40);
    expect(await read).toBe("loaded");
    expect(b.peek("key")).toBe("set");
    expect(b.stats().l2!.reads).toMatchObject({ refused: 1 });
  });
});
