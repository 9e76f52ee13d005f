import { describe, expect, test, vi } from "vitest";
import { createCache, ManualClock, type Policy } from "../src/index.ts";
import { deferred, settled } from "./support/deferred.ts";
import { createNodes, never, shipped, stateOf } from "./support/nodes.ts";

const failing = () => Promise.reject(new Error("no source"));

/** A cache whose "key" was "old" for 100 ms, which are just over. */
async function over(policy: Policy, tags: readonly string[] = []) {
  const clock = new ManualClock();
  const cache = createCache({ namespace: "test", clock, policy: { ttlMs: 100, ...policy } });
  await cache.getOrLoad("key", () => "old", { tags });
  clock.advance(100);
  return { clock, cache };
}

describe("a load that fails", () => {
  test("is answered by the old value for graceMs after its end, to the millisecond", async () => {
    const { clock, cache } = await over({ graceMs: 1_000 });
    clock.advance(999);
    expect(await cache.getOrLoad("key", failing)).toBe("old");
    expect(cache.stats()).toMatchObject({ reads: { grace: 1, miss: 1 }, loads: { failed: 1 } });
    clock.advance(1);
    await expect(cache.getOrLoad("key", failing)).rejects.toThrow("no source");
  });

  test("rejects without graceMs, though the old value is still there", async () => {
    const { cache } = await over({});
    await expect(cache.getOrLoad("key", failing)).rejects.toThrow("no source");
    await expect(cache.getOrLoad("key", failing, { graceMs: 1_000 })).rejects.toThrow("no source");
  });

  test("in its stale time, too, is answered by the old value, whatever graceMs is", async () => {
    const { clock, cache } = await over({ staleWhileRevalidateMs: 50 });
    const loading = deferred<string>();
    expect(await cache.getOrLoad("key", () => loading.promise)).toBe("old");
    expect(await cache.getOrLoad("key", failing)).toBe("old");
    clock.advance(50);
    const joined = expect(cache.getOrLoad("key", () => "not called")).rejects.toThrow("no source");
    loading.reject(new Error("no source"));
    await joined;
  });

  test("is answered so for all who wait, and loads stay one at a time", async () => {
    const { cache } = await over({ graceMs: 1_000 });
    const load = vi.fn(failing);
    expect(await Promise.all([1, 2, 3].map(() => cache.getOrLoad("key", load)))).toEqual(["old", "old", "old"]);
    expect(load).toHaveBeenCalledTimes(1);
    expect(cache.stats().reads).toMatchObject({ grace: 3, collapsed: 0 });
  });

  test("by its hard timeout counts as failed", async () => {
    const { clock, cache } = await over({ graceMs: 10_000, hardTimeoutMs: 500 });
    const read = cache.getOrLoad<string>("key", never);
    await settled();
    clock.advance(500);
    expect(await read).toBe("old");
    expect(cache.stats().loads).toMatchObject({ "timed-out": 1 });
  });

  test("leaves that there is none to no grace", async () => {
    const clock = new ManualClock();
    const cache = createCache({ namespace: "test", clock, policy: { negativeTtlMs: 100, graceMs: 1_000, staleWhileRevalidateMs: 1_000 } });
    await cache.getOrLoad("none", () => undefined);
    clock.advance(100);
    await expect(cache.getOrLoad("none", failing)).rejects.toThrow("no source");
    expect(cache.stats().misses).toMatchObject({ new: 1 });
  });
});

describe("after a load that failed", () => {
  test("no other is tried for graceBackoffMs, nor joined: the old value is served at once", async () => {
    const { clock, cache } = await over({ graceMs: 10_000, graceBackoffMs: 200 });
    const load = vi.fn(failing);
    await cache.getOrLoad("key", load);
    clock.advance(199);
    expect(await cache.getOrLoad("key", load)).toBe("old");
    expect(load).toHaveBeenCalledTimes(1);
    clock.advance(1);
    expect(await cache.getOrLoad("key", load)).toBe("old");
    expect(load).toHaveBeenCalledTimes(2);
    clock.advance(200);
    expect(await cache.getOrLoad("key", () => "new")).toBe("new");
    expect(cache.peek("key")).toBe("new");
  });

  test("in its stale time, or before its time is over, no other is tried either", async () => {
    const policy = { ttlMs: 100, refreshAt: 0.5, staleWhileRevalidateMs: 1_000, graceBackoffMs: 30 };
    const clock = new ManualClock();
    const cache = createCache({ namespace: "test", clock, policy });
    const load = vi.fn(failing);
    const read = async () => {
      await cache.getOrLoad<string>("key", load);
      await settled();
      return load.mock.calls.length;
    };
    await cache.getOrLoad("key", () => "old");
    clock.advance(50);
    expect([await read(), await read()]).toEqual([1, 1]);
    clock.advance(30);
    expect([await read(), await read()]).toEqual([2, 2]);
    clock.advance(30);
    expect([await read(), await read()]).toEqual([3, 3]);
    expect(cache.stats().reads).toMatchObject({ hit: 4, stale: 2 });
  });

  test("for so long that the grace ends before: then another is tried all the same", async () => {
    const { clock, cache } = await over({ graceMs: 100, graceBackoffMs: 1_000 });
    await cache.getOrLoad("key", failing);
    clock.advance(99);
    expect(await cache.getOrLoad("key", () => "new")).toBe("old");
    clock.advance(1);
    expect(await cache.getOrLoad("key", () => "new")).toBe("new");
  });

  test("a value that was put in meanwhile is not touched", async () => {
    const { clock, cache } = await over({ graceMs: 10_000, graceBackoffMs: 200 });
    const loading = deferred<string>();
    const read = cache.getOrLoad("key", () => loading.promise);
    await cache.set("key", "set", { refreshAt: 0.5 });
    loading.reject(new Error("no source"));
    await expect(read).rejects.toThrow("no source");
    expect(cache.peek("key")).toBe("set");
    clock.advance(50);
    await cache.getOrLoad("key", () => "refreshed");
    await settled();
    expect(cache.peek("key")).toBe("refreshed");
  });
});

describe("a load that takes longer than softTimeoutMs", () => {
  test("is answered by the old value at that instant, and its value kept when it comes", async () => {
    const { clock, cache } = await over({ graceMs: 10_000, softTimeoutMs: 50 });
    const loading = deferred<string>();
    const reads = [cache.getOrLoad("key", () => loading.promise), cache.getOrLoad("key", () => "not called")];
    await settled();
    clock.advance(49);
    expect(await stateOf(reads[0]!)).toBe("pending");
    clock.advance(1);
    const told: unknown[] = [];
    cache.on("read", ({ status, tier }) => told.push([status, tier]));
    expect(await Promise.all(reads)).toEqual(["old", "old"]);
    expect(told).toEqual([
      ["grace", "l1"],
      ["grace", "l1"],
    ]);
    loading.resolve("new");
    await settled();
    expect(cache.peek("key")).toBe("new");
    expect(clock.alarms).toBe(0);
  });

  test("may fail afterwards, which concerns nobody", async () => {
    const { clock, cache } = await over({ graceMs: 10_000, softTimeoutMs: 50 });
    const loading = deferred<string>();
    const read = cache.getOrLoad("key", () => loading.promise);
    await settled();
    clock.advance(50);
    expect(await read).toBe("old");
    loading.reject(new Error("no source"));
    await settled();
    expect(cache.stats()).toMatchObject({ flights: 0, loads: { failed: 1 } });
  });

  test("is waited for where nothing may be served in grace: not without graceMs, not after its end, not on a first load", async () => {
    for (const graceMs of [0, 30]) {
      const { clock, cache } = await over({ graceMs, softTimeoutMs: 50 });
      const loading = deferred<string>();
      const reads = ["key", "first"].map((key) => cache.getOrLoad(key, () => loading.promise));
      await settled();
      clock.advance(5_000);
      expect(await Promise.all(reads.map(stateOf))).toEqual(["pending", "pending"]);
      loading.resolve("new");
      expect(await Promise.all(reads)).toEqual(["new", "new"]);
    }
  });

  test("is not missed, and leaves no alarm, if the load ends before", async () => {
    const { clock, cache } = await over({ graceMs: 10_000, softTimeoutMs: 50 });
    expect(await cache.getOrLoad("key", () => "new")).toBe("new");
    expect(clock.alarms).toBe(0);
  });

  test("of 0 answers at once with what is over", async () => {
    const { clock, cache } = await over({ graceMs: 10_000, softTimeoutMs: 0 });
    const read = cache.getOrLoad<string>("key", never);
    await settled();
    clock.advance(0);
    expect(await read).toBe("old");
  });
});

describe("what was deleted while it was loaded again", () => {
  const ways: [string, (cache: Awaited<ReturnType<typeof over>>["cache"]) => Promise<unknown>][] = [
    ["delete", (cache) => cache.delete("key")],
    ["invalidateTags", (cache) => cache.invalidateTags(["tag"])],
    ["clear", (cache) => cache.clear()],
  ];
  test.each(ways)("by %s, is not served when that load fails, or is slow", async (_, remove) => {
    const { clock, cache } = await over({ graceMs: 10_000, softTimeoutMs: 50 }, ["tag"]);
    const loading = deferred<string>();
    const reads = [cache.getOrLoad("key", () => loading.promise), cache.getOrLoad("key", () => "", { softTimeoutMs: 1e6 })];
    await settled();
    await remove(cache);
    clock.advance(50);
    expect(await stateOf(reads[0]!)).toBe("pending");
    loading.reject(new Error("no source"));
    for (const read of reads) await expect(read).rejects.toThrow("no source");
  });

  test("by its tag, found in the second tier and not held here, is not served either", async () => {
    const { clock, caches } = await createNodes(2, { policy: { ttlMs: 100, graceMs: 10_000, tags: ["tag"], tiers: "l2" } });
    const [a, b] = caches;
    await a.getOrLoad("key", () => "old");
    await shipped();
    clock.advance(100);
    const loading = deferred<string>();
    const read = b.getOrLoad("key", () => loading.promise, { tags: [] });
    await shipped();
    await a.invalidateTags(["tag"]);
    await shipped();
    loading.reject(new Error("no source"));
    await expect(read).rejects.toThrow("no source");
  });

  test("but softly, stands in, as the copy was kept for that", async () => {
    for (const soften of ["expire", "flush"] as const) {
      const { cache } = await over({ graceMs: 10_000 });
      const loading = deferred<string>();
      const read = cache.getOrLoad("key", () => loading.promise);
      await settled();
      await cache[soften]("key" as never);
      loading.reject(new Error("no source"));
      expect(await read).toBe("old");
    }
  });
});

test("a copy in the second tier stands in for a load that fails, or is slow, and the pause after that is remembered", async () => {
  const policy = { ttlMs: 100, graceMs: 10_000, graceBackoffMs: 1_000, softTimeoutMs: 60 };
  const { clock, caches, store } = await createNodes(3, { policy });
  const [a, b, c] = caches;
  await a.getOrLoad("key", () => "old");
  await shipped();
  clock.advance(150);
  expect(await b.getOrLoad("key", failing)).toBe("old");
  expect(b.stats().l2!.reads).toMatchObject({ accepted: 0, over: 1 });
  store.reset();
  expect(await b.getOrLoad("key", failing)).toBe("old");
  expect(store.commands.get).toBe(0);
  expect(b.stats()).toMatchObject({ reads: { grace: 2 }, loads: { failed: 1 } });
  const slow = c.getOrLoad<string>("key", never);
  await shipped();
  clock.advance(60);
  expect(await slow).toBe("old");
});

test("a copy in the second tier stands in as soon as it is there, if the read has waited for longer than softTimeoutMs by then", async () => {
  const policy = { ttlMs: 100, graceMs: 10_000, softTimeoutMs: 10 };
  const { clock, caches, connections } = await createNodes(2, { policy });
  const [a, b] = caches;
  await a.getOrLoad("key", () => "old");
  await shipped();
  clock.advance(150);
  const { tier } = connections[1]!;
  const get = tier.get.bind(tier);
  const asked = deferred<void>();
  vi.spyOn(tier, "get").mockImplementationOnce(async (keys) => {
    await asked.promise;
    return get(keys);
  });
  const read = b.getOrLoad<string>("key", never);
  await shipped();
  clock.advance(20);
  expect(await stateOf(read)).toBe("pending");
  asked.resolve();
  expect(await stateOf(read)).toEqual({ value: "old" });
});
