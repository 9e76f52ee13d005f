import { expect, test } from "vitest";
import { createCache } from "../src/index.ts";

/** On a busy machine they take longer than a test may, and mutation testing would take that for a mutant noticed. */
const LONG = { timeout: 60_000 };

test("100,000 random unknown keys push out no value, and are bounded themselves", LONG, async () => {
  const cache = createCache({ namespace: "test", l1: { maxEntries: 100, maxNegativeEntries: 500 } });
  for (let i = 0; i < 100; i++) await cache.set(`value ${i}`, i);
  for (let i = 0; i < 100_000; i++) await cache.getOrLoad(`unknown ${i}`, () => undefined);
  expect(cache.stats()).toMatchObject({ entries: 100, negativeEntries: 500 });
  for (let i = 0; i < 100; i++) expect(cache.peek(`value ${i}`)).toBe(i);
});

test("100,000 random values stay within the entries and the bytes", LONG, async () => {
  const cache = createCache({ namespace: "test", l1: { maxEntries: 1_000, maxBytes: 200_000 } });
  for (let i = 0; i < 100_000; i++) await cache.set(`key ${i}`, i, { sizeBytes: 1 + (i % 999) });
  const { entries, bytes, evictions } = cache.stats();
  expect(entries).toBeLessThanOrEqual(1_000);
  expect(bytes).toBeLessThanOrEqual(200_000);
  expect(bytes).toBeGreaterThan(180_000);
  expect(evictions).toBe(100_000 - entries);
});

test("a value too large for the tier is returned, not held, and counted", async () => {
  const cache = createCache({ namespace: "test", l1: { maxBytes: 1_000 } });
  expect(await cache.getOrLoad("key", () => "small")).toBe("small");
  expect(await cache.set("key", "large", { sizeBytes: 1_001 })).toBe("not-kept");
  expect(await cache.getOrLoad("key", () => "x".repeat(1_000))).toHaveLength(1_000);
  expect(cache.stats()).toMatchObject({ entries: 0, tooLarge: 2, loads: { installed: 1, discarded: 1 } });
});

test("sizeBytes is a number, or is asked of the value", async () => {
  const cache = createCache({ namespace: "test" });
  await cache.set("a", "value", { sizeBytes: 100 });
  await cache.getOrLoad("b", () => "value", { sizeBytes: (value) => value.length });
  expect(cache.stats().bytes).toBe(105);
});

test("sizeBytes is not asked of what there is not", async () => {
  const cache = createCache({ namespace: "test" });
  await cache.set<string | undefined>("none", undefined, { sizeBytes: () => expect.unreachable() });
  expect(cache.stats()).toMatchObject({ negativeEntries: 1 });
});

test("a value whose size cannot be told rejects its load", async () => {
  const cache = createCache({ namespace: "test" });
  const sizeBytes = () => {
    throw new Error("no size");
  };
  await expect(cache.getOrLoad("key", () => 1, { sizeBytes })).rejects.toThrow("no size");
  expect(cache.stats()).toMatchObject({ entries: 0, flights: 0, loads: { failed: 1 } });
});

test("after clear nothing is held, after close neither, and a closed cache says so", async () => {
  const cache = createCache({ namespace: "test" });
  await cache.set("key", 1);
  await cache.set("none", undefined);
  await cache.clear();
  expect(cache.stats()).toMatchObject({ entries: 0, negativeEntries: 0, bytes: 0, flights: 0 });
  await cache.set("key", 1);
  await cache.close();
  expect(cache.stats()).toMatchObject({ entries: 0, bytes: 0 });
  expect(cache.peek("key")).toBeUndefined();
  await expect(cache.getOrLoad("key", () => 1)).rejects.toMatchObject({ code: "closed" });
  await expect(cache.set("key", 1)).rejects.toMatchObject({ code: "closed" });
});

test("close waits for the loads in progress, whose callers get their values", async () => {
  const cache = createCache({ namespace: "test" });
  let finish: (value: string) => void = () => {};
  const read = cache.getOrLoad("key", () => new Promise<string>((resolve) => (finish = resolve)));
  let closed = false;
  await Promise.resolve();
  const closing = cache.close().then(() => {
    closed = true;
  });
  await new Promise(setImmediate);
  expect(closed).toBe(false);
  finish("value");
  expect(await read).toBe("value");
  await closing;
  expect(cache.stats()).toMatchObject({ entries: 0, flights: 0 });
});
