import { behaviour, type Script, type Theme } from "./behaviour.ts";
import type { Stage, StageNode } from "./stage.ts";
import { becomes, pass, until, within } from "./timing.ts";
import { allGot, check, got, show } from "./verdict.ts";

/** What a Redis that does not answer may cost a miss. */
const L2_DEADLINE_MS = 50;

/** Within what time Redis is used once it can be. */
const ADOPT_MS = 5_000;

/** What may be sent to a Redis that does not answer, so as to notice that it does again. */
const MOST_PROBES = 50;

/** How long an invalidation may take while Redis does not answer. */
const ANSWER_MS = 1_000;

async function fill(node: StageNode, keys: readonly string[]): Promise<void> {
  for (const key of keys) await node.read(key);
}

/** Waits until what `node` loads is found by `other` in Redis. */
async function adopts(stage: Stage, node: StageNode, other: StageNode): Promise<void> {
  let attempt = 0;
  await until(
    async () => {
      const key = `adopted-${attempt++}`;
      await node.read(key);
      await pass(50);
      const loads = stage.origin.loads;
      await other.read(key);
      return stage.origin.loads === loads;
    },
    ADOPT_MS,
    `Redis was not used ${ADOPT_MS / 1_000} s after it came`,
  );
}

const missDuringHang: Script = async (stage) => {
  const a = await stage.node();
  await a.read("warm");
  await stage.quiet();
  for (const key of ["k", "k2"]) stage.origin.write(key, "v");
  a.network.pause();
  got("the first miss", await within(L2_DEADLINE_MS, "the first miss while Redis hangs", a.read("k")), "v");
  got("the second miss", await within(L2_DEADLINE_MS, "the second miss while Redis hangs", a.read("k2")), "v");
};

const hitDuringHang: Script = async (stage) => {
  stage.needs("l1");
  const a = await stage.node();
  stage.origin.write("k", "v");
  await a.read("k");
  await stage.quiet();
  a.network.pause();
  const hits = () => Promise.all(Array.from({ length: 100 }, () => a.read("k")));
  allGot("hits", await within(0, "100 hits while Redis hangs", hits()), "v");
  // Longer than anything could go on from what was known before.
  await pass(3_000);
  allGot("hits", await within(0, "100 hits while Redis has hung for 3 s", hits()), "v");
  check(stage.origin.loads === 1, `hits while Redis hangs loaded ${stage.origin.loads - 1} times`);
};

const refused: Script = async (stage) => {
  const a = await stage.node();
  await a.read("warm");
  for (const key of ["k", "k2"]) stage.origin.write(key, "v");
  await a.network.cut();
  got("the first miss", await within(1_000, "the first miss after a cut", a.read("k")), "v");
  got("the second miss", await within(0, "the second miss after a cut", a.read("k2")), "v");
};

const absentAtStart: Script = async (stage) => {
  const network = await stage.network();
  await network.cut();
  stage.origin.write("k", "v");
  const a = await within(1_000, "making a node without Redis", stage.node({}, network));
  got("a read without Redis", await within(1_000, "a read without Redis", a.read("k")), "v");
  await pass(1_000);
  const b = await stage.node();
  await network.heal();
  await adopts(stage, a, b);
};

const oneSlowReply: Script = async (stage) => {
  const [a, b] = await stage.pair();
  const keys = Array.from({ length: 100 }, (_, index) => `k${index}`);
  await fill(b, keys);
  await stage.quiet();
  await fill(a, keys.slice(0, 50));
  a.network.delay(150, { direction: "toClient" });
  await a.read("k50");
  a.network.delay(0);
  await stage.quiet();
  const before = stage.origin.loads;
  await fill(a, keys.slice(51));
  const loads = stage.origin.loads - before;
  check(loads <= 2, `after one slow reply of Redis, ${loads} of 49 reads did without it`);
};

const hangIsPaidOnce: Script = async (stage) => {
  const [a, b] = await stage.pair();
  await Promise.all([a.read("warm"), b.read("warm")]);
  await stage.quiet();
  const misses = (wave: string) => {
    const keys = Array.from({ length: 100 }, (_, index) => `${wave}-${index}`);
    return within(1_000, `100 misses, one after another, in the ${wave} second of a hang`, fill(a, keys));
  };
  a.network.blackhole();
  await misses("first");
  await pass(1_000);
  // From here on nothing is lost: what is sent all the same arrives when the hang is over, and can be counted.
  await a.network.heal();
  a.network.pause();
  await misses("second");
  const before = await stage.probe.commandsExecuted();
  a.network.resume();
  await stage.quiet();
  const sent = (await stage.probe.commandsExecuted()) - before;
  check(sent <= MOST_PROBES, `in the second second of a hang, 100 misses sent ${sent} commands`);
  await adopts(stage, a, b);
};

type Outage = "refused" | "hanging";

async function takeAway({ network }: StageNode, outage: Outage): Promise<void> {
  if (outage === "hanging") network.pause();
  else await network.cut();
}

/** All nodes hold the old value, and Redis does, when one node loses Redis and is told to delete it. Its answer may take its time. */
async function deleteWithoutRedis(stage: Stage, outage: Outage): Promise<{ a: StageNode; b: StageNode; answer: Promise<unknown> }> {
  const [a, b] = await stage.pair();
  stage.origin.write("k", "old");
  await Promise.all([a.read("k"), b.read("k")]);
  await stage.quiet();
  await takeAway(a, outage);
  stage.origin.write("k", "new");
  return { a, b, answer: a.delete("k").catch(() => "rejected") };
}

const deleteIsNotUndone =
  (outage: Outage): Script =>
  async (stage) => {
    const { a, b, answer } = await deleteWithoutRedis(stage, outage);
    await Promise.race([answer, pass(ANSWER_MS)]);
    await pass(1_000);
    await a.network.heal();
    const c = await stage.node();
    for (const [who, node] of Object.entries({ "the node that deleted": a, "the other node": b, "a new node": c })) {
      await becomes(who, () => node.read("k"), "new", ADOPT_MS);
    }
    // It stays so: nothing that was held back brings the old value again.
    await pass(500);
    const reads: unknown[] = [];
    for (const node of [a, b, c, await stage.node()]) reads.push(await node.read("k"));
    allGot("reads after Redis came back", reads, "new");
  };

const deleteIsHonest =
  (outage: Outage): Script =>
  async (stage) => {
    const { a, answer } = await deleteWithoutRedis(stage, outage);
    const said = await within(ANSWER_MS, "a delete without Redis", answer);
    const claimsDone = said === true || said === undefined || said === "done";
    check(!claimsDone, () => `a delete that did not reach Redis answered ${show(said)}`);
    got("the node that deleted", await within(ANSWER_MS, "its next read", a.read("k")), "new");
  };

export const l2Outages: Theme = {
  heading: "Redis hangs, refuses, is absent",
  behaviours: [
    behaviour("Redis hangs: a miss answers within 50 ms and its load", missDuringHang),
    behaviour("Redis hangs: a hit in memory does not notice", hitDuringHang),
    behaviour("Redis refuses: the second miss skips it at once", refused),
    behaviour("Redis is absent at start: serve, and use it once it comes", absentAtStart),
    behaviour("one slow reply in 100 opens no breaker", oneSlowReply),
    behaviour("a hang is paid once, and ends when Redis is back", hangIsPaidOnce),
    behaviour("a delete without Redis is not undone later", {
      refused: deleteIsNotUndone("refused"),
      hanging: deleteIsNotUndone("hanging"),
    }),
    behaviour("a delete without Redis answers, and does not claim to be done", {
      refused: deleteIsHonest("refused"),
      hanging: deleteIsHonest("hanging"),
    }),
  ],
};
