/**
 * What a hit in the second tier of `@qrcards/cache` costs beside the bare Redis client.
 *
 *     npm run bench -- micro/l2             # or: node --conditions=qrcards-source bench/micro/l2.ts [rounds]
 *
 * Method: a Redis of its own, one process, 64 callers at a time, each with one key of 1,000, in every round each contestant
 * in another order (`harness/measure.ts`); CPU time of this process, so what Redis itself does is left out. The values are held in
 * the second tier only (`tiers: "l2"`), so that each read of the cache is a hit there, and are not frozen, as in production. The
 * bare client reads the same number of bytes and parses them as JSON, as whoever uses it must; its own floor, without parsing,
 * stands beside it. Every value is checked. The cache waits for Redis as long as it takes: 50 ms, the default, can pass on a busy
 * machine before Redis gets a core, and a miss would be right then, but no figure.
 *
 * Expected, from the goals: 500 B at most 1.15 x the bare client, one command a read. With 15 KB parsing is most of it, for both.
 */

import { createCache } from "@qrcards/cache";
import { redis } from "@qrcards/cache/redis";
import { createClient, RESP_TYPES } from "@redis/client";
import { startRedis } from "../../scripts/services/redis.mjs";
import { type Contestant, measureCpu, scale } from "../harness/measure.ts";
import { type Line, report } from "../harness/report.ts";

const KEYS = 1_000;
const CALLERS = 64;
const BATCHES = 100;
const ROUNDS = Number(process.argv[2] ?? 9);

interface Product {
  readonly id: number;
  readonly text: string;
  readonly parts: readonly { readonly id: number; readonly slug: string }[];
}

/** Like an entry of the size: a few texts, and for the larger one many small objects. */
const product = (id: number, parts: number, text: number): Product => ({
  id,
  text: "x".repeat(text),
  parts: Array.from({ length: parts }, (_, i) => ({ id: i, slug: `a-slug-of-usual-length-${i}` })),
});
const SIZES = { "500 B": (id: number) => product(id, 3, 330), "15 KB": (id: number) => product(id, 280, 300) };

const server = await startRedis();
if (server === undefined) {
  console.log("Redis is not here: nothing to measure.");
  process.exit(0);
}
const client = createClient({ url: server.value, commandOptions: { timeout: 0 } });
await client.connect();
const buffers = client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
const cache = createCache({
  namespace: "bench",
  l2: { backend: redis({ url: server.value }), deadlineMs: 10_000 },
  policy: { ttlMs: 3_600_000, tiers: "l2" },
  freeze: false,
});
if (!(await cache.ready())) throw new Error("The cache does not reach Redis.");
const mustNotLoad = (): never => {
  throw new Error("A hit was a miss.");
};

/** Reads in batches of so many callers, and returns how many reads that were. */
async function inBatches(read: (id: number) => Promise<boolean>): Promise<number> {
  for (let batch = 0; batch < BATCHES; batch++) {
    const right = await Promise.all(Array.from({ length: CALLERS }, (_, i) => read((batch * CALLERS + i * 7) % KEYS)));
    if (!right.every(Boolean)) throw new Error("A wrong value.");
  }
  return BATCHES * CALLERS;
}

for (const [size, make] of Object.entries(SIZES)) {
  for (let id = 0; id < KEYS; id++) await cache.set(`${size}:${id}`, make(id));
  for (let id = 0; id < KEYS; id++) await client.set(`bare:${size}:${id}`, JSON.stringify(make(id)));
  const ours: Contestant = {
    name: "getOrLoad, a hit in L2",
    run: () => inBatches(async (id) => (await cache.getOrLoad<Product>(`${size}:${id}`, mustNotLoad)).id === id),
  };
  const contestants: Contestant[] = [
    { name: "client GET, bytes only", run: () => inBatches(async (id) => (await buffers.get(`bare:${size}:${id}`))!.length > 400) },
    {
      name: "client GET + JSON.parse",
      run: () => inBatches(async (id) => (JSON.parse((await client.get(`bare:${size}:${id}`))!) as Product).id === id),
    },
    ours,
  ];
  const figures = await measureCpu(contestants, { rounds: ROUNDS });
  const before = await commands();
  const reads = await ours.run();
  const asked = (await commands()) - before;
  const floor = figures.get("client GET + JSON.parse")!.median;
  const lines = [...figures].flatMap(([what, figure]): Line[] => [
    { what, figure, unit: "us" },
    ...(what === ours.name ? [{ what: "… to the client with JSON.parse", figure: scale(figure, 1 / floor), unit: "x", most: 1.15 }] : []),
  ]);
  report(`A hit in the second tier, ${size}, ${CALLERS} callers, CPU a read`, [
    ...lines,
    { what: "commands a read", figure: asked / Number(reads), unit: "", most: 1 },
  ]);
}
await cache.close();
client.destroy();
await server.stop();

/** How many commands about values Redis has seen; not the heartbeats and polls, which cost the same however many reads there are. */
async function commands(): Promise<number> {
  const calls = (await client.info("commandstats")).matchAll(/cmdstat_(?:m?get|pttl|exists):calls=(\d+)/g);
  return [...calls].reduce((sum, [, count]) => sum + Number(count), 0);
}
