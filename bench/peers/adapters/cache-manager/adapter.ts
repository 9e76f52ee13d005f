import { createKeyvNonBlocking, createKeyv as createKeyvRedis } from "@keyv/redis";
import type { CacheAdapter, CacheNode, NodeOptions } from "@qrcards/cache/testing";
import { createCache } from "cache-manager";
import { createKeyv } from "cacheable";
import superjson from "superjson";

type Configuration = "default" | "recommended";

/**
 * Default: the two stores of its README's "Migration from v5 to v6". Recommended, on top of it: the bounded memory of its "Quick
 * start", no serialization in memory and another one than JSON in Redis (same README, on `Uint8Array`), `nonBlocking` with the
 * client that @keyv/redis has for it.
 */
async function createNode(configuration: Configuration, { redisUrl, namespace, policy }: NodeOptions): Promise<CacheNode> {
  const recommended = configuration === "recommended";
  const lruSize = policy.maxEntries ?? (recommended ? 5_000 : undefined);
  const memory = createKeyv(lruSize === undefined ? {} : { lruSize });
  const redis = recommended ? createKeyvNonBlocking(redisUrl) : createKeyvRedis(redisUrl);
  memory.namespace = namespace;
  redis.namespace = namespace;
  for (const store of [memory, redis]) store.on("error", () => {});
  if (recommended) {
    memory.serialize = undefined;
    memory.deserialize = undefined;
    redis.serialize = superjson.stringify;
    redis.deserialize = (text: string) => superjson.parse(text);
  }
  const cache = createCache({ stores: [memory, redis], ...(recommended ? { nonBlocking: true } : {}) });
  const ttl = policy.ttlMs === Number.POSITIVE_INFINITY ? undefined : policy.ttlMs;
  const { refreshAt, ttlFromValue } = policy;
  const options = {
    ...(ttl === undefined ? {} : { ttl }),
    ...(ttlFromValue === undefined ? {} : { ttl: ttlFromValue }),
    ...(refreshAt === undefined || ttl === undefined ? {} : { refreshThreshold: ttl * (1 - refreshAt) }),
  };
  return {
    getOrLoad: (key, load) => cache.wrap(key, load, options),
    delete: (key) => cache.del(key),
    set: (key, value) => cache.set(key, value, ttl),
    clear: () => cache.clear(),
    close: () => cache.disconnect(),
  };
}

function adapter(configuration: Configuration, sets: string): CacheAdapter {
  return {
    name: "cache-manager",
    version: "7.2.9",
    configuration,
    sets,
    module: import.meta.url,
    offers: new Set(["l1", "ttlFromValue", "refreshAt", "maxEntries"]),
    documents: {},
    createNode: (options) => createNode(configuration, options),
  };
}

export const adapters = [
  adapter("default", "the memory of cacheable and @keyv/redis"),
  adapter("recommended", "non-blocking, 5,000 entries in memory as they are, superjson"),
];
