/**
 * What the memory tier's eviction ("clock": second chance for what was used) gives away against least-recently-used.
 *
 *     node --conditions=qrcards-source bench/micro/eviction.ts
 *
 * Method: forty readers at a time each read on through one of 5,000 trips, chosen by a zipf law (exponent 0.9), page after page
 * with some jumps, and leave. The same 600,000 reads, from a fixed seed, go to both stores, as reads of the trip (what the
 * structure cache sees) and as reads of the page (what the page store sees, with one read in fifty from a bot that never
 * comes back). The first 100,000 warm up and are not counted. A miss sets the key.
 *
 * Expected: within a few tenths of a point on trips, where anything works; no worse on paths.
 */
import { MemoryTier } from "@qrcards/cache";
import { LRUCache } from "lru-cache";

const READS = 600_000;
const WARM_UP = 100_000;
const TRIPS = 5_000;
const PAGES = 100;

let state = 20_261_122;
/** mulberry32 */
function random(): number {
  state = (state + 0x6d2b79f5) >>> 0;
  let t = state;
  t = Math.imul(t ^ (t >>> 15), t | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
}

const cumulative: number[] = [];
for (let rank = 1, sum = 0; rank <= TRIPS; rank++) {
  sum += rank ** -0.9;
  cumulative.push(sum);
}
function zipf(): number {
  const wanted = random() * (cumulative.at(-1) as number);
  let [low, high] = [0, TRIPS - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((cumulative[middle] as number) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

function trace(of: "trip" | "path"): string[] {
  const keys: string[] = [];
  const readers: { trip: number; page: number; left: number }[] = [];
  while (keys.length < READS) {
    while (readers.length < 40)
      readers.push({ trip: zipf(), page: Math.floor(random() * PAGES), left: 1 + Math.floor(-12 * Math.log(1 - random())) });
    const index = Math.floor(random() * readers.length);
    const reader = readers[index] as (typeof readers)[number];
    keys.push(of === "trip" ? `${reader.trip}` : `${reader.trip}/${reader.page}`);
    if (of === "path" && random() < 0.02) keys.push(`bot/${keys.length}`);
    reader.page = random() < 0.8 ? (reader.page + 1) % PAGES : Math.floor(random() * PAGES);
    if (--reader.left === 0) readers.splice(index, 1);
  }
  return keys;
}

interface Store {
  get(key: string): object | undefined;
  set(key: string, value: object): unknown;
}

function hitRatio(store: Store, keys: readonly string[]): string {
  let hits = 0;
  keys.forEach((key, i) => {
    const value = store.get(key);
    if (value === undefined) store.set(key, { key });
    else if (i >= WARM_UP) hits++;
  });
  return `${((100 * hits) / (keys.length - WARM_UP)).toFixed(2)} %`;
}

const rows: Record<string, Record<string, string>> = {};
for (const [of, sizes] of [
  ["trip", [250, 1_000, 2_500]],
  ["path", [2_000, 10_000, 50_000]],
] as const) {
  const keys = trace(of);
  for (const size of sizes) {
    rows[`${size.toLocaleString("en")} ${of}s`] = {
      "least recently used": hitRatio(new LRUCache<string, object>({ max: size }), keys),
      "memory tier": hitRatio(new MemoryTier<object>({ maxEntries: size, maxBytes: 2 ** 40, sizeOf: () => 1 }), keys),
    };
  }
}
console.log(`Hit ratio, ${READS.toLocaleString("en")} reads, Node ${process.version}`);
console.table(rows);
