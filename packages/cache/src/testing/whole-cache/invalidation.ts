import type { NodePolicy, ReadOptions } from "./adapter.ts";
import { behaviour, type Script, type Theme } from "./behaviour.ts";
import type { Stage, StageNode } from "./stage.ts";
import { pass, until, within } from "./timing.ts";
import { allGot, check, got, show } from "./verdict.ts";

const FIFTEEN_MINUTES_MS = 15 * 60_000;

/** How often each node asks when the race is over. */
const LATER_READS = 20;

/** Who invalidates, seen from the node that loads. */
type Where = "here" | "on another node";

interface Race {
  /** Who loads, and who invalidates it. */
  readonly loading: StageNode;
  readonly invalidating: StageNode;
  readonly policy: Partial<NodePolicy>;
  readonly options: ReadOptions;
}

async function startRace(stage: Stage, where: Where, policy: Partial<NodePolicy> = {}, options: ReadOptions = {}): Promise<Race> {
  const [a, b] = await stage.pair(policy);
  return { loading: a, invalidating: where === "here" ? a : b, policy, options };
}

/** When the race is over, nobody gets the old value: not the two nodes, and not one that knows only what is in Redis. */
async function laterReadsAreNew(stage: Stage, { loading, invalidating, policy, options }: Race): Promise<void> {
  await stage.quiet();
  for (const node of [loading, invalidating, await stage.node(policy)]) {
    const reads: unknown[] = [];
    for (let count = 0; count < LATER_READS; count++) reads.push(await node.read("k", options));
    allGot("later reads", reads, "new");
  }
}

/**
 * The race of all races: a load has read the old value, the value is edited and invalidated, and only then the load ends. Its
 * own caller may get what it read; nobody later may, on whichever node and from whichever tier.
 */
async function duringALoad(stage: Stage, race: Race, invalidate: (node: StageNode) => Promise<unknown>): Promise<void> {
  stage.origin.write("k", "old");
  const hold = stage.origin.hold();
  const early = race.loading.read("k", race.options);
  await hold.reached();
  stage.origin.write("k", "new");
  await invalidate(race.invalidating);
  hold.release();
  const value = await early;
  check(value === "old" || value === "new", () => `the caller of the load got ${show(value)}`);
  await laterReadsAreNew(stage, race);
}

const deleteWins =
  (where: Where): Script =>
  async (stage) =>
    duringALoad(stage, await startRace(stage, where), (node) => node.delete("k"));

const setWins =
  (where: Where): Script =>
  async (stage) =>
    duringALoad(stage, await startRace(stage, where), (node) => node.set("k", "new"));

const clearWins =
  (where: Where): Script =>
  async (stage) =>
    duringALoad(stage, await startRace(stage, where), (node) => node.clear());

const tagWins =
  (where: Where): Script =>
  async (stage) =>
    duringALoad(stage, await startRace(stage, where, {}, { tags: ["t"] }), (node) => node.invalidateTags(["t"]));

const tagInValueWins =
  (where: Where): Script =>
  async (stage) =>
    duringALoad(stage, await startRace(stage, where, { tagsFromValue: () => ["t"] }), (node) => node.invalidateTags(["t"]));

/** The load that loses is one in the background: nobody waits for it. */
const backgroundLoadLoses =
  (policy: Partial<NodePolicy>, where: Where): Script =>
  async (stage) => {
    const race = await startRace(stage, where, { ttlMs: 1_000, ...policy });
    stage.origin.write("k", "old");
    await race.loading.read("k");
    await pass(1_100);
    const hold = stage.origin.hold();
    const early = race.loading.read("k");
    await hold.reached();
    got("the read of a stale value", await within(500, "the read of a stale value", early), "old");
    stage.origin.write("k", "new");
    await race.invalidating.delete("k");
    hold.release();
    await laterReadsAreNew(stage, race);
  };

/** A value is on its way from Redis to a node's memory when it is deleted. */
const promotionLoses: Script = async (stage) => {
  stage.needs("l1");
  const race = await startRace(stage, "on another node");
  stage.origin.write("k", "old");
  await race.invalidating.read("k");
  await stage.quiet();
  const { network } = race.loading;
  const asked = network.stats.bytes.toTarget;
  // Redis's answer takes its time; the message of the delete, on another connection, does not.
  network.delay(40, { direction: "toClient" });
  const early = race.loading.read("k");
  await until(() => network.stats.bytes.toTarget > asked || stage.origin.loads > 1, 1_000, "a miss did not ask Redis");
  await pass(15);
  network.delay(0);
  stage.origin.write("k", "new");
  await race.invalidating.delete("k");
  await early;
  await laterReadsAreNew(stage, race);
};

const lateReadDoesNotJoin: Script = async (stage) => {
  const a = await stage.node();
  stage.origin.write("k", "old");
  const hold = stage.origin.hold();
  const early = a.read("k");
  await hold.reached();
  stage.origin.write("k", "new");
  await within(1_000, "a delete during a load", a.delete("k"));
  hold.letOthersPass();
  got("a read that began after the delete", await within(1_000, "a read that began after the delete", a.read("k")), "new");
  hold.release();
  await early;
  got("the read after both", await a.read("k"), "new");
};

/** So fast that several rounds fall into one millisecond, where a timestamp cannot tell before from after. */
const rounds =
  (invalidate: (node: StageNode) => Promise<unknown>, options: ReadOptions = {}): Script =>
  async (stage) => {
    const a = await stage.node();
    const late: number[] = [];
    for (let round = 1; round <= 200; round++) {
      stage.origin.write("k", round);
      await invalidate(a);
      if ((await a.read("k", options)) !== round) late.push(round);
    }
    check(late.length === 0, `${late.length} of 200 reads, each right after an invalidation, got the value from before it`);
  };

/** A node whose clock is wrong invalidates, and reads what was invalidated. */
const clockIsWrong =
  (clockOffsetMs: number, invalidate: (node: StageNode) => Promise<unknown>, options: ReadOptions = {}): Script =>
  async (stage) => {
    const right = await stage.node();
    const wrong = await stage.process({}, { clockOffsetMs });
    for (const [invalidating, reading] of [
      [wrong, right],
      [right, wrong],
    ] as const) {
      stage.origin.write("k", "old");
      await invalidate(invalidating);
      await stage.quiet();
      for (const node of [invalidating, reading]) got("a read before the edit", await node.read("k", options), "old");
      stage.origin.write("k", "new");
      await invalidate(invalidating);
      await stage.quiet();
      for (const node of [reading, invalidating]) got("a read after the edit", await node.read("k", options), "new");
    }
  };

const wrongClockKeepsLifetimes: Script = async (stage) => {
  const right = await stage.node({ ttlMs: 60_000 });
  for (const clockOffsetMs of [-FIFTEEN_MINUTES_MS, FIFTEEN_MINUTES_MS]) {
    const wrong = await stage.process({ ttlMs: 60_000 }, { clockOffsetMs });
    for (const [first, second] of [
      [wrong, right],
      [right, wrong],
    ] as const) {
      const key = `k${stage.origin.loads}`;
      const before = stage.origin.loads;
      await first.read(key);
      await stage.quiet();
      await second.read(key);
      check(stage.origin.loads === before + 1, "an entry of one minute was dead for a node whose clock differs by 15 minutes");
    }
  }
};

const deleteIt = (node: StageNode) => node.delete("k");
const invalidateIt = (node: StageNode) => node.invalidateTags(["t"]);
const TAGGED: ReadOptions = { tags: ["t"] };
const SWR: Partial<NodePolicy> = { staleWhileRevalidateMs: 60_000 };
const SOFT: Partial<NodePolicy> = { graceMs: 60_000, softTimeoutMs: 100 };

export const invalidation: Theme = {
  heading: "Invalidation beats loads",
  behaviours: [
    behaviour("a delete during a load wins", deleteWins("here")),
    behaviour("a set during a load wins", setWins("here")),
    behaviour("a tag or a clear during a load wins", { tag: tagWins("here"), clear: clearWins("here") }),
    behaviour("a delete or set on another node during a load wins", {
      delete: deleteWins("on another node"),
      set: setWins("on another node"),
    }),
    behaviour("a tag or clear on another node during a load wins", {
      tag: tagWins("on another node"),
      clear: clearWins("on another node"),
    }),
    behaviour("a delete beats a background refresh", {
      here: backgroundLoadLoses(SWR, "here"),
      "on another node": backgroundLoadLoses(SWR, "on another node"),
    }),
    behaviour("a delete beats a load that went on after its soft timeout", {
      here: backgroundLoadLoses(SOFT, "here"),
      "on another node": backgroundLoadLoses(SOFT, "on another node"),
    }),
    behaviour("a delete beats a promotion from Redis to memory", promotionLoses),
    behaviour("a tag that only the value knows beats its load", {
      here: tagInValueWins("here"),
      "on another node": tagInValueWins("on another node"),
    }),
    behaviour("a read after a delete does not join the load from before it", lateReadDoesNotJoin),
    behaviour("two deletes in one millisecond both count", rounds(deleteIt)),
    behaviour("two invalidations of a tag in one millisecond both count", rounds(invalidateIt, TAGGED)),
    behaviour("clocks that differ by 15 minutes change nothing", {
      "a delete by a clock that is behind": clockIsWrong(-FIFTEEN_MINUTES_MS, deleteIt),
      "a tag by a clock that is behind": clockIsWrong(-FIFTEEN_MINUTES_MS, invalidateIt, TAGGED),
      "a tag by a clock that is ahead": clockIsWrong(FIFTEEN_MINUTES_MS, invalidateIt, TAGGED),
      "times to live": wrongClockKeepsLifetimes,
    }),
  ],
};
