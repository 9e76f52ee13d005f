import { behaviour, type Script, type Theme } from "./behaviour.ts";
import { pass, until, within } from "./timing.ts";
import { check, got } from "./verdict.ts";

const MEGABYTE = 1_000_000;

/** What a process needs besides, e.g. for compiled code. */
const SLACK_BYTES = 5 * MEGABYTE;

const CYCLES = 100;

const megabytes = (bytes: number) => `${Math.round(bytes / 100_000) / 10} MB`;

/** 100 MB of values go through a memory that may hold 10 MB. */
const bounded =
  (policy: { maxEntries: number } | { maxBytes: number }): Script =>
  async (stage) => {
    stage.needs("l1");
    const a = await stage.process(policy);
    await a.process.task("fill", { keys: 100, valueBytes: 10 });
    const before = await a.process.task("heapBytes");
    await a.process.task("fill", { keys: 10_000, valueBytes: 10_000 });
    const allowed = 10 * MEGABYTE * 1.1 + SLACK_BYTES;
    let grown = 0;
    // Besides memory, what is still on its way to Redis takes some.
    await until(
      async () => {
        grown = (await a.process.task("heapBytes")) - before;
        return grown <= allowed;
      },
      5_000,
      () => `a memory of 10 MB grew by ${megabytes(grown)} while 100 MB went through it`,
    );
  };

const backToBase =
  (deleting: boolean): Script =>
  async (stage) => {
    stage.needs("l1");
    const a = await stage.process();
    await a.process.task("fill", { keys: 1_000, valueBytes: 100, tagged: true, deleting });
    await a.clear();
    await stage.quiet();
    const base = await a.process.task("heapBytes");
    await a.process.task("fill", { keys: 10_000, valueBytes: 2_000, tagged: true, deleting });
    await a.clear();
    await stage.quiet();
    const left = (await a.process.task("heapBytes")) - base;
    check(left <= SLACK_BYTES, `after 10,000 entries and a clear, ${megabytes(left)} were left`);
  };

const cyclesLeakNothing: Script = async (stage) => {
  const a = await stage.process();
  const options = stage.options({}, a.network);
  await a.process.task("cycle", 20, options);
  const base = await a.process.task("heapBytes");
  const resources = (await a.process.task("resources")).length;
  await a.process.task("cycle", CYCLES, options);
  await pass(100);
  const leakedResources = (await a.process.task("resources")).length - resources;
  check(leakedResources <= 0, `${CYCLES} closed nodes left ${leakedResources} sockets and timers`);
  const leaked = (await a.process.task("heapBytes")) - base;
  check(leaked <= CYCLES * 10_000, `${CYCLES} closed nodes left ${megabytes(leaked)}`);
};

const closeDrains: Script = async (stage) => {
  const a = await stage.node();
  stage.origin.write("k", "v");
  await a.read("k");
  await within(1_000, "close", a.close());
  const b = await stage.node();
  got("another node", await b.read("k"), "v");
  check(stage.origin.loads === 1, "what was loaded just before close never reached Redis");
};

const closedKeepsNothingAlive: Script = async (stage) => {
  const a = await stage.process();
  await a.read("k");
  await a.close();
  check(await a.process.endsByItself(2_000), "2 s after close, something still kept the process alive");
};

const countersMatch: Script = async (stage) => {
  const a = await stage.node();
  const read = async (key: string, times: number) => {
    for (let time = 0; time < times; time++) await a.read(key);
  };
  await read("x", 4);
  await read("y", 3);
  await a.delete("x");
  await read("x", 2);
  const { hits, misses } = a.counts();
  got("the counters of 6 hits and 3 misses", { hits, misses }, { hits: 6, misses: 3 });
};

export const boundsAndLife: Theme = {
  heading: "Bounds and life",
  behaviours: [
    behaviour("entries in memory are bounded, within 10 %", bounded({ maxEntries: 1_000 })),
    behaviour("bytes in memory are bounded, within 10 %", bounded({ maxBytes: 10 * MEGABYTE })),
    behaviour("memory is back to its base after a clear", {
      "values and tags": backToBase(false),
      "deleted keys": backToBase(true),
    }),
    behaviour(`${CYCLES} times making and closing a node leaks nothing`, cyclesLeakNothing),
    behaviour("close drains, and keeps no process alive", {
      "what was loaded is in Redis": closeDrains,
      "the process may end": closedKeepsNothingAlive,
    }),
    behaviour("counters match a scripted run exactly", countersMatch),
  ],
};
