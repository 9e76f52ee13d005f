import { BentoCache, bentostore } from "bentocache";
import { memoryDriver } from "bentocache/drivers/memory";
import { redisDriver } from "bentocache/drivers/redis";
import { type Contestant, ENTRIES, HOUR_MS, type Reader } from "../../speed/contestant.ts";

function readerOf(store: ReturnType<typeof bentostore>): Reader {
  const cache = new BentoCache({ default: "cache", prefix: "bento", ttl: HOUR_MS, stores: { cache: store } });
  return {
    getOrLoad: (key, load) => cache.getOrSet({ key, factory: async () => load() }),
    close: () => cache.disconnectAll(),
  };
}

export const contestant: Contestant = {
  name: "bentocache",
  version: "1.6.1",
  needs: "`serialize: false` in memory, else each hit there is parsed",
  async openMemory() {
    return readerOf(bentostore().useL1Layer(memoryDriver({ maxItems: ENTRIES, serialize: false })));
  },
  async openRedis(url) {
    const { hostname: host, port } = new URL(url);
    return readerOf(bentostore().useL2Layer(redisDriver({ connection: { host, port: Number(port) } })));
  },
};
