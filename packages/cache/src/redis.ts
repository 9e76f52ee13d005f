import { RedisAuthority } from "./authorities/redis.ts";
import type { Backend } from "./backend.ts";
import { RedisBus } from "./buses/redis.ts";
import { parseNamespace } from "./key.ts";
import { Keys } from "./redis/keys.ts";
import { openLink } from "./redis/open-link.ts";
import { parseOptions, type RedisOptions } from "./redis/options.ts";
import { SharedLink } from "./redis/shared-link.ts";
import { RedisTier } from "./tiers/redis.ts";

export type { RedisOptions } from "./redis/options.ts";

/**
 * Redis (6.2 or later) or Valkey as the store that caches share: `createCache({ namespace, l2: redis({ url }) })`. One server,
 * Sentinel or a cluster; by TLS, with user and password, as managed ones want it.
 *
 * It connects in the background when the first cache asks for it, for ever, whether the server is there or not; all caches
 * that are made with it share two connections a server. They keep the process alive until the caches are closed.
 *
 * **What must be configured in Redis: nothing; what may be: `maxmemory` with any policy.** With `noeviction`, a full Redis
 * refuses to store, which costs hits; with `allkeys-*` it makes room, and if it should evict a part of the log of
 * invalidations (a few megabytes that are used twice a second, so hardly ever), the caches start anew. An entry is kept for its
 * TTL; one without an end (`ttlMs: Infinity`) until it is evicted, so set a `maxmemory` if you have such. Nothing has to
 * survive a restart.
 *
 * @throws CacheOptionError if an option has a value that it cannot have
 */
export function redis(options: RedisOptions): Backend {
  const settings = parseOptions(options);
  const shared = new SharedLink(() => openLink(settings));
  return {
    connect(namespace) {
      const keys = new Keys(parseNamespace(namespace));
      const link = shared.share();
      return {
        tier: new RedisTier(link, keys),
        bus: new RedisBus(link, keys),
        authority: new RedisAuthority(link, keys, settings.logEntries),
        close: () => link.close(),
      };
    },
  };
}
