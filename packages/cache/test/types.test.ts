import { expectTypeOf, test } from "vitest";
import { createCache, createFreshness, type Entry, MemoryTier, type Provenance, versioned } from "../src/index.ts";

// What these say is checked by the compiler; running them only shows that they are true as well.

const cache = createCache({ namespace: "types" });
const reading = { tag: "trip:1", version: 1, stamp: "s", head: { seq: 1, stamp: "s" } };

test("the value's type comes from the loader, versioned or not, promised or not", () => {
  expectTypeOf(cache.getOrLoad("a", () => 1)).resolves.toEqualTypeOf<number>();
  expectTypeOf(cache.getOrLoad("b", async () => "text")).resolves.toEqualTypeOf<string>();
  expectTypeOf(cache.getOrLoad("c", async () => versioned({ id: 1 }, reading))).resolves.toEqualTypeOf<{ id: number }>();
  expectTypeOf(cache.getOrLoadEntry("d", () => versioned("text", reading))).resolves.toEqualTypeOf<Entry<string>>();
});

test("a loader that may find nothing makes a value that may be undefined", () => {
  const find = (id: number) => (id === 1 ? { id } : undefined);
  expectTypeOf(cache.getOrLoad("e", () => find(1))).resolves.toEqualTypeOf<{ id: number } | undefined>();
  expectTypeOf(cache.getOrLoad("f", () => versioned(find(1), reading))).resolves.toEqualTypeOf<{ id: number } | undefined>();
});

test("a memoised function takes the arguments of its function, and promises its value", () => {
  const memoised = cache.memoize((id: number, language?: string) => `${id} ${language}`, { key: "page" });
  expectTypeOf(memoised).parameters.toEqualTypeOf<[number, (string | undefined)?]>();
  expectTypeOf(memoised).returns.resolves.toEqualTypeOf<string>();
});

test("an entry is what isCurrent judges", () => {
  expectTypeOf<Entry<string>>().toExtend<Provenance>();
});

test("wrong use does not compile", () => {
  const wrong = () => {
    // @ts-expect-error a cache has a name
    createCache({});
    // @ts-expect-error durations end in Ms
    void cache.getOrLoad("key", () => 1, { ttl: 1_000 });
    // @ts-expect-error a size is asked of the value that is loaded
    void cache.getOrLoad("key", () => 1, { sizeBytes: (value: string) => value.length });
    // @ts-expect-error a reading has a head
    versioned(1, { tag: "trip:1", version: 1, stamp: "s" });
    // @ts-expect-error an authority answers with a stamp
    createFreshness({ authority: { poll: async () => ({ epoch: "e", generation: 0, seq: 1, changes: [] }) } });
    // @ts-expect-error a tier has bounds
    new MemoryTier({ sizeOf: () => 1 });
    // @ts-expect-error there is no such event
    cache.on("hits", () => {});
    // @ts-expect-error keys of a memoised function are made from its own arguments
    cache.memoize((id: number) => id, { key: (id: string) => id });
  };
  void wrong;
});
