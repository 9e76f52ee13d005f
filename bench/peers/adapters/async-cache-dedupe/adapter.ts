import { type CacheAdapter, type CacheNode, type Load, type NodeOptions, NotOffered } from "@qrcards/cache/testing";
import { type Cache, createCache } from "async-cache-dedupe";
import { Redis } from "ioredis";
import superjson from "superjson";

type Configuration = "default" | "recommended";

/** What the cached function is called with: only the key counts. */
interface Call {
  readonly key: string;
  readonly load: Load;
  readonly tags: readonly string[];
}

/**
 * Default: the Redis storage of its README, with invalidation by references. Recommended, on top of it: references that live as
 * long as the entries ("Redis"), and a transformer for what JSON cannot say (`createCache`). It has one storage: Redis, or memory.
 */
async function createNode(configuration: Configuration, { redisUrl, namespace, policy }: NodeOptions): Promise<CacheNode> {
  const recommended = configuration === "recommended";
  const client = new Redis(redisUrl).on("error", () => {});
  const ttl = wholeSeconds(policy.ttlMs);
  const { ttlFromValue, tagsFromValue, staleWhileRevalidateMs } = policy;
  const counts = { hits: 0, misses: 0 };
  const invalidation = recommended ? { referencesTTL: Math.max(ttl, 1) } : true;
  const cache: Cache = createCache({
    ttl,
    ...(staleWhileRevalidateMs === undefined ? {} : { stale: wholeSeconds(staleWhileRevalidateMs) }),
    storage: { type: "redis", options: { client: client as never, invalidation } },
    ...(recommended ? { transformer: superjson } : {}),
    onHit: () => counts.hits++,
    onMiss: () => counts.misses++,
  });
  const cached = cache.define(
    namespace,
    {
      serialize: ({ key }: Call) => key,
      references: ({ tags }: Call, _key: string, value: unknown) => [...tags, ...(tagsFromValue?.(value) ?? [])],
      ...(ttlFromValue === undefined ? {} : { ttl: (value: unknown) => wholeSeconds(ttlFromValue(value)) }),
    },
    ({ load }: Call) => load(),
  ) as Cache & Record<string, (call: Call) => Promise<unknown>>;
  return {
    getOrLoad: async (key, load, { tags = [] } = {}) => cached[namespace]?.({ key, load, tags }),
    delete: (key) => cache.clear(namespace, { key }),
    set: (key, value) => cache.set(namespace, `${namespace}~${key}`, value, ttl),
    invalidateTags: (tags) => cache.invalidateAll([...tags]),
    clear: () => cache.clear(namespace),
    counts: () => ({ ...counts }),
    close: async () => client.disconnect(),
  };
}

/** Its only unit. */
function wholeSeconds(ms: number): number {
  if (ms === Number.POSITIVE_INFINITY) throw new NotOffered("time to live without an end");
  return Math.ceil(ms / 1_000);
}

function adapter(configuration: Configuration, sets: string): CacheAdapter {
  return {
    name: "async-cache-dedupe",
    version: "3.4.0",
    configuration,
    sets,
    module: import.meta.url,
    offers: new Set(["tags", "severalTags", "tagsFromValue", "ttlFromValue", "staleWhileRevalidateMs"]),
    documents: { zeroTtl: "not kept" },
    createNode: (options) => createNode(configuration, options),
  };
}

export const adapters = [
  adapter("default", "Redis with invalidation by references; no memory before it"),
  adapter("recommended", "references that live as long as the entries, superjson"),
];
