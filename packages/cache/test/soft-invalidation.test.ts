import { describe, expect, test, vi } from "vitest";
import { createCache, createFreshness, ManualClock, type Policy } from "../src/index.ts";
import { deferred, settled } from "./support/deferred.ts";
import { createNodes, shipped } from "./support/nodes.ts";
import { ScriptedAuthority } from "./support/scripted-authority.ts";

const failing = () => Promise.reject(new Error("no source"));

/** A cache that has held "old" for "key" for 100 ms. */
async function holding(policy: Policy) {
  const clock = new ManualClock();
  const cache = createCache({ namespace: "test", clock, policy });
  await cache.getOrLoad("key", () => "old");
  clock.advance(100);
  return { clock, cache };
}

describe("expire", () => {
  test("ends a fresh value's time, and leaves it to its grace", async () => {
    const { cache } = await holding({ ttlMs: 1_000, graceMs: 1_000 });
    expect(cache.peek("key")).toBe("old");
    expect(await cache.expire("key")).toBe("done");
    expect(cache.peek("key")).toBeUndefined();
    expect(await cache.getOrLoad("key", failing)).toBe("old");
    expect(await cache.getOrLoad("key", () => "new")).toBe("new");
  });

  test("ends its stale time as well: the next read waits for a new value", async () => {
    const { cache } = await holding({ ttlMs: 1_000, staleWhileRevalidateMs: 1_000, graceMs: 1_000 });
    await cache.expire("key");
    expect(await cache.getOrLoad("key", () => "new")).toBe("new");
  });

  test("leaves nothing of a value without graceMs, nor of one whose grace is over, nor of what there is not", async () => {
    const { clock, cache } = await holding({ ttlMs: 100, graceMs: 10 });
    clock.advance(10);
    await cache.expire("key");
    await cache.set("plain", 1, { graceMs: 0 });
    await cache.expire("plain");
    await cache.set("none", undefined, { graceMs: 1_000 });
    await cache.expire("none");
    expect(cache.stats()).toMatchObject({ entries: 0, negativeEntries: 0 });
  });

  test("in another process leaves the copy there as well, and in the second tier", async () => {
    const { caches } = await createNodes(3, { policy: { graceMs: 60_000 } });
    const [a, b, c] = caches;
    await a.getOrLoad("key", () => "old");
    await shipped();
    await b.getOrLoad("key", () => "not called");
    await a.expire("key");
    await shipped();
    for (const cache of [a, b, c]) {
      expect(cache.peek("key")).toBeUndefined();
      expect(await cache.getOrLoad("key", failing)).toBe("old");
    }
    expect(await b.getOrLoad("key", () => "new")).toBe("new");
    await shipped();
    expect(await c.getOrLoad("key", failing)).toBe("new");
  });
});

describe("a soft flush", () => {
  test("leaves copies for grace, a hard one nothing", async () => {
    const { cache } = await holding({ ttlMs: 1_000, graceMs: 1_000 });
    await cache.set("plain", 1, { graceMs: 0 });
    await cache.set("none", undefined);
    await cache.flush();
    expect(cache.stats()).toMatchObject({ entries: 1, negativeEntries: 0 });
    expect(await cache.getOrLoad("key", failing)).toBe("old");
    await cache.flush({ hard: true });
    expect(cache.stats().entries).toBe(0);
  });

  test("of one process is one for all, in the second tier as well; what is loaded afterwards is fresh", async () => {
    const { caches } = await createNodes(3, { policy: { graceMs: 60_000 } });
    const [a, b, c] = caches;
    await a.getOrLoad("key", () => "old");
    await shipped();
    await b.getOrLoad("key", () => "not called");
    expect(await a.flush()).toBe("done");
    await shipped();
    for (const cache of [a, b, c]) expect(await cache.getOrLoad("key", failing)).toBe("old");
    expect(await a.getOrLoad("key", () => "new")).toBe("new");
    await shipped();
    expect(await c.getOrLoad("key", () => "not called")).toBe("new");
  });

  test("during a load in another process: its value is kept for nobody", async () => {
    const { caches } = await createNodes();
    const [a, b] = caches;
    const loading = deferred<string>();
    const read = b.getOrLoad("key", () => loading.promise);
    await shipped();
    await a.flush();
    await shipped();
    const later = b.getOrLoad("key", () => "new");
    loading.resolve("old");
    expect(await read).toBe("old");
    expect(await later).toBe("new");
  });

  test("of everything under a freshness is what its authority says, and copies are served if the source is away", async () => {
    const clock = new ManualClock();
    const authority = new ScriptedAuthority();
    const freshness = createFreshness({ authority, clock });
    await freshness.start();
    const cache = createCache({ namespace: "test", freshness, policy: { graceMs: 60_000 } });
    await cache.getOrLoad("key", () => authority.read("trip:1", "old"));
    authority.generation++;
    await freshness.hear();
    expect(cache.peek("key")).toBeUndefined();
    const loading = deferred<never>();
    const load = vi.fn(() => loading.promise);
    const before = cache.getOrLoad("key", load);
    await settled();
    const joined = cache.getOrLoad("key", load);
    loading.reject(new Error("no source"));
    expect(await Promise.all([before, joined])).toEqual(["old", "old"]);
    expect(load).toHaveBeenCalledTimes(1);
    authority.change("trip:1");
    await freshness.hear();
    await expect(cache.getOrLoad("key", failing)).rejects.toThrow("no source");
  });
});
