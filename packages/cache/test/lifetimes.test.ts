import fc from "fast-check";
import { expect, test } from "vitest";
import { createCache, ManualClock, type Policy } from "../src/index.ts";

function cacheAt(policy: Policy) {
  const clock = new ManualClock();
  return { clock, cache: createCache({ namespace: "test", clock, policy }) };
}

test("a value is served until its TTL is over, to the millisecond", async () => {
  const { clock, cache } = cacheAt({ ttlMs: 1_000 });
  await cache.getOrLoad("key", () => "value");
  clock.advance(999);
  expect(cache.peek("key")).toBe("value");
  clock.advance(1);
  expect(cache.peek("key")).toBeUndefined();
});

test("hits never renew a TTL", async () => {
  const { clock, cache } = cacheAt({ ttlMs: 1_000 });
  await cache.getOrLoad("key", () => "old");
  for (let i = 0; i < 9; i++) {
    clock.advance(100);
    expect(await cache.getOrLoad("key", () => "new")).toBe("old");
  }
  clock.advance(100);
  expect(await cache.getOrLoad("key", () => "new")).toBe("new");
});

test("without a policy a value and the knowledge that there is none last one minute", async () => {
  const { clock, cache } = cacheAt({});
  await cache.getOrLoad("value", () => 1);
  await cache.getOrLoad("none", () => undefined);
  clock.advance(59_999);
  expect(await cache.getOrLoad("value", () => 2)).toBe(1);
  expect(await cache.getOrLoad<number | undefined>("none", () => 2)).toBeUndefined();
  clock.advance(1);
  expect(await cache.getOrLoad("value", () => 2)).toBe(2);
  expect(await cache.getOrLoad<number | undefined>("none", () => 2)).toBe(2);
});

test("that there is none is known for negativeTtlMs, whatever ttlMs is", async () => {
  const { clock, cache } = cacheAt({ ttlMs: 10, negativeTtlMs: 100 });
  await cache.getOrLoad("none", () => undefined);
  await cache.getOrLoad("value", () => 1);
  clock.advance(99);
  expect(await cache.getOrLoad<number | undefined>("none", () => 2)).toBeUndefined();
  expect(await cache.getOrLoad("value", () => 2)).toBe(2);
});

test("with a TTL of 0 a value reaches those who wait for it, and is not held", async () => {
  const { cache } = cacheAt({ ttlMs: 0, negativeTtlMs: 0 });
  let loads = 0;
  const read = () => cache.getOrLoad("key", () => ++loads);
  expect(await Promise.all([read(), read()])).toEqual([1, 1]);
  expect(await read()).toBe(2);
  await cache.getOrLoad("none", () => undefined);
  expect(cache.stats()).toMatchObject({ entries: 0, negativeEntries: 0, bytes: 0, tooLarge: 0 });
});

test("with a TTL of Infinity, or of more than 24.9 days, a value lasts that long", async () => {
  const { clock, cache } = cacheAt({});
  const day = 24 * 3_600_000;
  await cache.getOrLoad("for ever", () => 1, { ttlMs: Number.POSITIVE_INFINITY });
  await cache.getOrLoad("for long", () => 1, { ttlMs: 365 * day });
  clock.advance(365 * day - 1);
  expect([cache.peek("for ever"), cache.peek("for long")]).toEqual([1, 1]);
  clock.advance(1);
  expect([cache.peek("for ever"), cache.peek("for long")]).toEqual([1, undefined]);
});

test("a read's own policy goes before the cache's, and what it leaves out comes from there", async () => {
  const { clock, cache } = cacheAt({ ttlMs: 1_000, tags: ["default"] });
  await cache.getOrLoad("key", () => 1, { ttlMs: 10 });
  clock.advance(10);
  expect(cache.peek("key")).toBeUndefined();
  await cache.getOrLoad("key", () => 2, { ttlMs: 10_000 });
  await cache.invalidateTags(["default"]);
  expect(cache.peek("key")).toBeUndefined();
});

test("a duration that is none is refused, by name", async () => {
  const { cache } = cacheAt({});
  for (const policy of [{ ttlMs: -1 }, { negativeTtlMs: Number.NaN }, { hardTimeoutMs: -0.5 }]) {
    await expect(cache.getOrLoad("key", () => 1, policy)).rejects.toThrow(Object.keys(policy)[0]);
    expect(() => createCache({ namespace: "test", policy })).toThrow(Object.keys(policy)[0]);
  }
});

test("any history of loads and waits: a value is served exactly while its age is below its TTL", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 50 }),
      fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 30 }),
      async (ttlMs, waits) => {
        const { clock, cache } = cacheAt({ ttlMs });
        let [value, loadedAt] = [0, Number.NEGATIVE_INFINITY];
        for (const wait of waits) {
          clock.advance(wait);
          const fresh = clock.now() - loadedAt < ttlMs;
          expect(cache.peek("key")).toBe(fresh ? value : undefined);
          const got = await cache.getOrLoad("key", () => value + 1);
          expect(got).toBe(fresh ? value : value + 1);
          if (!fresh) [value, loadedAt] = [value + 1, clock.now()];
        }
      },
    ),
  );
});
