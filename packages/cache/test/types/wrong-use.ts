// What must not compile. Each `@ts-expect-error` names the compiler's code for the mistake, and `wrong-use.test.ts` holds it
// against what the compiler really says: a line that fails for another reason proves nothing. Nothing here is ever run.

import { type Authority, createCache, createFreshness, type Loader, MemoryTier, type Policy, versioned } from "@qrcards/cache";

interface Product {
  readonly id: number;
  readonly name: string;
}

declare const loadProduct: (id: number) => Promise<Product | undefined>;
const cache = createCache({ namespace: "shop" });
const product: Product = { id: 1, name: "Lamp" };

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
