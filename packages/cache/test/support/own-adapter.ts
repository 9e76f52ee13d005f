import { readFileSync } from "node:fs";
import { createCache, notModified } from "@qrcards/cache";
import { redis } from "@qrcards/cache/redis";
import type { CacheAdapter, CacheNode, Load, NodeOptions, NodePolicy } from "@qrcards/cache/testing";

/** How long anything waits for Redis, and how long a node does before it begins without it. */
interface Patience {
  readonly deadlineMs: number;
  readonly readyLimitMs: number;
}

/** Our own cache as others see it: a Redis URL, a name, and the policy of the case. */
async function createNode({ redisUrl, namespace, policy }: NodeOptions, { deadlineMs, readyLimitMs }: Patience): Promise<CacheNode> {
  const { maxEntries, maxBytes, shadowReads, ttlFromValue, tagsFromValue, stillCurrent, ...plain } = policy;
  const cache = createCache({
    namespace,
    l2: { backend: redis({ url: redisUrl }), deadlineMs },
    policy: {
      ...plain,
      ...(ttlFromValue === undefined ? {} : { ttlMs: ttlFromValue }),
      ...(tagsFromValue === undefined ? {} : { tags: tagsFromValue }),
      // What is over must still be held to be asked about.
      ...(stillCurrent === undefined ? {} : { graceMs: plain.ttlMs }),
    },
    l1: { ...(maxEntries === undefined ? {} : { maxEntries }), ...(maxBytes === undefined ? {} : { maxBytes }) },
    ...(shadowReads === undefined ? {} : { shadowRate: shadowReads }),
  });
  // As a server does before it listens: what is loaded before the log was heard is loaded once more.
  await cache.ready(readyLimitMs);
  return {
    getOrLoad: (key, load, options) => cache.getOrLoad(key, loaderOf(load, policy), options),
    getOrLoadMany: (keys, load) => cache.getOrLoadMany(keys, load),
    set: (key, value) => cache.set(key, value),
    delete: (key) => cache.delete(key),
    expire: (key) => cache.expire(key),
    invalidateTags: (tags) => cache.invalidateTags(tags),
    clear: () => cache.clear(),
    explain: (key) => cache.explain(key),
    counts() {
      const { reads, tooLarge, coherence } = cache.stats();
      return { hits: reads.hit, misses: reads.miss, tooLarge, stalenessBoundMs: coherence?.stalenessBoundMs ?? 0 };
    },
    staleness() {
      const { same = 0, different = 0, undecided = 0 } = cache.stats().shadow ?? {};
      return { sampled: same + different + undecided, stale: different };
    },
    close: () => cache.close(),
  };
}

function loaderOf(load: Load, { stillCurrent }: NodePolicy) {
  if (stillCurrent === undefined) return load;
  return ({ held }: { readonly held: unknown }) => (held !== undefined && stillCurrent(held) ? notModified : load());
}

const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { version: string };

function adapter(configuration: string, sets: string, patience: Patience): CacheAdapter {
  return {
    name: "@qrcards/cache",
    version,
    configuration,
    sets,
    module: import.meta.url,
    offers: new Set([
      "l1",
      "tags",
      "severalTags",
      "signal",
      "jitter",
      "staleWhileRevalidateMs",
      "graceMs",
      "graceBackoffMs",
      "softTimeoutMs",
      "hardTimeoutMs",
      "refreshAt",
      "ttlFromValue",
      "tagsFromValue",
      "stillCurrent",
      "fillLock",
      "maxEntries",
      "maxBytes",
      "shadowReads",
    ]),
    documents: { undefinedValue: "kept", zeroTtl: "not kept", stalenessBoundMs: 2_000 },
    createNode: (options) => createNode(options, patience),
  };
}

/** As it comes. */
export const ownAdapter = adapter("default", "a Redis URL and a namespace", { deadlineMs: 50, readyLimitMs: 500 });

/** It waits for Redis longer than a busy machine stands still, for cases in which Redis is well. */
export const patientAdapter = adapter("patient", "a Redis URL, a namespace, 2 s for Redis", { deadlineMs: 2_000, readyLimitMs: 10_000 });

/** Those that take part in the scoreboard. */
export const adapters = [ownAdapter];
