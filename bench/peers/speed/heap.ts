/**
 * A process that fills the memory of one contestant and says what that took of the heap: `node --expose-gc heap.ts MODULE`.
 * `map` for the module: a Map, which is the least it could be.
 */
import { type Contestant, SIZES } from "./contestant.ts";

const COUNT = 10_000;
const [, , module] = process.argv as [string, string, string];
const make = SIZES["500 B"];

const map = new Map<string, unknown>();
const contestant = module === "map" ? undefined : ((await import(module)) as { contestant: Contestant }).contestant;
const reader = await contestant?.openMemory();
// What is made once, and compiled, is no entry's.
for (let id = 0; id < 100; id++) await put(`warm:${id}`, id);

const before = await heap();
for (let id = 0; id < COUNT; id++) await put(`entry:${id}`, id);
const after = await heap();

for (let id = 0; id < COUNT; id++) {
  const held = (await (reader === undefined ? map.get(`entry:${id}`) : reader.getOrLoad(`entry:${id}`, mustNotLoad))) as { id: number };
  if (held.id !== id) throw new Error("A wrong value.");
}
process.stdout.write(String((after - before) / COUNT));
process.exit();

async function put(key: string, id: number): Promise<void> {
  if (reader === undefined) map.set(key, make(id));
  else await reader.getOrLoad(key, () => make(id));
}

/** When everything that nobody holds is gone; the first collection may leave what finalizers and timers let go of. */
async function heap(): Promise<number> {
  for (let round = 0; round < 3; round++) {
    globalThis.gc!();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return process.memoryUsage().heapUsed;
}

function mustNotLoad(): never {
  throw new Error("An entry is not held.");
}
