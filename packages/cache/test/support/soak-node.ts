/**
 * One node of the soak as a process of its own: it reads, changes and invalidates at random, and says what must not have been.
 * Forked with `--expose-gc`, the URL of Redis, the namespace and the node's number.
 */
import { setTimeout as pause } from "node:timers/promises";
import { createCache } from "../../src/index.ts";
import { redis } from "../../src/redis.ts";
import { Random } from "../../src/testing/random.ts";
import { type Command, KEYS, type Report, TAGS, type Thing, tagOf, thingOf } from "./soak-world.ts";

const WORKERS = 4;
/** Fewer than there are keys, so that some have always to go. */
const MOST_ENTRIES = 300;

const [url, namespace, number] = process.argv.slice(2) as [string, string, string];
const random = new Random(Number(number));

/** What the parent was asked, by the number of the question. */
const asked = new Map<number, (versions: readonly number[]) => void>();
let questions = 0;
let reads = 0;
let loads = 0;
let running = true;

const cache = createCache({
  namespace,
  l2: redis({ url }),
  l1: { maxEntries: MOST_ENTRIES, maxNegativeEntries: 100 },
  policy: { ttlMs: 600_000, jitter: 0.5, staleWhileRevalidateMs: 1_000, graceMs: 60_000 },
});
const workers = Array.from({ length: WORKERS }, (_, worker) => work(worker));

process.on("message", (message: Command | { readonly answer: number; readonly versions: readonly number[] }) => {
  if ("answer" in message) {
    asked.get(message.answer)?.(message.versions);
    asked.delete(message.answer);
  } else void obey(message);
});

async function obey({ command }: Command): Promise<void> {
  if (command === "rest") {
    running = false;
    await Promise.all(workers);
    tell({ kind: "rested" });
  } else if (command === "sample") {
    globalThis.gc!();
    await pause(0);
    globalThis.gc!();
    tell({ kind: "sample", heapBytes: process.memoryUsage().heapUsed, handles: handles(), stats: cache.stats(), reads, loads });
  } else if (command === "read all") {
    const keys = Array.from({ length: KEYS }, (_, n) => `key:${n}`);
    tell({ kind: "all", values: await Promise.all(keys.map((key) => read(key))) });
  } else {
    await cache.close();
    // If anything is left, the process does not end.
    process.disconnect();
  }
}

async function work(worker: number): Promise<void> {
  while (running) {
    const key = `key:${random.below(KEYS)}`;
    const turn = random.below(100);
    if (turn < 70) await read(key);
    else if (turn < 78) await readMany(random.below(TAGS));
    else if (turn < 84) await change("delete", [key], () => cache.delete(key));
    else if (turn < 88) await change("expire", [key], () => cache.expire(key));
    else if (turn < 93) await changeTag(random.below(TAGS));
    else if (turn < 99) await set(worker);
    else if (random.chance(0.05)) await change("clear", [key], () => cache.clear());
    else await cache.flush();
    await pause(random.below(4));
  }
}

/** What must not be read any more once `invalidate` has resolved: anything older than what the keys had before it was called. */
async function change(what: string, keys: readonly string[], invalidate: () => Promise<unknown>): Promise<void> {
  const versions = await ask("edit", keys);
  await invalidate();
  for (const [index, key] of keys.entries()) expectFrom(what, key, versions[index]!, await read(key));
}

async function changeTag(tag: number): Promise<void> {
  await change("invalidateTags", keysOf(tag), () => cache.invalidateTags([`tag:${tag}`]));
}

/** Of its own keys alone: of two nodes that set at once the cache and the origin may hold another one for the last. */
async function set(worker: number): Promise<void> {
  const key = `own:${number}:${worker}`;
  const [version] = (await ask("edit", [key])) as [number];
  await cache.set(key, thingOf(key, version));
  expectFrom("set", key, version, await read(key));
}

async function readMany(tag: number): Promise<void> {
  const keys = keysOf(tag);
  reads += keys.length;
  const load = async (missing: readonly string[]) => {
    loads += missing.length;
    const versions = await ask("load", missing);
    await pause(random.below(20));
    return new Map(missing.map((key, index) => [key, thingOf(key, versions[index]!)]));
  };
  const values = await cache.getOrLoadMany<Thing | undefined>(keys, load, { tags: [`tag:${tag}`] });
  for (const [index, key] of keys.entries()) expectOf(key, values[index]);
}

async function read(key: string): Promise<Thing | undefined> {
  reads++;
  const load = async () => {
    loads++;
    const [version] = (await ask("load", [key])) as [number];
    // What was read is older now than what may have come meanwhile.
    await pause(random.below(20));
    return thingOf(key, version);
  };
  const value = await cache.getOrLoad<Thing | undefined>(key, load, { tags: [tagOf(key)] });
  expectOf(key, value);
  return value;
}

function expectFrom(what: string, key: string, version: number, value: Thing | undefined): void {
  if (value !== undefined && value.version < version) tell({ kind: "wrong", what: `${key}: ${value.version} after ${what} at ${version}` });
}

function expectOf(key: string, value: Thing | undefined): void {
  if (value !== undefined && value.key !== key) tell({ kind: "wrong", what: `${key} got the value of ${value.key}` });
}

function ask(question: "load" | "edit", keys: readonly string[]): Promise<readonly number[]> {
  return new Promise((resolve) => {
    const id = questions++;
    asked.set(id, resolve);
    tell({ kind: question, id, keys });
  });
}

function tell(report: Report): void {
  process.send!(report);
}

function keysOf(tag: number): readonly string[] {
  return Array.from({ length: KEYS / TAGS }, (_, n) => `key:${tag + TAGS * n}`);
}

/** How many of each kind keep this process alive, or would. */
function handles(): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}
