import { expectTypeOf, test } from "vitest";
import { createCache, type Entry, type Provenance, versioned } from "../../src/index.ts";

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
