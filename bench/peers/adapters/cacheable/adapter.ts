import KeyvRedis, { createKeyvNonBlocking } from "@keyv/redis";
import { RedisMessageProvider } from "@qified/redis";
import type { CacheAdapter, CacheNode, NodeOptions } from "@qrcards/cache/testing";
import { Cacheable, CacheableHooks, createKeyv } from "cacheable";
import superjson from "superjson";

type Configuration = "default" | "recommended";

/**
 * Default: "Basic Usage" of its README. Recommended, on top of it: "Non-Blocking with @keyv/redis" (which says that without it
 * Redis "causes hangs and blocking"), "CacheableSync - Distributed Updates" and "Tag Based Invalidation" of the same, a custom
 * serializer (keyv's README), errors of the loader thrown ("Get Or Set Memoization Function").
 */
async function createNode(configuration: Configuration, { redisUrl, namespace, policy }: NodeOptions): Promise<CacheNode> {
  const recommended = configuration === "recommended";
  const provider = recommended ? new RedisMessageProvider({ uri: redisUrl }) : undefined;
  const cache = new Cacheable({
    namespace,
    ...(policy.maxEntries === undefined ? {} : { primary: createKeyv({ lruSize: policy.maxEntries }) }),
    secondary: recommended ? nonBlockingRedis(redisUrl) : new KeyvRedis(redisUrl),
    stats: true,
    ...(recommended ? { nonBlocking: true, tags: true } : {}),
    ...(provider === undefined ? {} : { sync: { qified: provider } }),
  });
  cache.on("error", () => {});
  cache.secondary?.on("error", () => {});
  const tagsOf = new Map<string, readonly string[]>();
  cache.onHook(CacheableHooks.BEFORE_SET, (item) => {
    const tags = tagsOf.get(item.key);
    if (tags !== undefined) item.tags = [...tags];
    if (policy.tagsFromValue !== undefined) item.tags = [...policy.tagsFromValue(item.value)];
    if (policy.ttlFromValue !== undefined) item.ttl = policy.ttlFromValue(item.value);
  });
  const ttl = policy.ttlMs === Number.POSITIVE_INFINITY ? 0 : policy.ttlMs;
  return {
    getOrLoad(key, load, { tags } = {}) {
      if (tags !== undefined) tagsOf.set(key, tags);
      return cache.getOrSet(key, load, { ttl, ...(recommended ? { throwErrors: "function" } : {}) });
    },
    delete: (key) => cache.delete(key),
    set: (key, value) => cache.set(key, value, ttl),
    ...(recommended ? { invalidateTags: (tags) => cache.tags.invalidateTags([...tags]) } : {}),
    clear: () => cache.clear(),
    counts: () => ({ hits: cache.stats.hits, misses: cache.stats.misses }),
    async close() {
      await cache.disconnect();
      await provider?.disconnect();
    },
  };
}

function nonBlockingRedis(redisUrl: string) {
  const redis = createKeyvNonBlocking(redisUrl);
  redis.serialize = superjson.stringify;
  redis.deserialize = (text: string) => superjson.parse(text);
  return redis;
}

function adapter(configuration: Configuration, sets: string): CacheAdapter {
  const tags = ["tags", "severalTags", "tagsFromValue"] as const;
  return {
    name: "cacheable",
    version: "2.5.0",
    configuration,
    sets,
    module: import.meta.url,
    offers: new Set(["l1", "ttlFromValue", "maxEntries", ...(configuration === "recommended" ? tags : [])]),
    documents: { zeroTtl: "forever" },
    createNode: (options) => createNode(configuration, options),
  };
}

export const adapters = [
  adapter("default", "memory and @keyv/redis, as in its basic usage"),
  adapter("recommended", "non-blocking Redis, sync by Redis, tags, throwErrors, superjson"),
];
