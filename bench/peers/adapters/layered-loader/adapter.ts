import { setTimeout } from "node:timers/promises";
import type { CacheAdapter, CacheNode, Load, NodeOptions } from "@qrcards/cache/testing";
import { Redis } from "ioredis";
import {
  createGroupNotificationPair,
  createNotificationPair,
  enrichRedisConfig,
  GroupLoader,
  HitStatisticsRecord,
  Loader,
  RedisCache,
  RedisGroupCache,
} from "layered-loader";

type Configuration = "default" | "recommended";

/** What a load needs to know: the key, and what to load it with. */
interface One {
  readonly key: string;
  readonly load: Load;
}

type Many = (missing: readonly string[]) => Promise<ReadonlyMap<string, unknown>>;

/**
 * Default: the two caches of its README's "Basic example". Recommended, on top of it: "Update notifications", the safe
 * connections of `enrichRedisConfig`, a limit for Redis ("RedisCache"; documented, version 16.1.0 does not read it).
 *
 * Tags are its groups: an entry is in one group, and a group is invalidated as a whole.
 */
async function createNode(configuration: Configuration, { redisUrl, namespace, policy }: NodeOptions): Promise<CacheNode> {
  const { hostname, port } = new URL(redisUrl);
  const address = { host: hostname, port: Number(port) };
  const recommended = configuration === "recommended";
  const clients: Redis[] = [];
  const connect = () => {
    const client = new Redis(recommended ? enrichRedisConfig(address) : address).on("error", () => {});
    clients.push(client);
    return client;
  };
  const { ttlMs, maxEntries, refreshAt, stillCurrent } = policy;
  const ttlInMsecs = ttlMs === Number.POSITIVE_INFINITY ? 0 : ttlMs;
  const refreshFrom = refreshAt ?? (stillCurrent === undefined ? undefined : 0.5);
  const refresh = refreshFrom === undefined ? {} : { ttlLeftBeforeRefreshInMsecs: ttlMs * (1 - refreshFrom) };
  const statistics = new HitStatisticsRecord();
  const logger = { error: () => {} };
  const inRedis = { prefix: namespace, json: true, ttlInMsecs, ...(recommended ? { timeoutInMsecs: 50 } : {}) };
  const shared = {
    logger,
    cacheKeyFromLoadParamsResolver: ({ key }: One) => key,
    cacheKeyFromValueResolver: (value: unknown) => (value as { id: string }).id,
    ...(stillCurrent === undefined ? {} : { isEntryStillCurrentFn: async (value: unknown) => stillCurrent(value) }),
  };
  const pair = { channel: `${namespace}-notifications`, publisherRedis: connect(), consumerRedis: connect() };
  const notifications = recommended ? createNotificationPair<unknown>(pair) : undefined;
  const loader = new Loader<unknown, One, Many>({
    ...shared,
    inMemoryCache: {
      ttlInMsecs,
      cacheId: namespace,
      cacheType: "lru-object-statistics",
      globalStatisticsRecord: statistics,
      ...(maxEntries === undefined ? {} : { maxItems: maxEntries }),
      ...refresh,
    },
    asyncCache: new RedisCache<unknown>(connect(), { ...inRedis, ...refresh }),
    dataSourceGetOneFn: ({ load }) => load(),
    dataSourceGetManyFn: async (keys, loadMany) => [...((await loadMany?.(keys)) ?? new Map()).values()],
    ...(notifications === undefined
      ? {}
      : { notificationConsumer: notifications.consumer, notificationPublisher: notifications.publisher }),
  });
  const groupPair = { channel: `${namespace}-groups`, publisherRedis: connect(), consumerRedis: connect() };
  const groupNotifications = recommended ? createGroupNotificationPair<unknown>(groupPair) : undefined;
  const groups = new GroupLoader<unknown, One>({
    logger,
    cacheKeyFromLoadParamsResolver: ({ key }) => key,
    inMemoryCache: { ttlInMsecs, ...(maxEntries === undefined ? {} : { maxItemsPerGroup: maxEntries }) },
    asyncCache: new RedisGroupCache<unknown>(connect(), { ...inRedis, prefix: `${namespace}-groups` }),
    dataSources: [{ name: "origin", getFromGroup: ({ load }: One) => load(), getManyFromGroup: async () => [] }],
    ...(groupNotifications === undefined
      ? {}
      : { notificationConsumer: groupNotifications.consumer, notificationPublisher: groupNotifications.publisher }),
  });
  // "Not required", by its README; without Redis it would be waited for in vain.
  if (recommended) await Promise.race([Promise.all([loader.init(), groups.init()]), setTimeout(500)]);
  const groupOf = new Map<string, string>();
  return {
    getOrLoad(key, load, { tags } = {}) {
      const group = tags?.[0];
      if (group === undefined) return loader.get({ key, load });
      groupOf.set(key, group);
      return groups.get({ key, load }, group);
    },
    async getOrLoadMany(keys, load) {
      const found = await loader.getMany([...keys], load);
      const byId = new Map(found.map((value) => [(value as { id: string }).id, value]));
      return keys.map((key) => byId.get(key));
    },
    async delete(key) {
      const group = groupOf.get(key);
      await (group === undefined ? loader.invalidateCacheFor(key) : groups.invalidateCacheFor(key, group));
    },
    set: (key, value) => loader.forceSetValue(key, value),
    async invalidateTags(tags) {
      for (const tag of tags) await groups.invalidateCacheForGroup(tag);
    },
    async clear() {
      await Promise.all([loader.invalidateCache(), groups.invalidateCache()]);
    },
    counts() {
      const today = Object.values(statistics.records[namespace] ?? {});
      return { hits: sum(today.map(({ hits }) => hits)), misses: sum(today.map(({ misses }) => misses)) };
    },
    async close() {
      await Promise.all([loader.close(), groups.close()]);
      for (const client of clients) client.disconnect();
    },
  };
}

const sum = (numbers: readonly number[]) => numbers.reduce((one, other) => one + other, 0);

function adapter(configuration: Configuration, sets: string): CacheAdapter {
  return {
    name: "layered-loader",
    version: "16.1.0",
    configuration,
    sets,
    module: import.meta.url,
    offers: new Set(["l1", "tags", "refreshAt", "stillCurrent", "maxEntries"]),
    documents: { undefinedValue: "not kept" },
    createNode: (options) => createNode(configuration, options),
  };
}

export const adapters = [
  adapter("default", "memory and RedisCache, as in its basic example"),
  adapter("recommended", "notifications by Redis, safe connections, 50 ms for Redis"),
];
