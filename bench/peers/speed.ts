/**
 * What `@qrcards/cache` costs beside BentoCache, cacheable, cache-manager, async-cache-dedupe and layered-loader.
 *
 *     npm ci --prefix bench/peers           # once: they are no dependencies of the product
 *     npm run bench -- peers/speed [rounds] # about three minutes
 *
 * Method: all contestants in one process, interleaved (`harness/measure.ts`), CPU time of that process, medians of 7 rounds. Each is
 * in the configuration that is fastest by its own documentation and still does what the row asks for: `speed.ts` beside each adapter,
 * printed below the figures. A floor stands beside them: a Map behind an async function, and the Redis client with JSON.parse. A hit
 * that loads, or another value than the one that was put in, ends the benchmark.
 *
 * Hit in memory: 1,000 keys, read one after another. Hit in Redis: 1,000 keys that are in Redis alone, 64 callers at a time. Missing
 * key: 500 callers of one key at once, whose load takes a turn of the event loop. Memory: what 10,000 entries of 500 B leave in the
 * heap after a collection, each contestant in a process of its own.
 *
 * Expected, from the goals: in memory at most 1.3 x the async function, in Redis at most 1.15 x the client, one load for 500 callers
 * and at most 1.2 x the CPU of the best of them. For the bytes there is no goal.
 */
import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { startRedis } from "../../scripts/services/redis.mjs";
import { type Figure, type Contestant as Measured, measureCpu, scale } from "../harness/measure.ts";
import { type Line, report } from "../harness/report.ts";
import { type Contestant, type Reader, SIZES, type Size, type Value } from "./speed/contestant.ts";

const KEYS = 1_000;
const CALLERS = 64;
const STAMPEDE = 500;
const ROUNDS = Number(process.argv[2] ?? 7);

const OURS = "@qrcards/cache";
const peers = ["bentocache", "cacheable", "cache-manager", "async-cache-dedupe", "layered-loader"];
const modules = ["./speed/ours.ts", ...peers.map((name) => `./adapters/${name}/speed.ts`)];
const contestants = await Promise.all(modules.map(load));

for (const size of Object.keys(SIZES) as Size[]) await measureMemory(size);
await measureStampede();
const server = await startRedis();
if (server === undefined) console.log("Redis is not here: its figures are left out.\n");
else {
  for (const size of Object.keys(SIZES) as Size[]) await measureRedis(size, server.value);
  await server.stop();
}
measureHeap();
console.log("What each needs to be told so that it does its best:");
for (const { name, version, needs } of contestants) console.log(`  ${name} ${version}: ${needs}`);
process.exit();

async function load(module: string): Promise<Contestant> {
  try {
    return ((await import(module)) as { contestant: Contestant }).contestant;
  } catch (error) {
    throw new Error(`${module} cannot be used. Were the peers installed? npm ci --prefix bench/peers`, { cause: error });
  }
}

async function measureMemory(size: Size): Promise<void> {
  const make = SIZES[size];
  const values = new Map<string, Value>();
  for (let id = 0; id < KEYS; id++) values.set(`${size}:${id}`, make(id));
  const floor = "Map.get behind an async function";
  const map: Reader = { getOrLoad: async (key) => values.get(key), close: async () => {} };
  const readers = await open((contestant) => contestant.openMemory());
  for (const reader of readers.values()) for (const [key, value] of values) await reader.getOrLoad(key, () => value);
  const reads = 20 * KEYS;
  const inTurn = ([name, reader]: readonly [string, Reader]): Measured => ({
    name,
    async run() {
      for (let i = 0; i < reads; i++) {
        const id = (i * 7) % KEYS;
        check(await reader.getOrLoad(`${size}:${id}`, mustNotLoad), id);
      }
      return reads;
    },
  });
  const figures = await measureCpu([[floor, map] as const, ...readers].map(inTurn), { rounds: ROUNDS });
  reportRow(`A hit in memory, ${size}, CPU`, figures, floor, 1.3);
  await close(readers);
}

async function measureRedis(size: Size, url: string): Promise<void> {
  const make = SIZES[size];
  const floor = "client GET + JSON.parse";
  // The one that the product uses; from this folder a peer's would be found.
  const { createClient } = createRequire(new URL("../run.ts", import.meta.url))("@redis/client") as typeof import("@redis/client");
  const client = createClient({ url, commandOptions: { timeout: 0 } });
  await client.connect();
  await client.flushAll();
  for (let id = 0; id < KEYS; id++) await client.set(`bare:${size}:${id}`, JSON.stringify(make(id)));
  const bare: Reader = { getOrLoad: async (key) => JSON.parse((await client.get(`bare:${key}`))!), close: async () => {} };
  const readers = await open((contestant) => contestant.openRedis(url));
  for (const reader of readers.values()) await fill(reader, size);
  const batches = size === "500 B" ? 60 : 20;
  const inBatches = ([name, reader]: readonly [string, Reader]): Measured => ({
    name,
    async run() {
      for (let batch = 0; batch < batches; batch++) {
        const ids = Array.from({ length: CALLERS }, (_, i) => (batch * CALLERS + i * 7) % KEYS);
        const found = await Promise.all(ids.map((id) => reader.getOrLoad(`${size}:${id}`, mustNotLoad)));
        for (const [index, id] of ids.entries()) check(found[index], id);
      }
      return batches * CALLERS;
    },
  });
  const measured = [[floor, bare] as const, ...readers].map(inBatches);
  const figures = await measureCpu(measured, { rounds: ROUNDS });
  reportRow(`A hit in Redis, ${size}, ${CALLERS} callers, CPU`, figures, floor, 1.15);
  await close(readers);
  client.destroy();
}

/** Many write to Redis in the background: filled is what is answered from there. */
async function fill(reader: Reader, size: Size): Promise<void> {
  const giveUpAt = performance.now() + 30_000;
  for (let loads = -1; loads !== 0; ) {
    if (performance.now() > giveUpAt) throw new Error("It does not hit, however often it is read.");
    loads = 0;
    for (let id = 0; id < KEYS; id++) {
      await reader.getOrLoad(`${size}:${id}`, () => {
        loads++;
        return SIZES[size](id);
      });
    }
  }
}

async function measureStampede(): Promise<void> {
  const readers = await open((contestant) => contestant.openMemory());
  const loads = new Map<string, number>();
  let asked = 0;
  const stampede = ([name, reader]: readonly [string, Reader]): Measured => ({
    name,
    async run() {
      const times = 10;
      for (let time = 0; time < times; time++) {
        const id = asked++;
        const loader = async () => {
          loads.set(name, (loads.get(name) ?? 0) + 1);
          await new Promise((resolve) => setImmediate(resolve));
          return SIZES["500 B"](id);
        };
        const found = await Promise.all(Array.from({ length: STAMPEDE }, () => reader.getOrLoad(`missing:${id}`, loader)));
        for (const value of found) check(value, id);
      }
      return times;
    },
  });
  const figures = await measureCpu([...readers].map(stampede), { rounds: ROUNDS });
  const best = peers.toSorted((one, other) => figures.get(one)!.median - figures.get(other)!.median)[0]!;
  reportRow(`${STAMPEDE} callers of a missing key, CPU`, figures, best, 1.2);
  const each = asked / readers.size;
  report(
    `${STAMPEDE} callers of a missing key, loads`,
    [...loads].map(([what, count]) => ({ what, figure: count / each, unit: "", ...(what === OURS ? { most: 1 } : {}) })),
  );
  await close(readers);
}

function measureHeap(): void {
  const script = fileURLToPath(new URL("speed/heap.ts", import.meta.url));
  const bytesOf = (module: string) =>
    Number(execFileSync(process.execPath, ["--expose-gc", script, module], { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] }));
  const lines: Line[] = [{ what: "Map.set", figure: bytesOf("map"), unit: "B" }];
  for (const [index, { name }] of contestants.entries()) {
    lines.push({ what: name, figure: bytesOf(new URL(modules[index]!, import.meta.url).href), unit: "B" });
  }
  report("An entry of 500 B in the heap", lines);
}

/** A row's figures, each with its ratios; the goal is ours alone. */
function reportRow(title: string, figures: ReadonlyMap<string, Figure>, floor: string, most: number): void {
  const ratio = (figure: Figure, to: string) => ({ what: `  … to ${to}`, figure: scale(figure, 1 / figures.get(to)!.median), unit: "x" });
  const lines = [...figures].flatMap(([what, figure]): Line[] => {
    const line = { what, figure, unit: "us" };
    if (what === OURS) return [line, { ...ratio(figure, floor), most }];
    return what === floor ? [line] : [line, ratio(figure, floor), ratio(figure, OURS)];
  });
  report(title, lines);
}

async function open(how: (contestant: Contestant) => Promise<Reader>): Promise<Map<string, Reader>> {
  const readers = new Map<string, Reader>();
  for (const contestant of contestants) readers.set(contestant.name, await how(contestant));
  return readers;
}

async function close(readers: ReadonlyMap<string, Reader>): Promise<void> {
  for (const reader of readers.values()) await reader.close();
}

function check(value: unknown, id: number): void {
  if ((value as Value | undefined)?.id !== id) throw new Error(`A wrong value: ${JSON.stringify(value)?.slice(0, 80)} for ${id}.`);
}

function mustNotLoad(): never {
  throw new Error("A hit was a miss.");
}
