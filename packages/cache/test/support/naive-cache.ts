import { createClient } from "@redis/client";
import type { CacheAdapter, CacheNode, NodeOptions } from "../../src/testing/whole-cache/adapter.ts";

/**
 * What is written in an afternoon: a map, `GET` and `SET`, and a channel on which deletes are told. It is here to be found out:
 * each line of it is a mistake that the suite has a case for.
 */
async function createNaiveNode({ redisUrl, namespace, policy }: NodeOptions): Promise<CacheNode> {
  const memory = new Map<string, { readonly value: unknown; readonly endsAt: number }>();
  const client = createClient({ url: redisUrl }).on("error", () => {});
  const subscriber = client.duplicate().on("error", () => {});
  await Promise.all([client.connect(), subscriber.connect()]);
  await subscriber.subscribe(namespace, (key) => memory.delete(key));

  const remember = (key: string, value: unknown) => memory.set(key, { value, endsAt: Date.now() + policy.ttlMs });
  const set = async (key: string, value: unknown) => {
    remember(key, value);
    await client.set(`${namespace}:${key}`, JSON.stringify(value), { PX: policy.ttlMs });
    await client.publish(namespace, key);
  };
  return {
    async getOrLoad(key, load) {
      const held = memory.get(key);
      if (held !== undefined && Date.now() < held.endsAt) return held.value;
      const shared = await client.get(`${namespace}:${key}`);
      if (shared !== null) {
        remember(key, JSON.parse(shared));
        return JSON.parse(shared);
      }
      const value = await load();
      remember(key, value);
      await client.set(`${namespace}:${key}`, JSON.stringify(value), { PX: policy.ttlMs });
      return value;
    },
    set,
    async delete(key) {
      memory.delete(key);
      await client.del(`${namespace}:${key}`);
      await client.publish(namespace, key);
      return true;
    },
    async close() {
      subscriber.destroy();
      client.destroy();
    },
  };
}

export const naiveCache: CacheAdapter = {
  name: "naive",
  version: "0",
  configuration: "default",
  sets: "nothing",
  module: import.meta.url,
  offers: new Set(["l1"]),
  documents: {},
  createNode: createNaiveNode,
};
