import KeyvRedis from "@keyv/redis";
import { Cacheable, createKeyv } from "cacheable";
import { Keyv } from "keyv";
import { type Contestant, ENTRIES, HOUR_MS, type Reader } from "../../speed/contestant.ts";

/** A tier in memory that keeps nothing: cacheable has always one. */
class Nothing extends Map<string, unknown> {
  override set(): this {
    return this;
  }
}

function readerOf(cache: Cacheable): Reader {
  return {
    getOrLoad: (key, load) => cache.getOrSet(key, async () => load(), { ttl: HOUR_MS }),
    close: () => cache.disconnect(),
  };
}

export const contestant: Contestant = {
  name: "cacheable",
  version: "2.5.0",
  needs: "`useClone: false` in memory, else each hit there is a deep copy; for the Redis rows a memory that keeps nothing",
  async openMemory() {
    return readerOf(new Cacheable({ primary: createKeyv({ lruSize: ENTRIES, useClone: false }) }));
  },
  async openRedis(url) {
    return readerOf(new Cacheable({ primary: new Keyv({ store: new Nothing() }), secondary: new KeyvRedis(url), nonBlocking: true }));
  },
};
