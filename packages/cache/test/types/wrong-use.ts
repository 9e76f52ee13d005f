// What must not compile. Each `@ts-expect-error` names the compiler's code for the mistake, and `wrong-use.test.ts` holds it
// against what the compiler really says: a line that fails for another reason proves nothing. Nothing here is ever run.

import {
  type Authority,
  type Backend,
  type Codec,
  createCache,
  createFreshness,
  type Loader,
  MemoryTier,
  type Policy,
  versioned,
} from "@qrcards/cache";
import { createMetrics } from "@qrcards/cache/prometheus";
import { redis } from "@qrcards/cache/redis";

interface Product {
  readonly id: number;
  readonly name: string;
}

declare const loadProduct: (id: number) => Promise<Product | undefined>;
const cache = createCache({ namespace: "shop" });
const product: Product = { id: 1, name: "Lamp" };
declare const backend: Backend;
declare const dates: Codec<Date>;

export async function options(): Promise<void> {
  // @ts-expect-error TS2345 a cache has a name
  createCache({});
  // @ts-expect-error TS2353 there is no such option
  createCache({ namespace: "shop", ttlMs: 1_000 });
  // @ts-expect-error TS2353 nor is there this bound
  createCache({ namespace: "shop", l1: { max: 1_000 } });
  // @ts-expect-error TS2322 a number of milliseconds, not words
  createCache({ namespace: "shop", policy: { ttlMs: "1m" } });
  // @ts-expect-error TS2353 durations end in Ms
  await cache.getOrLoad("key", () => 1, { ttl: 1_000 });
  // @ts-expect-error TS2322 tags are a list
  await cache.getOrLoad("key", () => 1, { tags: "products" });
  // @ts-expect-error TS2322 it is kept in this process, in the second tier, or in both
  await cache.getOrLoad("key", () => 1, { tiers: "l3" });
  // @ts-expect-error TS2345 a tier has bounds
  new MemoryTier({ sizeOf: () => 1 });
}

export async function values(): Promise<void> {
  // @ts-expect-error TS2322 it may be that there is none
  const found: Product = await cache.getOrLoad("product:1", () => loadProduct(1));
  // @ts-expect-error TS2322 the value is asked for a name that it has not
  await cache.getOrLoad("product:1", () => product, { sizeBytes: (value: { price: number }) => value.price });
  // @ts-expect-error TS2339 the policy knows what is loaded
  await cache.getOrLoad("product:1", () => product, { sizeBytes: (value) => value.price });
  // @ts-expect-error TS2322 what is peeked may not be there
  const peeked: Product = cache.peek<Product>("product:1");
  // @ts-expect-error TS2345 a key is one string
  await cache.getOrLoad(["product", 1], () => product);
  // @ts-expect-error TS2540 an entry is never changed
  (await cache.getOrLoadEntry("product:1", () => product)).value = product;
  void [found, peeked];
}

export async function policies(): Promise<void> {
  // @ts-expect-error TS2339 the TTL is asked of what is loaded
  await cache.getOrLoad("product:1", () => product, { ttlMs: (value) => value.price });
  // @ts-expect-error TS2322 and is a number
  await cache.getOrLoad("product:1", () => product, { ttlMs: (value) => value.name });
  // @ts-expect-error TS2322 tags are words
  await cache.getOrLoad("product:1", () => product, { tags: (value) => [value.id] });
  // @ts-expect-error TS2322 the codec is one for such values
  await cache.getOrLoad("product:1", () => product, { codec: dates });
  // @ts-expect-error TS2322 one for dates is not one for everything
  createCache({ namespace: "shop", l2: { backend, codec: dates } });
  // @ts-expect-error TS2353 a signal is for one read, not for all
  createCache({ namespace: "shop", policy: { signal: AbortSignal.timeout(1_000) } });
}

export async function batches(): Promise<void> {
  // @ts-expect-error TS2345 a batch is asked for keys, not for one
  await cache.getOrLoadMany("product:1", () => new Map());
  // @ts-expect-error TS2322 its loader says which value is of which key
  await cache.getOrLoadMany(["product:1"], async () => [product]);
  // @ts-expect-error TS2322 any of them may have none
  const found: Product[] = await cache.getOrLoadMany(["product:1"], () => new Map([["product:1", product]]));
  void found;
}

export async function changes(): Promise<void> {
  // @ts-expect-error TS2345 tags are a list
  await cache.invalidateTags("products");
  // @ts-expect-error TS2559 what is flushed is everything, softly or hard
  await cache.flush("products");
  // @ts-expect-error TS2367 how far it got is a word, not a yes
  if ((await cache.delete("product:1")) === true) return;
  // @ts-expect-error TS2322 the policy is one for what is set
  await cache.set("product:1", product, { tags: (value) => [value.id] });
}

export async function memoize(): Promise<void> {
  // @ts-expect-error TS2345 a memoised function has a key
  cache.memoize(loadProduct, { ttlMs: 1_000 });
  // @ts-expect-error TS2322 keys are made from the function's own arguments
  cache.memoize(loadProduct, { key: (id: string) => id });
  const memoised = cache.memoize(loadProduct, { key: "product" });
  // @ts-expect-error TS2345 it takes what the function takes
  await memoised("1");
  // @ts-expect-error TS2554 and all of it
  await memoised();
}

export function events(): void {
  // @ts-expect-error TS2345 there is no such event
  cache.on("hits", () => {});
  // @ts-expect-error TS2339 an eviction has no status
  cache.on("evict", ({ status }) => status);
  // @ts-expect-error TS2367 there is no such status
  cache.on("read", ({ status }) => status === "cached");
}

export function secondTier(): void {
  // @ts-expect-error TS2345 a backend is made of where it is
  redis({});
  // @ts-expect-error TS2345 an address is an option, not all of them
  redis("redis://localhost");
  // @ts-expect-error TS2345 one server or a cluster, not both
  redis({ url: "redis://localhost", cluster: { nodes: ["localhost:7000"] } });
  // @ts-expect-error TS2322 a URL is not a backend yet
  createCache({ namespace: "shop", l2: "redis://localhost" });
  // @ts-expect-error TS2353 the log and the bus come from the backend
  createCache({ namespace: "shop", l2: { backend, coherence: { bus: undefined } } });
  // @ts-expect-error TS2532 there may be no second tier
  cache.stats().l2.reads;
  // @ts-expect-error TS2345 metrics watch caches
  createMetrics().watch(backend);
}

export function versions(): void {
  // @ts-expect-error TS2345 a reading has a head
  versioned(1, { tag: "trip:1", version: 1, stamp: "s" });
  // @ts-expect-error TS2322 an authority answers with a stamp
  const authority: Authority = { poll: async () => ({ epoch: "e", generation: 0, seq: 1, changes: [] }) };
  // @ts-expect-error TS2345 a freshness asks somebody
  createFreshness({ leaseMs: 2_000 });
  // @ts-expect-error TS2322 a loader of products does not load names
  const loader: Loader<Product> = () => "Lamp";
  // @ts-expect-error TS2322 and a policy of products does not measure them
  const policy: Policy<Product> = { sizeBytes: (value: string) => value.length };
  void [authority, loader, policy];
}
