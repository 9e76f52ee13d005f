import { afterEach, describe, expect, test, vi } from "vitest";
import { type CacheOptions, createCache } from "../src/index.ts";
import { createNodes, shipped } from "./support/nodes.ts";

afterEach(() => vi.unstubAllEnvs());

/** Whether this cache freezes what it holds. */
async function freezes(options: Partial<CacheOptions> = {}): Promise<boolean> {
  const cache = createCache({ namespace: "test", ...options });
  return Object.isFrozen(await cache.getOrLoad("key", () => ({ part: 1 })));
}

describe("values are frozen", () => {
  test("outside of production, or by choice, and not otherwise", async () => {
    vi.stubEnv("NODE_ENV", "development");
    expect([await freezes(), await freezes({ freeze: false })]).toEqual([true, false]);
    vi.stubEnv("NODE_ENV", "production");
    expect([await freezes(), await freezes({ freeze: true })]).toEqual([false, true]);
    vi.stubEnv("NODE_ENV", undefined);
    expect(await freezes()).toBe(true);
  });

  test("deeply, and so whoever changes what was handed out is told at that line", async () => {
    const cache = createCache({ namespace: "test", freeze: true });
    const value = await cache.getOrLoad("key", () => ({ list: [{ deep: 1 }], bare: Object.assign(Object.create(null), { deep: 2 }) }));
    expect(() => {
      value.list[0]!.deep = 3;
    }).toThrow(TypeError);
    expect(() => value.list.push({ deep: 4 })).toThrow(TypeError);
    expect(() => {
      value.bare.deep = 5;
    }).toThrow(TypeError);
    expect(cache.peek("key")).toEqual({ list: [{ deep: 1 }], bare: { deep: 2 } });
  });

  test("when they are set, read by many, said to be not modified, or taken from the second tier", async () => {
    const { caches } = await createNodes(2, { freeze: true });
    const [a, b] = caches;
    await a.set("set", { part: 1 });
    await a.getOrLoadMany(["many"], () => new Map([["many", { part: 1 }]]));
    await shipped();
    const promoted = await b.getOrLoad("set", () => ({ part: 2 }));
    expect([a.peek("set"), a.peek("many"), promoted].map(Object.isFrozen)).toEqual([true, true, true]);
    expect(b.stats().hitsFromL2).toBe(1);
  });

  test("with the very object that the loader gave: nothing is copied", async () => {
    const cache = createCache({ namespace: "test", freeze: true });
    const value = { inner: [1] };
    expect(await cache.getOrLoad("key", () => value)).toBe(value);
    expect(Object.isFrozen(value.inner)).toBe(true);
  });
});

test("what freezing would break, or not keep from changing, stays as it is", async () => {
  const cache = createCache({ namespace: "test", freeze: true });
  class Point {
    x = 1;
  }
  const value = {
    date: new Date(0),
    map: new Map([[1, { inner: 1 }]]),
    set: new Set([1]),
    bytes: new Uint8Array([1]),
    point: new Point(),
    nothing: null,
  };
  await cache.getOrLoad("key", () => value);
  value.date.setTime(5);
  value.map.set(2, { inner: 2 });
  value.map.get(1)!.inner = 3;
  value.set.add(2);
  value.bytes[0] = 2;
  value.point.x = 2;
  expect(Object.isFrozen(value)).toBe(true);
  expect(cache.peek("key")).toBe(value);
  for (const [key, plain] of Object.entries({ text: "text", number: 1, date: new Date(0), nothing: null })) {
    expect(await cache.getOrLoad<unknown>(key, () => plain)).toBe(plain);
  }
});

test("cycles, parts in two places and what is frozen already are no trouble", async () => {
  const cache = createCache({ namespace: "test", freeze: true });
  const shared = Object.freeze({ inner: { deep: 1 } });
  const value: { self?: unknown; twice: unknown[] } = { twice: [shared, shared] };
  value.self = value;
  await cache.getOrLoad("key", () => value, { sizeBytes: 1 });
  expect(Object.isFrozen(value)).toBe(true);
});

test("of a huge value only the first ten thousand objects are frozen, so that a walk never costs more than the load", async () => {
  const cache = createCache({ namespace: "test", freeze: true });
  const value = Array.from({ length: 20_000 }, (_, index) => ({ index }));
  await cache.getOrLoad("key", () => value, { sizeBytes: 1 });
  expect(value.filter(Object.isFrozen)).toHaveLength(9_999);
});

test("a long list is no trouble", async () => {
  const cache = createCache({ namespace: "test", freeze: true });
  const value = [Array.from({ length: 500_000 }, (_, index) => index)];
  expect(Object.isFrozen((await cache.getOrLoad("key", () => value))[0])).toBe(true);
});
