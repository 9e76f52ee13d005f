import { createMemoryBackend } from "@qrcards/cache/testing";
import { expectTypeOf, test } from "vitest";
import {
  type Backend,
  type CacheEvents,
  type Codec,
  type CoherenceStats,
  createCache,
  createFreshness,
  type Entry,
  type Explanation,
  type Freshness,
  type Loaded,
  type MissCause,
  notModified,
  type Provenance,
  type Reach,
  type SharedStats,
  type Status,
  versioned,
} from "../../src/index.ts";
import { createMetrics } from "../../src/prometheus.ts";
import { redis } from "../../src/redis.ts";

// What these say is checked by the compiler; running them only shows that they are true as well.

interface Product {
  readonly id: number;
  readonly name: string;
}

const cache = createCache({ namespace: "types" });
const lamp: Product = { id: 1, name: "Lamp" };
const findProduct = (id: number) => (id === 1 ? lamp : undefined);
const reading = { tag: "trip:1", version: 1, stamp: "s", head: { seq: 1, stamp: "s" } };

test("the value's type comes from the loader, versioned or not, promised or not", () => {
  expectTypeOf(cache.getOrLoad("a", () => 1)).resolves.toEqualTypeOf<number>();
  expectTypeOf(cache.getOrLoad("b", async () => "text")).resolves.toEqualTypeOf<string>();
  expectTypeOf(cache.getOrLoad("c", async () => versioned(lamp, reading))).resolves.toEqualTypeOf<Product>();
  expectTypeOf(cache.getOrLoadEntry("d", () => versioned("text", reading))).resolves.toEqualTypeOf<Entry<string>>();
});

test("a value may have any properties, also those that the library's own types have", () => {
  expectTypeOf(cache.getOrLoad("v", () => ({ value: 1 }))).resolves.toEqualTypeOf<{ value: number }>();
  expectTypeOf(cache.getOrLoad("w", () => ({ value: 1, reading }))).resolves.toEqualTypeOf<{ value: number; reading: typeof reading }>();
  expectTypeOf(cache.getOrLoadMany(["x"], () => new Map([["x", { value: "text" }]]))).resolves.toEqualTypeOf<
    ({ value: string } | undefined)[]
  >();
  expectTypeOf(cache.set("y", { value: 1 })).resolves.toEqualTypeOf<Reach | "not-kept">();
});

test("a loader that may find nothing makes a value that may be undefined", () => {
  expectTypeOf(cache.getOrLoad("e", () => findProduct(1))).resolves.toEqualTypeOf<Product | undefined>();
  expectTypeOf(cache.getOrLoad("f", () => versioned(findProduct(1), reading))).resolves.toEqualTypeOf<Product | undefined>();
});

test("a loader that may say that nothing changed makes a value all the same", () => {
  const load = (): Loaded<Product> => (cache.peek("g") === undefined ? lamp : notModified);
  expectTypeOf(cache.getOrLoad("g", load)).resolves.toEqualTypeOf<Product>();
  expectTypeOf(cache.getOrLoad<Product>("g", ({ held }) => (held === undefined ? lamp : notModified))).resolves.toEqualTypeOf<Product>();
});

test("a policy is asked of what is loaded, and never of what is not there", () => {
  const read = cache.getOrLoad("h", () => findProduct(1), {
    ttlMs: (value, key) => {
      expectTypeOf(value).toEqualTypeOf<Product>();
      expectTypeOf(key).toEqualTypeOf<string>();
      return 1_000;
    },
    tags: (value) => {
      expectTypeOf(value).toEqualTypeOf<Product>();
      return [`product:${value.id}`];
    },
    sizeBytes: (value) => {
      expectTypeOf(value).toEqualTypeOf<Product | undefined>();
      return 100;
    },
  });
  expectTypeOf(read).resolves.toEqualTypeOf<Product | undefined>();
});

test("many values come in the order of their keys, each of which may have none", () => {
  const many = cache.getOrLoadMany(["1", "2"], (keys, { signal }) => {
    expectTypeOf(keys).toEqualTypeOf<readonly string[]>();
    expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
    return new Map(keys.map((key) => [key, lamp]));
  });
  expectTypeOf(many).resolves.toEqualTypeOf<(Product | undefined)[]>();
  expectTypeOf(cache.getOrLoadMany(["1"], async () => new Map([["1", versioned(lamp, reading)]]))).resolves.toEqualTypeOf<
    (Product | undefined)[]
  >();
});

test("a memoised function takes the arguments of its function, and promises its value", () => {
  const memoised = cache.memoize((id: number, language?: string) => `${id} ${language}`, { key: "page" });
  expectTypeOf(memoised).parameters.toEqualTypeOf<[number, (string | undefined)?]>();
  expectTypeOf(memoised).returns.resolves.toEqualTypeOf<string>();
  const product = cache.memoize(async (id: number) => findProduct(id), { key: (id) => `p${id.toFixed()}`, tags: ({ name }) => [name] });
  expectTypeOf(product).toEqualTypeOf<(id: number) => Promise<Product | undefined>>();
});

test("a change says how far it got", () => {
  expectTypeOf(cache.set("i", lamp, { tags: (value) => [value.name] })).resolves.toEqualTypeOf<Reach | "not-kept">();
  expectTypeOf(cache.delete("i")).resolves.toEqualTypeOf<"done" | "deferred">();
  for (const change of [cache.expire("i"), cache.invalidateTags(["t"]), cache.flush(), cache.flush({ hard: true }), cache.clear()]) {
    expectTypeOf(change).resolves.toEqualTypeOf<Reach>();
  }
});

test("what is peeked may not be there, and is what you say it is", () => {
  expectTypeOf(cache.peek("j")).toEqualTypeOf<unknown>();
  expectTypeOf(cache.peek<Product>("j")).toEqualTypeOf<Product | undefined>();
});

test("a listener knows what it is told, and can be taken back", () => {
  const stop = cache.on("read", (event) => {
    expectTypeOf(event).toEqualTypeOf<CacheEvents["read"]>();
    expectTypeOf(event.status).toEqualTypeOf<Status>();
    expectTypeOf(event.cause).toEqualTypeOf<MissCause | undefined>();
  });
  expectTypeOf(stop).toEqualTypeOf<() => void>();
  stop();
});

test("what a cache says of itself has no second tier where there may be none", () => {
  expectTypeOf(cache.stats().l2).toEqualTypeOf<SharedStats | undefined>();
  expectTypeOf(cache.stats().coherence).toEqualTypeOf<CoherenceStats | undefined>();
  expectTypeOf(cache.explain("k")).resolves.toEqualTypeOf<Explanation>();
  expectTypeOf(createMetrics().watch(cache)).toEqualTypeOf<() => void>();
});

test("a second tier is a backend, alone or with what can be chosen about it", () => {
  const codec: Codec<Product> = { id: "p1", encode: ({ name }) => new TextEncoder().encode(name), decode: () => lamp };
  expectTypeOf(createMemoryBackend()).toExtend<Backend>();
  expectTypeOf(redis).returns.toEqualTypeOf<Backend>();
  expectTypeOf(redis).toBeCallableWith({ url: "redis://localhost" });
  expectTypeOf(redis).toBeCallableWith({ sentinel: { name: "mymaster", nodes: ["localhost:26379"] }, password: "secret" });
  expectTypeOf(redis).toBeCallableWith({ cluster: { nodes: ["localhost:7000"] }, tls: true });
  expectTypeOf(createCache).toBeCallableWith({ namespace: "a", l2: createMemoryBackend() });
  expectTypeOf(createCache).toBeCallableWith({
    namespace: "a",
    l2: { backend: createMemoryBackend(), deadlineMs: 20, breaker: { failures: 5 } },
  });
  expectTypeOf(cache.getOrLoad("l", () => lamp, { codec, tiers: "l2" })).resolves.toEqualTypeOf<Product>();
});

test("a freshness is made of who knows the changes, and judges what is made from entries", () => {
  const freshness = createFreshness({ authority: { poll: async () => ({ epoch: "e", generation: 0, seq: 0, stamp: "", changes: [] }) } });
  expectTypeOf(freshness).toEqualTypeOf<Freshness>();
  expectTypeOf(createCache).toBeCallableWith({ namespace: "a", freshness });
  expectTypeOf<Entry<string>>().toExtend<Provenance>();
  expectTypeOf(freshness.isCurrent).parameter(0).toEqualTypeOf<Provenance>();
});
