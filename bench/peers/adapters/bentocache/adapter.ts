import type { CacheAdapter, CacheNode, NodeOptions, NodePolicy } from "@qrcards/cache/testing";
import { BentoCache, bentostore } from "bentocache";
import { memoryDriver } from "bentocache/drivers/memory";
import { redisBusDriver, redisDriver } from "bentocache/drivers/redis";
import superjson from "superjson";

type Configuration = "default" | "recommended";

/**
 * Default: "Multi-tier setup" of https://bentocache.dev/docs/quick-setup. Recommended, on top of it: grace, back-off and soft timeout
 * of https://bentocache.dev/docs/walkthrough, the circuit breaker and the serializer of https://bentocache.dev/docs/options.
 */
async function createNode(configuration: Configuration, { redisUrl, namespace, policy }: NodeOptions): Promise<CacheNode> {
  const { hostname, port } = new URL(redisUrl);
  const connection = { host: hostname, port: Number(port) };
  const bento = new BentoCache({
    default: "cache",
    prefix: namespace,
    ...(configuration === "recommended" ? RECOMMENDED : {}),
    ...optionsOf(policy),
    stores: {
      cache: bentostore()
        .useL1Layer(memoryDriver(boundsOf(policy)))
        .useL2Layer(redisDriver({ connection }))
        .useBus(redisBusDriver({ connection })),
    },
  });
  const counts = { hits: 0, misses: 0 };
  bento.on("cache:hit", () => counts.hits++);
  bento.on("cache:miss", () => counts.misses++);
  return {
    getOrLoad: (key, load, { tags } = {}) =>
      bento.getOrSet({
        key,
        ...(tags === undefined ? {} : { tags: [...tags] }),
        factory: async (context) => {
          const last = context.gracedEntry;
          if (last !== undefined && policy.stillCurrent?.(last.value) === true) return last.value;
          const value = await load();
          if (policy.ttlFromValue !== undefined) context.setOptions({ ttl: policy.ttlFromValue(value) });
          if (policy.tagsFromValue !== undefined) context.setTags([...policy.tagsFromValue(value)]);
          return value;
        },
      }),
    delete: (key) => bento.delete({ key }),
    set: (key, value) => bento.set({ key, value }),
    expire: (key) => bento.expire({ key }),
    invalidateTags: (tags) => bento.deleteByTag({ tags: [...tags] }),
    clear: () => bento.clear(),
    counts: () => ({ ...counts }),
    close: () => bento.disconnectAll(),
  };
}

const RECOMMENDED = {
  grace: "6h",
  graceBackoff: "30s",
  timeout: "500ms",
  l2CircuitBreakerDuration: "2s",
  serializer: { serialize: superjson.stringify, deserialize: (text: string) => superjson.parse(text) },
} as const;

function optionsOf(policy: NodePolicy) {
  const { ttlMs, graceMs, graceBackoffMs, softTimeoutMs, hardTimeoutMs, staleWhileRevalidateMs, stillCurrent } = policy;
  return {
    ttl: ttlMs === Number.POSITIVE_INFINITY ? null : ttlMs,
    ...(graceMs === undefined ? {} : { grace: graceMs }),
    // A timeout of 0 serves what is stale at once and refreshes in the background (docs/timeouts).
    ...(staleWhileRevalidateMs === undefined ? {} : { grace: staleWhileRevalidateMs, timeout: 0 }),
    // Only a factory that somebody waits for is handed the last value.
    ...(stillCurrent === undefined ? {} : { grace: "1h", timeout: "1s" }),
    ...(graceBackoffMs === undefined ? {} : { graceBackoff: graceBackoffMs }),
    ...(softTimeoutMs === undefined ? {} : { timeout: softTimeoutMs }),
    ...(hardTimeoutMs === undefined ? {} : { hardTimeout: hardTimeoutMs }),
  };
}

function boundsOf({ maxEntries, maxBytes }: NodePolicy) {
  return maxEntries === undefined ? { maxSize: maxBytes ?? "10mb" } : { maxItems: maxEntries };
}

function adapter(configuration: Configuration, sets: string): CacheAdapter {
  return {
    name: "bentocache",
    version: "1.6.1",
    configuration,
    sets,
    module: import.meta.url,
    offers: new Set([
      "l1",
      "tags",
      "severalTags",
      "tagsFromValue",
      "ttlFromValue",
      "stillCurrent",
      "graceMs",
      "graceBackoffMs",
      "softTimeoutMs",
      "hardTimeoutMs",
      "staleWhileRevalidateMs",
      "maxEntries",
      "maxBytes",
    ]),
    documents: { undefinedValue: "refused" },
    createNode: (options) => createNode(configuration, options),
  };
}

export const adapters = [
  adapter("default", "memory, Redis and the Redis bus, as in its quick setup"),
  adapter("recommended", "grace 6 h, back-off 30 s, soft timeout 500 ms, breaker 2 s, superjson"),
];
