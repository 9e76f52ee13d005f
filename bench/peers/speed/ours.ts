import { createCache } from "@qrcards/cache";
import { redis } from "@qrcards/cache/redis";
import { type Contestant, ENTRIES, HOUR_MS } from "./contestant.ts";

/** Values are not frozen, as in production; Redis may take longer than 50 ms, as a busy machine is no reason to miss in a benchmark. */
const common = { policy: { ttlMs: HOUR_MS }, l1: { maxEntries: ENTRIES, maxBytes: 2 ** 30 }, freeze: false };

export const contestant: Contestant = {
  name: "@qrcards/cache",
  version: "this one",
  needs: "nothing",
  async openMemory() {
    return createCache({ ...common, namespace: "memory" });
  },
  async openRedis(url) {
    const cache = createCache({
      ...common,
      namespace: "redis",
      l2: { backend: redis({ url }), deadlineMs: 10_000 },
      policy: { ...common.policy, tiers: "l2" },
    });
    if (!(await cache.ready(10_000))) throw new Error("The cache does not reach Redis.");
    return cache;
  },
};
