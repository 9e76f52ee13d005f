import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createCache, MemoryTier } from "../src/index.ts";

interface Item {
  readonly bytes: number;
  readonly tags: readonly string[];
}

const item = (bytes: number, ...tags: string[]): Item => ({ bytes, tags });

function createTier(maxEntries: number, maxBytes: number) {
  const evicted: string[] = [];
  const tier = new MemoryTier<Item>({
    maxEntries,
    maxBytes,
    sizeOf: ({ bytes }) => bytes,
    tagsOf: ({ tags }) => tags,
    onEvict: (key) => evicted.push(key),
  });
  return { tier, evicted };
}

test("what was not looked up goes before what was", () => {
  const { tier, evicted } = createTier(3, 1_000);
  for (const key of ["a", "b", "c"]) tier.set(key, item(1));
  tier.get("a");
  tier.set("d", item(1));
  tier.set("e", item(1));
  expect(evicted).toEqual(["b", "c"]);
  expect([...tier.keys()].sort()).toEqual(["a", "d", "e"]);
});

test("what was looked up long ago goes in the end", () => {
  const { tier, evicted } = createTier(2, 1_000);
  tier.set("a", item(1));
  tier.get("a");
  for (let i = 0; i < 4; i++) tier.set(`new ${i}`, item(1));
  expect(evicted).toContain("a");
});

test("with lru, what goes is always what was used longest ago", () => {
  const use = fc.record({ key: fc.constantFrom(..."abcdefgh"), sets: fc.boolean() });
  fc.assert(
    fc.property(fc.array(use, { maxLength: 200 }), fc.integer({ min: 1, max: 6 }), (uses, maxEntries) => {
      const evicted: string[] = [];
      const tier = new MemoryTier<Item>({
        maxEntries,
        maxBytes: 1_000,
        sizeOf: ({ bytes }) => bytes,
        eviction: "lru",
        onEvict: (key) => evicted.push(key),
      });
      // The one used longest ago comes first.
      const model: string[] = [];
      const expected: string[] = [];
      for (const { key, sets } of uses) {
        const held = model.includes(key);
        expect(tier.get(key) !== undefined).toBe(held);
        if (held) model.splice(model.indexOf(key), 1);
        if (sets) {
          tier.set(key, item(1));
          if (model.length === maxEntries) expected.push(model.shift()!);
        }
        if (held || sets) model.push(key);
      }
      expect(evicted).toEqual(expected);
      expect([...tier.keys()].toSorted()).toEqual(model.toSorted());
    }),
  );
});

test("an unknown way to evict is refused", () => {
  const options = { maxEntries: 1, maxBytes: 1, sizeOf: () => 1 };
  expect(() => new MemoryTier({ ...options, eviction: "fifo" as "lru" })).toThrow(/eviction/);
});

test("a cache lets go of what it is told to: the one used longest ago", async () => {
  const cache = createCache({ namespace: "lru", l1: { maxEntries: 2, eviction: "lru" } });
  const read = (key: string) => cache.getOrLoad(key, () => key);
  // With a second chance both were used, and the older one would go.
  for (const key of ["a", "b", "b", "a", "c"]) await read(key);
  expect(cache.peek("a")).toBe("a");
  expect(cache.peek("b")).toBeUndefined();
  await cache.close();
});

test("when everything is in use, room is made all the same", () => {
  const { tier } = createTier(500, 10_000);
  for (let i = 0; i < 500; i++) tier.set(`${i}`, item(1));
  for (let i = 0; i < 500; i++) tier.get(`${i}`);
  expect(tier.set("one more", item(1))).toBe(true);
  expect(tier.size).toBe(500);
});

test("one that needs much room takes that of many", () => {
  const { tier, evicted } = createTier(100, 100);
  for (let i = 0; i < 10; i++) tier.set(`${i}`, item(10));
  expect(tier.set("large", item(95))).toBe(true);
  expect(evicted).toHaveLength(10);
  expect(tier.bytes).toBe(95);
});

test("what is larger than the tier, or has no size, is not held, and nothing else has to go for it", () => {
  const { tier, evicted } = createTier(100, 100);
  tier.set("other", item(50));
  tier.set("key", item(1));
  for (const bytes of [101, Number.POSITIVE_INFINITY, Number.NaN]) {
    expect(tier.set("key", item(bytes))).toBe(false);
    expect(tier.get("key")).toBeUndefined();
  }
  expect(tier.get("other")).toEqual(item(50));
  expect(evicted).toEqual([]);
});

test("a size below 1 counts as 1, and a part of a byte as a whole one", () => {
  const { tier } = createTier(100, 100);
  tier.set("none", item(0));
  tier.set("part", item(1.2));
  expect(tier.bytes).toBe(3);
});

test("a tag is held as long as anything carries it", () => {
  const { tier } = createTier(2, 100);
  tier.set("a", item(1, "x", "y"));
  tier.set("b", item(1, "y"));
  expect([tier.holds("x"), tier.holds("y"), tier.holds("z")]).toEqual([true, true, false]);
  tier.set("a", item(1));
  expect([tier.holds("x"), tier.holds("y")]).toEqual([false, true]);
  tier.set("c", item(1));
  tier.set("d", item(1));
  expect(tier.holds("y")).toBe(false);
});

test("a cleared tier is empty, and can be filled again", () => {
  const { tier } = createTier(2, 100);
  tier.set("a", item(1, "x"));
  tier.clear();
  expect([tier.size, tier.bytes, tier.holds("x"), [...tier.keys()]]).toEqual([0, 0, false, []]);
  for (const key of ["a", "b", "c"]) tier.set(key, item(1, "x"));
  expect(tier.size).toBe(2);
  expect(tier.deleteTag("x")).toBe(2);
});

test.each([[0], [-1], [1.5], [Number.NaN], [Number.POSITIVE_INFINITY]])("a bound of %o is refused", (bound) => {
  const sizeOf = () => 1;
  expect(() => new MemoryTier({ maxEntries: bound, maxBytes: 1, sizeOf })).toThrow("maxEntries");
  expect(() => new MemoryTier({ maxEntries: 1, maxBytes: bound, sizeOf })).toThrow("maxBytes");
});

describe("whatever is done to it", () => {
  type Action = { readonly what: "set" | "get" | "delete" | "deleteTag" | "clear"; readonly key: string; readonly item: Item };
  const keys = fc.constantFrom(..."abcdefgh");
  const tags = fc.subarray(["x", "y", "z"]);
  const action: fc.Arbitrary<Action> = fc.record({
    what: fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom("set" as const, "get" as const) },
      { weight: 1, arbitrary: fc.constantFrom("delete" as const, "deleteTag" as const, "clear" as const) },
    ),
    key: keys,
    item: fc.record({ bytes: fc.integer({ min: 1, max: 40 }), tags }),
  });

  test("it is what was set less what had to go: within its bounds, its sums right, its tags those of what is held", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 60 }),
        fc.array(action, { maxLength: 60 }),
        (maxEntries, maxBytes, actions) => {
          const model = new Map<string, Item>();
          const tier = new MemoryTier<Item>({
            maxEntries,
            maxBytes,
            sizeOf: ({ bytes }) => bytes,
            tagsOf: (held) => held.tags,
            onEvict: (key) => expect(model.delete(key)).toBe(true),
          });
          for (const { what, key, item: value } of actions) {
            if (what === "set") {
              model.delete(key);
              const held = tier.set(key, value);
              expect(held).toBe(value.bytes <= maxBytes);
              if (held) model.set(key, value);
            } else if (what === "get") expect(tier.get(key)).toBe(model.get(key));
            else if (what === "delete") expect(tier.delete(key)).toBe(model.delete(key));
            else if (what === "clear") {
              tier.clear();
              model.clear();
            } else {
              const carriers = [...model].filter(([, held]) => held.tags.includes("x"));
              for (const [carrier] of carriers) model.delete(carrier);
              expect(tier.deleteTag("x")).toBe(carriers.length);
            }
            const all = [...model.values()];
            expect(new Set(tier.keys())).toEqual(new Set(model.keys()));
            expect(tier.size).toBe(model.size);
            expect(tier.bytes).toBe(all.reduce((sum, { bytes }) => sum + bytes, 0));
            expect(tier.size).toBeLessThanOrEqual(maxEntries);
            expect(tier.bytes).toBeLessThanOrEqual(maxBytes);
            for (const tag of ["x", "y", "z"]) expect(tier.holds(tag)).toBe(all.some((held) => held.tags.includes(tag)));
          }
        },
      ),
    );
  });
});
