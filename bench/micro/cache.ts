/**
 * What a hit in `@qrcards/cache` costs beside the least it could cost.
 *
 *     npm run bench -- micro/cache          # or: node --conditions=qrcards-source bench/micro/cache.ts [rounds]
 *
 * Method: all contestants run in one process, interleaved: in each round each of them runs once, in another order, over the same
 * 1,000 keys picked by a zipf-like sequence. Measured is the CPU time of the process (`process.cpuUsage`), as the clock on the
 * wall depends on what else the machine does. Printed are medians of all rounds but the first two (warm-up), the spread from the
 * lowest to the highest, and ratios, which are the only figures worth comparing across machines. Every result is checked.
 *
 * Expected, from the goals: `peek` <= 2.0 x Map.get, `getOrLoad` <= 1.3 x the same Map behind an async function. With a TTL or
 * an authority the same and one honest clock read, whose price is the line `performance.now()`.
 */
import { createCache, createFreshness, MemoryTier, type Provenance, versioned } from "@qrcards/cache";
import { LRUCache } from "lru-cache";

const KEYS = 1_000;
const OPERATIONS = 200_000;
const ROUNDS = Number(process.argv[2] ?? 12);
const WARM_UP = 2;

const keys = Array.from({ length: KEYS }, (_, i) => `trip:${i}:structure`);
/** Many reads of few keys, few of many. Fixed, so that every contestant reads the same. */
const sequence = Array.from({ length: 4_096 }, (_, i) => keys[Math.floor(KEYS ** (((i * 2_654_435_761) % 4_096) / 4_096)) - 1] as string);
const values = new Map(keys.map((key) => [key, { key }]));

const mask = sequence.length - 1;
const at = (i: number) => sequence[i & mask] as string;

interface Contestant {
  readonly name: string;
  /** What it is compared with. */
  readonly floor?: string;
  /** Reads so many times and returns how many answers were right. */
  run(count: number): number | Promise<number>;
}

const right = (value: { key: string } | undefined, key: string) => (value?.key === key ? 1 : 0);
const mustNotLoad = (): never => {
  throw new Error("A hit was a miss.");
};

async function contestants(): Promise<Contestant[]> {
  const lru = new LRUCache<string, { key: string }>({ max: 2 * KEYS });
  for (const [key, value] of values) lru.set(key, value);
  const fromMap = async (key: string) => values.get(key);

  const bare = createCache({ namespace: "bare", policy: { ttlMs: Number.POSITIVE_INFINITY } });
  const timed = createCache({ namespace: "timed", policy: { ttlMs: 3_600_000 } });
  const freshness = createFreshness({
    authority: { poll: async () => ({ epoch: "1", generation: 0, seq: 1, stamp: "s", changes: [{ seq: 1, tag: "trip:1", stamp: "s" }] }) },
    leaseMs: 3_600_000,
    pollEveryMs: 3_000_000,
  });
  await freshness.start();
  const judged = createCache({ namespace: "judged", policy: { ttlMs: 3_600_000 }, freshness });
  const pages = new MemoryTier<Provenance & { key: string }>({
    maxEntries: 2 * KEYS,
    maxBytes: 2 ** 30,
    sizeOf: () => 1,
    tagsOf: (page) => [page.tag],
  });
  freshness.addHolder(pages);
  for (const [key, value] of values) {
    await bare.getOrLoad(key, () => value);
    await timed.getOrLoad(key, () => value);
    const entry = await judged.getOrLoadEntry(key, () =>
      versioned(value, { tag: "trip:1", version: 1, stamp: "s", head: { seq: 1, stamp: "s" } }),
    );
    pages.set(key, { key, tag: entry.tag, version: entry.version, generation: entry.generation });
  }
  const memoized = bare.memoize(mustNotLoad as (key: string) => { key: string }, { key: (key) => key });

  const sync = (name: string, read: (key: string) => { key: string } | undefined, floor?: string): Contestant => ({
    name,
    ...(floor === undefined ? {} : { floor }),
    run(count) {
      let good = 0;
      for (let i = 0; i < count; i++) {
        const key = at(i);
        good += right(read(key), key);
      }
      return good;
    },
  });
  const promised = (name: string, read: (key: string) => Promise<{ key: string } | undefined>, floor?: string): Contestant => ({
    name,
    ...(floor === undefined ? {} : { floor }),
    async run(count) {
      let good = 0;
      for (let i = 0; i < count; i++) {
        const key = at(i);
        good += right(await read(key), key);
      }
      return good;
    },
  });

  return [
    { name: "performance.now()", run: (count) => countClock(count) },
    sync("Map.get", (key) => values.get(key)),
    sync("lru-cache get", (key) => lru.get(key), "Map.get"),
    sync("peek", (key) => bare.peek(key), "Map.get"),
    sync("peek, TTL", (key) => timed.peek(key), "Map.get"),
    sync("peek, TTL and authority", (key) => judged.peek(key), "Map.get"),
    sync("page tier get + isCurrent", (key) => pageOf(pages.get(key)), "Map.get"),
    promised("Map.get behind an async function", fromMap),
    promised("getOrLoad", (key) => bare.getOrLoad(key, mustNotLoad), "Map.get behind an async function"),
    promised("getOrLoad, TTL", (key) => timed.getOrLoad(key, mustNotLoad), "Map.get behind an async function"),
    promised("getOrLoad, TTL and authority", (key) => judged.getOrLoad(key, mustNotLoad), "Map.get behind an async function"),
    promised("memoize", (key) => memoized(key), "Map.get behind an async function"),
  ];

  function pageOf(page: (Provenance & { key: string }) | undefined) {
    return page !== undefined && freshness.isCurrent(page) ? page : undefined;
  }
}

/** Clock reads, each checked not to go back. */
function countClock(count: number): number {
  let good = 0;
  let last = 0;
  for (let i = 0; i < count; i++) {
    const now = performance.now();
    good += now >= last ? 1 : 0;
    last = now;
  }
  return good;
}

const median = (sorted: readonly number[]) => sorted[sorted.length >> 1] as number;

const all = await contestants();
const nanoseconds = new Map<string, number[]>(all.map(({ name }) => [name, []]));
for (let round = 0; round < ROUNDS + WARM_UP; round++) {
  for (let i = 0; i < all.length; i++) {
    const contestant = all[(i * 5 + round) % all.length] as Contestant;
    const before = process.cpuUsage();
    const good = await contestant.run(OPERATIONS);
    const used = process.cpuUsage(before);
    if (good !== OPERATIONS) throw new Error(`${contestant.name}: ${OPERATIONS - good} wrong answers of ${OPERATIONS}`);
    if (round >= WARM_UP) nanoseconds.get(contestant.name)?.push(((used.user + used.system) * 1_000) / OPERATIONS);
  }
}

const result = (name: string) => median((nanoseconds.get(name) ?? []).sort((a, b) => a - b));
console.log(`Node ${process.version}, ${ROUNDS} rounds of ${OPERATIONS.toLocaleString("en")} reads, process CPU time per read`);
console.table(
  Object.fromEntries(
    all.map(({ name, floor }) => {
      const times = nanoseconds.get(name) ?? [];
      return [
        name,
        {
          "ns, median": Math.round(result(name)),
          "lowest-highest": `${Math.round(times[0] ?? 0)}-${Math.round(times.at(-1) ?? 0)}`,
          ratio: floor === undefined ? "" : `${(result(name) / result(floor)).toFixed(2)} x ${floor}`,
        },
      ];
    }),
  ),
);
