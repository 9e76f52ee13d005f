import { RedisAuthority } from "./authorities/redis.ts";
import type { Backend } from "./backend.ts";
import { RedisBus } from "./buses/redis.ts";
import { parseNamespace } from "./key.ts";
import { RedisChannel } from "./redis/channel.ts";
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
 * It connects in the background when the first cache asks for it, for ever, whether the server is there or not. All caches that
 * are made with it share one connection for commands (on a cluster: one a master) and one for messages. Those keep the process
 * alive until the caches are closed; while there is no connection, the attempts to make one do not.
 *
 * **Redis needs no configuration, and nothing in it has to survive a restart.** Set `maxmemory`, with any policy: under
 * `allkeys-*` it makes room by itself; if it should ever evict a part of the log of invalidations (a few megabytes, used twice a
 * second), the caches start anew. Under `noeviction` or `volatile-*` it may refuse to store, which costs hits, and to record
 * invalidations, which are then put off. An entry is kept for its TTL; one without an end until it is evicted.
 *
 * A user of its own (ACL) for a namespace: `~NAMESPACE:* ~~{NAMESPACE}:* &~{NAMESPACE}:bus +@connection +@read +@write
 * +@scripting +@pubsub +time`, on a cluster also `+cluster|slots`. For channels of the application's own: `&~{NAMESPACE}:*`.
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
        channel: (name) => new RedisChannel(link, keys, name),
        close: () => link.close(),
      };
    },
  };
}
