import { rm } from "node:fs/promises";
import type { ReadOptions } from "./adapter.ts";
import { behaviour, type Script, type Theme } from "./behaviour.ts";
import type { Stage, StageNode } from "./stage.ts";
import { pass, within } from "./timing.ts";
import { check, got } from "./verdict.ts";

/** How long a read may take when what Redis holds is of no use. */
const ANSWER_MS = 1_000;

/** Writes over everything that a node left in Redis, and lets a new one read. */
const spoiled =
  (spoil: (stage: Stage, key: string) => Promise<unknown>): Script =>
  async (stage) => {
    const a = await stage.node();
    stage.origin.write("k", "v");
    await a.read("k");
    await stage.quiet();
    for (const key of await stage.probe.keys()) await spoil(stage, key);
    const b = await stage.node();
    got("a read of spoiled bytes", await within(ANSWER_MS, "a read of spoiled bytes", b.read("k")), "v");
    got("the next read", await within(ANSWER_MS, "the next read", b.read("k")), "v");
    stage.origin.write("k", "w");
    await b.delete("k").catch(() => {});
    got("the read after a delete", await within(ANSWER_MS, "the read after a delete", b.read("k")), "w");
  };

const spoiledIsCounted: Script = async (stage) => {
  const [a, b] = await stage.pair();
  await a.read("k");
  await stage.quiet();
  for (const key of await stage.probe.keys()) await overwrite(stage, key, "\u0001 no frame of anybody");
  await b.read("k");
  const { hits, misses } = b.counts();
  check(hits === 0 && misses === 1, `one read of garbage was counted as ${hits} hits and ${misses} misses`);
};

/** Only strings are values; the bookkeeping of a cache may be of other types. */
async function overwrite(stage: Stage, key: string, bytes: string | Uint8Array): Promise<void> {
  if ((await stage.probe.command("TYPE", key)) === "string") await stage.probe.command("SET", key, bytes, "KEEPTTL");
}

async function otherFormat(stage: Stage, key: string): Promise<void> {
  if ((await stage.probe.command("TYPE", key)) === "string") await stage.probe.command("SETRANGE", key, 0, Uint8Array.of(0xfe));
}

async function otherType(stage: Stage, key: string): Promise<void> {
  await stage.probe.command("DEL", key);
  await stage.probe.command("RPUSH", key, "an item");
}

/** Redis answers, but to writes only with an error. */
const refusesWrites =
  (prepare: (stage: Stage) => Promise<unknown>): Script =>
  async (stage) => {
    const a = await stage.node();
    await a.read("warm");
    await stage.quiet();
    await prepare(stage);
    for (const key of ["k", "k2", "k3"]) {
      stage.origin.write(key, "v");
      got("a miss", await within(ANSWER_MS, "a miss", a.read(key)), "v");
    }
    stage.origin.write("k", "w");
    await within(
      ANSWER_MS,
      "a delete",
      a.delete("k").catch(() => {}),
    );
    got("the read after a delete", await within(ANSWER_MS, "the read after a delete", a.read("k")), "w");
  };

async function cannotSave(stage: Stage): Promise<void> {
  await rm(stage.redis.folder, { recursive: true, force: true });
  await stage.probe.command("CONFIG", "SET", "save", "3600 1");
  await stage.probe.command("BGSAVE");
  await pass(100);
}

/** Everything in Redis goes while a load runs that has read what was deleted since. */
const flushedDuringALoad: Script = async (stage) => {
  const [a, b] = await stage.pair();
  stage.origin.write("k", "old");
  const hold = stage.origin.hold();
  const early = b.read("k");
  await hold.reached();
  stage.origin.write("k", "new");
  await a.delete("k");
  await stage.quiet();
  await stage.probe.command("FLUSHALL");
  hold.release();
  await early;
  await stage.quiet();
  for (const node of [a, b, await stage.node()]) got("a read after FLUSHALL", await node.read("k"), "new");
};

const flushed: Script = async (stage) => {
  const [a, b] = await stage.pair();
  stage.origin.write("k", "v");
  await Promise.all([a.read("k"), b.read("k")]);
  await stage.quiet();
  await stage.probe.command("FLUSHALL");
  for (const node of [a, b, await stage.node()]) got("a read after FLUSHALL", await within(ANSWER_MS, "a read", node.read("k")), "v");
  stage.origin.write("k", "new");
  await a.delete("k");
  await stage.quiet();
  await pass(200);
  for (const node of [a, b, await stage.node()]) got("a read after a delete after FLUSHALL", await node.read("k"), "new");
};

interface Eviction {
  readonly options: ReadOptions;
  /** Lets one node hold or load the old value, lets the other one invalidate it; answers with what is to be done after the eviction. */
  readonly script: (stage: Stage, a: StageNode, b: StageNode) => Promise<() => Promise<unknown>>;
}

/** Redis evicts one of its keys after an invalidation: in each round, in a namespace of its own, another one. */
const anyKeyEvicted =
  ({ options, script }: Eviction): Script =>
  async (stage) => {
    for (let round = 0; ; round++) {
      const before = new Set(await stage.probe.keys());
      stage.namespace = `round-${round}`;
      const [a, b] = await stage.pair();
      const finish = await script(stage, a, b);
      await stage.quiet();
      const victim = (await stage.probe.keys()).filter((key) => !before.has(key)).sort()[round];
      if (victim === undefined) return;
      await stage.probe.command("DEL", victim);
      await finish();
      await stage.quiet();
      const c = await stage.node();
      for (const node of [c, a, b]) got(`a read after the eviction of ${victim}`, await node.read("k", options), "new");
      await Promise.all([a.close(), b.close(), c.close()]);
    }
  };

const TAGGED: ReadOptions = { tags: ["t"] };

const heldThenTagged: Eviction = {
  options: TAGGED,
  script: async (stage, a, b) => {
    stage.origin.write("k", "old");
    for (const node of [a, b]) await node.read("k", TAGGED);
    await stage.quiet();
    stage.origin.write("k", "new");
    await a.invalidateTags(["t"]);
    return async () => {};
  },
};

const loadedThenDeleted: Eviction = {
  options: {},
  script: async (stage, a, b) => {
    stage.origin.write("k", "old");
    await a.read("other");
    const hold = stage.origin.hold();
    const early = b.read("k");
    await hold.reached();
    stage.origin.write("k", "new");
    await a.delete("k");
    return () => {
      hold.release();
      return early;
    };
  },
};

/** Everything that can go wrong with Redis, one after another, under a node in a process of its own. */
const turmoil: Script = async (stage) => {
  const a = await stage.process();
  const { network } = a;
  const use = async () => {
    const uses = ["k", "k2"].flatMap((key) => [a.read(key), a.delete(key), a.read(key)]);
    await Promise.race([Promise.allSettled(uses), pass(ANSWER_MS)]);
  };
  await a.read("warm");
  const troubles: (() => unknown)[] = [
    () => network.pause(),
    () => network.resume(),
    () => network.reset(),
    () => network.garble("-ERR no such thing\r\n:-1\r\n"),
    () => network.halfClose("toClient"),
    () => network.blackhole("toClient"),
    () => network.heal(),
    () => network.cut(),
    () => network.heal(),
    () => stage.probe.command("FLUSHALL"),
  ];
  for (const trouble of troubles) {
    await trouble();
    await use();
  }
  const unhandled = await a.process.task("unhandled");
  check(unhandled.length === 0, () => `${unhandled.length} errors that nobody handled, the first one: ${unhandled[0]}`);
};

export const l2Contents: Theme = {
  heading: "Redis answers, but not as it should",
  behaviours: [
    behaviour("garbage, or another format's bytes, is a miss", {
      garbage: spoiled((stage, key) => overwrite(stage, key, Uint8Array.of(0xff, 0, 1, 2, 0xfe))),
      text: spoiled((stage, key) => overwrite(stage, key, "no frame of anybody")),
      "another format": spoiled(otherFormat),
      "another type": spoiled(otherType),
    }),
    behaviour("garbage is counted as a miss", spoiledIsCounted),
    behaviour("READONLY, OOM and MISCONF are no failure of a read", {
      READONLY: refusesWrites((stage) => stage.probe.command("REPLICAOF", "127.0.0.1", 1)),
      OOM: refusesWrites((stage) => stage.probe.command("CONFIG", "SET", "maxmemory", 1)),
      MISCONF: refusesWrites(cannotSave),
    }),
    behaviour("FLUSHALL never brings an old value", {
      "between reads": flushed,
      "during a load that a delete overtook": flushedDuringALoad,
    }),
    behaviour("the eviction of any key never brings an old value", {
      "after a tag": anyKeyEvicted(heldThenTagged),
      "during a load that a delete overtook": anyKeyEvicted(loadedThenDeleted),
    }),
    behaviour("no error is left for nobody to handle", turmoil),
  ],
};
