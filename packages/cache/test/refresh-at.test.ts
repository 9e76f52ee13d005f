import { expect, test, vi } from "vitest";
import { createCache, ManualClock, type Policy } from "../src/index.ts";
import { deferred, settled } from "./support/deferred.ts";
import { createNodes, never, shipped } from "./support/nodes.ts";

/** A cache that holds "old" for "key", fresh for 100 ms. */
async function holding(policy: Policy) {
  const clock = new ManualClock();
  const cache = createCache({ namespace: "test", clock, policy: { ttlMs: 100, ...policy } });
  await cache.getOrLoad("key", () => "old");
  return { clock, cache };
}

test("a hit after that part of the TTL is served at once, and loads in the background, once", async () => {
  const { clock, cache } = await holding({ refreshAt: 0.8 });
  const loading = deferred<string>();
  const load = vi.fn(() => loading.promise);
  clock.advance(79);
  expect(await cache.getOrLoad("key", load)).toBe("old");
  expect(load).not.toHaveBeenCalled();
  clock.advance(1);
  for (let i = 0; i < 3; i++) expect(await cache.getOrLoad("key", load)).toBe("old");
  await settled();
  expect(load).toHaveBeenCalledTimes(1);
  loading.resolve("new");
  await settled();
  expect(cache.peek("key")).toBe("new");
  expect(cache.stats()).toMatchObject({ reads: { hit: 5, miss: 1 }, loads: { installed: 2 } });
});

test("what is loaded then lives for a whole TTL from its load", async () => {
  const { clock, cache } = await holding({ refreshAt: 0.5 });
  clock.advance(60);
  await cache.getOrLoad("key", () => "new");
  await settled();
  clock.advance(99);
  expect(cache.peek("key")).toBe("new");
  clock.advance(1);
  expect(cache.peek("key")).toBeUndefined();
});

test("a hit of an entry, and one in a batch, does the same; peek does not", async () => {
  const { clock, cache } = await holding({ refreshAt: 0.5 });
  clock.advance(50);
  expect(cache.peek("key")).toBe("old");
  await settled();
  expect(cache.peek("key")).toBe("old");
  expect((await cache.getOrLoadEntry("key", () => "by entry")).value).toBe("old");
  await settled();
  expect(cache.peek("key")).toBe("by entry");
  clock.advance(50);
  await cache.getOrLoadMany(["key"], () => new Map([["key", "by batch"]]));
  await settled();
  expect(cache.peek("key")).toBe("by batch");
});

test("of 1, the default, never does", async () => {
  const { clock, cache } = await holding({ refreshAt: 1, staleWhileRevalidateMs: 100 });
  clock.advance(99.9);
  const load = vi.fn(() => "new");
  expect(await cache.getOrLoad("key", load)).toBe("old");
  await settled();
  expect(load).not.toHaveBeenCalled();
});

test("is a part of the life that jitter has left", async () => {
  const clock = new ManualClock();
  const cache = createCache({ namespace: "test", clock, random: () => 0.5, policy: { ttlMs: 100, jitter: 0.4, refreshAt: 0.5 } });
  await cache.getOrLoad("key", () => "old");
  clock.advance(40);
  await cache.getOrLoad("key", () => "new");
  await settled();
  expect(cache.peek("key")).toBe("new");
});

test("of a value that is fresh for ever never comes", async () => {
  const { clock, cache } = await holding({ ttlMs: Number.POSITIVE_INFINITY, refreshAt: 0.5 });
  clock.advance(1e12);
  const load = vi.fn(() => "new");
  expect(await cache.getOrLoad("key", load)).toBe("old");
  await settled();
  expect(load).not.toHaveBeenCalled();
});

test("does not concern what there is not: that is over when it is over", async () => {
  const { clock, cache } = await holding({ refreshAt: 0.5, negativeTtlMs: 100 });
  await cache.getOrLoad("none", () => undefined);
  clock.advance(60);
  const load = vi.fn(() => undefined);
  await cache.getOrLoad("none", load);
  await settled();
  expect(load).not.toHaveBeenCalled();
});

test("a load that fails or never ends leaves the value until its time is over, and is no unhandled rejection", async () => {
  const { clock, cache } = await holding({ refreshAt: 0.5, hardTimeoutMs: 20 });
  clock.advance(50);
  await cache.getOrLoad<string>("key", () => Promise.reject(new Error("no source")));
  await settled();
  expect(cache.peek("key")).toBe("old");
  await cache.getOrLoad<string>("key", never);
  await settled();
  clock.advance(20);
  await settled();
  expect(cache.peek("key")).toBe("old");
  clock.advance(30);
  await expect(cache.getOrLoad("key", () => Promise.reject(new Error("still none")))).rejects.toThrow("still none");
});

test("a delete during it wins", async () => {
  const { clock, cache } = await holding({ refreshAt: 0.5 });
  clock.advance(50);
  const loading = deferred<string>();
  await cache.getOrLoad("key", () => loading.promise);
  await settled();
  await cache.delete("key");
  loading.resolve("read before");
  await settled();
  expect(cache.peek("key")).toBeUndefined();
});

test("whoever comes when the old value is over waits for the load that is under way", async () => {
  const { clock, cache } = await holding({ refreshAt: 0.5 });
  clock.advance(50);
  const loading = deferred<string>();
  await cache.getOrLoad("key", () => loading.promise);
  clock.advance(50);
  const read = cache.getOrLoad("key", () => expect.unreachable());
  loading.resolve("new");
  expect(await read).toBe("new");
});

test("a read whose policy cannot be gets its hit, and starts nothing", async () => {
  const { clock, cache } = await holding({ refreshAt: 0.5 });
  clock.advance(50);
  const load = vi.fn(() => "new");
  expect(await cache.getOrLoad("key", load, { ttlMs: -1 })).toBe("old");
  await settled();
  clock.advance(50);
  await expect(cache.getOrLoad("key", load, { ttlMs: -1 })).rejects.toThrow("ttlMs");
  expect(load).not.toHaveBeenCalled();
});

test("nothing is started while the cache is being closed", async () => {
  const { clock, cache } = await holding({ refreshAt: 0.5 });
  clock.advance(50);
  const loading = deferred<string>();
  const other = cache.getOrLoad("other", () => loading.promise);
  await settled();
  const closing = cache.close();
  const load = vi.fn(() => "new");
  expect(await cache.getOrLoad("key", load)).toBe("old");
  loading.resolve("value");
  await Promise.all([other, closing]);
  expect(load).not.toHaveBeenCalled();
});

test("the second tier is not asked, and gets the new value", async () => {
  const { clock, caches, store } = await createNodes(2, { policy: { ttlMs: 1_000, refreshAt: 0.5 } });
  const [a, b] = caches;
  await a.getOrLoad("key", () => "old");
  await shipped();
  clock.advance(500);
  store.reset();
  await a.getOrLoad("key", () => "new");
  await shipped();
  expect(store.commands).toMatchObject({ get: 0, set: 1 });
  expect(await b.getOrLoad("key", () => expect.unreachable())).toBe("new");
});

test.each([[0], [-0.5], [1.1], [Number.NaN]])("a part of %d is refused", async (refreshAt) => {
  const cache = createCache({ namespace: "test" });
  await expect(cache.getOrLoad("key", () => 1, { refreshAt })).rejects.toThrow("refreshAt");
});
