import { expect, test, vi } from "vitest";
import { createCache } from "../src/index.ts";

test.each([[0], [-0], [""], [false], [null], [Number.NaN], [0n], [[]]])("%o is a value, and a hit", async (value) => {
  const cache = createCache({ namespace: "test" });
  const load = vi.fn(async () => value);
  expect(await cache.getOrLoad("key", load)).toBe(value);
  expect(await cache.getOrLoad("key", load)).toBe(value);
  expect(cache.peek("key")).toBe(value);
  expect(load).toHaveBeenCalledTimes(1);
  expect(cache.stats().reads).toMatchObject({ hit: 2, miss: 1, negative: 0 });
});

test("undefined means that there is none, which is known from then on", async () => {
  const cache = createCache({ namespace: "test" });
  const load = vi.fn(async () => undefined);
  expect(await cache.getOrLoad("key", load)).toBeUndefined();
  expect(await cache.getOrLoad("key", load)).toBeUndefined();
  expect(load).toHaveBeenCalledTimes(1);
  expect(cache.stats().reads).toMatchObject({ negative: 1, miss: 1, hit: 0 });
});

test("a hit hands out the very object that was loaded", async () => {
  const cache = createCache({ namespace: "test" });
  const value = { at: new Date(0), map: new Map([[1, { deep: true }]]) };
  await cache.getOrLoad("key", () => value);
  expect(cache.peek("key")).toBe(value);
});

test("there is one answer to a key: a value replaces that there was none, and the other way round", async () => {
  const cache = createCache({ namespace: "test" });
  await cache.set("key", undefined);
  expect(cache.stats()).toMatchObject({ entries: 0, negativeEntries: 1 });
  await cache.set("key", "value");
  expect(cache.stats()).toMatchObject({ entries: 1, negativeEntries: 0 });
  expect(cache.peek("key")).toBe("value");
  await cache.set("key", undefined);
  expect(cache.stats()).toMatchObject({ entries: 0, negativeEntries: 1 });
  expect(await cache.getOrLoad("key", () => "not called")).toBeUndefined();
});

test.each([
  ["empty", ""],
  ["too long", "k".repeat(1_025)],
  ["not a string", 7 as unknown as string],
])("a key that is %s is refused", async (_, key) => {
  const cache = createCache({ namespace: "test" });
  await expect(cache.getOrLoad(key, () => 1)).rejects.toMatchObject({ code: "option-invalid" });
  await expect(cache.set(key, 1)).rejects.toMatchObject({ code: "option-invalid" });
  expect(cache.peek(key)).toBeUndefined();
});

test.each([[""], ["-"], ["a b"], ["x".repeat(65)], [undefined as unknown as string]])("the namespace %o is refused", (namespace) => {
  expect(() => createCache({ namespace })).toThrow("namespace");
});

test.each([["\ud800"], ["a\udc00b"], [""], ["x".repeat(1_025)]])("%j is neither a key nor a tag", async (name) => {
  const cache = createCache({ namespace: "test" });
  const refused = expect.objectContaining({ code: "option-invalid" });
  await expect(cache.getOrLoad(name, () => 1)).rejects.toEqual(refused);
  await expect(cache.delete(name)).rejects.toEqual(refused);
  await expect(cache.invalidateTags([name])).rejects.toEqual(refused);
  await expect(cache.getOrLoad("key", () => 1, { tags: [name] })).rejects.toEqual(refused);
  await expect(cache.getOrLoad("key", () => 1, { tags: () => [name] })).rejects.toEqual(refused);
  expect(cache.stats().entries).toBe(0);
});
