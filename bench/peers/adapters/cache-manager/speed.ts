import { createKeyv as createKeyvRedis } from "@keyv/redis";
import { createCache } from "cache-manager";
import { createKeyv } from "cacheable";
import type { Keyv } from "keyv";
import { type Contestant, ENTRIES, HOUR_MS, type Reader } from "../../speed/contestant.ts";

function readerOf(store: Keyv): Reader {
  const cache = createCache({ stores: [store], ttl: HOUR_MS });
  return { getOrLoad: (key, load) => cache.wrap(key, async () => load()), close: () => cache.disconnect() };
}

export const contestant: Contestant = {
  name: "cache-manager",
  version: "7.2.9",
  needs: "`serialize = undefined` and `useClone: false` in memory, else each hit there is parsed or copied",
  async openMemory() {
    const memory = createKeyv({ lruSize: ENTRIES, useClone: false });
    memory.serialize = undefined;
    memory.deserialize = undefined;
    return readerOf(memory);
  },
  async openRedis(url) {
    return readerOf(createKeyvRedis(url));
  },
};
