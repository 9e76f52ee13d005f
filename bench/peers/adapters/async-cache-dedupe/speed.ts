import { type Cache, createCache } from "async-cache-dedupe";
import { Redis } from "ioredis";
import { type Contestant, ENTRIES, HOUR_MS, type Reader } from "../../speed/contestant.ts";

interface Call {
  readonly key: string;
  readonly load: () => unknown;
}

function readerOf(storage: NonNullable<NonNullable<Parameters<typeof createCache>[0]>["storage"]>, close: () => Promise<unknown>): Reader {
  const cache = createCache({ ttl: HOUR_MS / 1_000, storage }).define(
    "read",
    { serialize: ({ key }: Call) => key },
    async ({ load }: Call) => load(),
  ) as Cache & { read(call: Call): Promise<unknown> };
  return { getOrLoad: (key, load) => cache.read({ key, load }), close };
}

export const contestant: Contestant = {
  name: "async-cache-dedupe",
  version: "3.4.0",
  needs: "`size`, else it keeps 1,024 entries; a `serialize` that gives the key; it has memory or Redis, not both",
  async openMemory() {
    return readerOf({ type: "memory", options: { size: ENTRIES } }, async () => {});
  },
  async openRedis(url) {
    const client = new Redis(url);
    return readerOf({ type: "redis", options: { client: client as never } }, () => client.quit());
  },
};
