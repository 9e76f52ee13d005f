import { Redis } from "ioredis";
import { Loader, type LoaderConfig, RedisCache } from "layered-loader";
import { type Contestant, ENTRIES, HOUR_MS, type Reader } from "../../speed/contestant.ts";

interface One {
  readonly key: string;
  readonly load: () => unknown;
}

function readerOf(caches: Pick<LoaderConfig<unknown, One>, "inMemoryCache" | "asyncCache">): Reader {
  const loader = new Loader<unknown, One>({
    ...caches,
    cacheKeyFromLoadParamsResolver: ({ key }) => key,
    dataSourceGetOneFn: async ({ load }) => load(),
  });
  return { getOrLoad: (key, load) => loader.get({ key, load }), close: () => loader.close() };
}

export const contestant: Contestant = {
  name: "layered-loader",
  version: "16.1.0",
  needs: "`json: true` for Redis, else objects come back as text",
  async openMemory() {
    return readerOf({ inMemoryCache: { ttlInMsecs: HOUR_MS, maxItems: ENTRIES, cacheType: "lru-object" } });
  },
  async openRedis(url) {
    const client = new Redis(url);
    const reader = readerOf({ asyncCache: new RedisCache<unknown>(client, { json: true, ttlInMsecs: HOUR_MS }) });
    return { ...reader, close: () => reader.close().then(() => client.disconnect()) };
  },
};
