import { describe, expect, test, vi } from "vitest";
import { type CacheOptions, createCache, createFreshness, LoadTimeoutError, ManualClock, notModified } from "../src/index.ts";
import { deferred, settled } from "./support/deferred.ts";
import { never, stateOf } from "./support/nodes.ts";
import { ScriptedAuthority } from "./support/scripted-authority.ts";

/** A cache that holds "served" under "key", and compares each hit. */
async function shadowed(options: Partial<CacheOptions> = {}) {
  const clock = new ManualClock();
  const cache = createCache({ namespace: "test", clock, shadowRate: 1, policy: { ttlMs: 1e9 }, ...options });
  await cache.getOrLoad("key", () => ["served"]);
  const shadow = () => {
    const { ageOfDifferentMs, ...counts } = cache.stats().shadow!;
    return counts;
  };
  return { clock, cache, shadow };
}

describe("a hit that is loaded again", () => {
  test("is the same by what it is made of, not by identity", async () => {
    const { cache, shadow } = await shadowed();
    expect(await cache.getOrLoad("key", () => ["served"])).toEqual(["served"]);
    await settled();
    await cache.getOrLoad("key", () => notModified);
    await settled();
    expect(shadow()).toEqual({ same: 2, different: 0, undecided: 0 });
  });

  test("is different, and goes on being served: nothing of the comparison is kept", async () => {
    const { clock, cache, shadow } = await shadowed();
    const told = vi.fn();
    cache.on("shadow", told);
    clock.advance(50);
    expect(await cache.getOrLoad("key", () => ["newer"])).toEqual(["served"]);
    await settled();
    expect(cache.peek("key")).toEqual(["served"]);
    expect(shadow()).toEqual({ same: 0, different: 1, undecided: 0 });
    expect(told).toHaveBeenCalledExactlyOnceWith({ key: "key", outcome: "different", ageMs: 50 });
    expect(cache.stats().loads).toMatchObject({ installed: 1, discarded: 0 });
  });

  test("is counted by how long it had been held", async () => {
    const { clock, cache } = await shadowed();
    for (const age of [10, 90, 900, 9_000, 50_000, 540_000, 3_000_000, 36_000_000]) {
      clock.advance(age);
      await cache.getOrLoad("key", () => [age]);
      await settled();
    }
    const { ageOfDifferentMs } = cache.stats().shadow!;
    expect(ageOfDifferentMs.map(({ upToMs }) => upToMs)).toEqual([10, 100, 1e3, 1e4, 6e4, 6e5, 36e5, Number.POSITIVE_INFINITY]);
    expect(ageOfDifferentMs.map(({ count }) => count)).toEqual([1, 1, 1, 1, 1, 1, 1, 1]);
  });

  test("says nothing if it was replaced or deleted meanwhile, or the load failed", async () => {
    const { cache, shadow } = await shadowed();
    const loading = deferred<string[]>();
    await cache.getOrLoad("key", () => loading.promise);
    await cache.set("key", ["newer"]);
    loading.resolve(["newer"]);
    await settled();
    await cache.getOrLoad("key", () => Promise.reject(new Error("no")));
    await cache.getOrLoad("key", () => {
      throw new Error("at once");
    });
    await settled();
    expect(shadow()).toEqual({ same: 0, different: 0, undecided: 3 });
  });

  test("may be that there is none", async () => {
    const { cache, shadow } = await shadowed();
    await cache.getOrLoad("none", () => undefined);
    await cache.getOrLoad("none", () => undefined);
    await cache.getOrLoad<string | undefined>("none", () => "now there is");
    await settled();
    expect(shadow()).toEqual({ same: 1, different: 1, undecided: 0 });
  });

  test("is compared with the value of a versioned answer", async () => {
    const clock = new ManualClock();
    const authority = new ScriptedAuthority();
    const freshness = createFreshness({ authority, clock });
    await freshness.start();
    const cache = createCache({ namespace: "test", freshness, shadowRate: 1 });
    await cache.getOrLoad("key", () => authority.read("trip:1", "value"));
    await cache.getOrLoad("key", () => authority.read("trip:1", "value"));
    await settled();
    expect(cache.stats().shadow).toMatchObject({ same: 1, different: 0, undecided: 0 });
  });

  test("has hardTimeoutMs for it, so that close waits no longer than that", async () => {
    const { clock, cache, shadow } = await shadowed();
    let signal: AbortSignal | undefined;
    const hang = ({ signal: own }: { signal: AbortSignal }) => {
      signal = own;
      return never();
    };
    await cache.getOrLoad("key", hang, { hardTimeoutMs: 100 });
    const closing = cache.close();
    clock.advance(99);
    expect(await stateOf(closing)).toBe("pending");
    clock.advance(1);
    await closing;
    expect(shadow()).toEqual({ same: 0, different: 0, undecided: 1 });
    expect(signal!.reason).toBeInstanceOf(LoadTimeoutError);
    expect(clock.alarms).toBe(0);
  });
});

test("the sample is drawn by the injected random: rate 0.25 is every hit below it", async () => {
  const draws = [0.25, 0.9, 0.24, 0];
  const clock = new ManualClock();
  const cache = createCache({ namespace: "test", clock, shadowRate: 0.25, random: () => draws.shift()! });
  await cache.getOrLoad("key", () => 1);
  for (let i = 0; i < 4; i++) await cache.getOrLoad("key", () => 1);
  await settled();
  expect(cache.stats().shadow).toMatchObject({ same: 2 });
  expect(draws).toEqual([]);
});

test("without a rate nothing is drawn, compared or counted", async () => {
  const cache = createCache({ namespace: "test", random: () => expect.unreachable() });
  await cache.getOrLoad("key", () => 1);
  await cache.getOrLoad("key", () => expect.unreachable());
  expect(cache.stats().shadow).toBeUndefined();
});

test.each([[-0.1], [1.1], [Number.NaN]])("a rate of %d is refused", (shadowRate) => {
  expect(() => createCache({ namespace: "test", shadowRate })).toThrow("shadowRate");
});
