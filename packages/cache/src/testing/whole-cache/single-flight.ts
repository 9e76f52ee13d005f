import { behaviour, type Script, type Theme } from "./behaviour.ts";
import type { StageNode } from "./stage.ts";
import { within } from "./timing.ts";
import { allGot, check, got, show } from "./verdict.ts";

/** Within what time a crashed holder's fill lock must be over. */
const TAKE_OVER_MS = 10_000;

const many = (node: StageNode, count: number, key = "k") => Array.from({ length: count }, () => node.read(key));

const oneForAll: Script = async (stage) => {
  const a = await stage.node();
  stage.origin.write("k", "v");
  const hold = stage.origin.hold();
  const reads = many(a, 200);
  await hold.reached();
  await stage.quiet();
  hold.release();
  allGot("reads", await Promise.all(reads), "v");
  check(stage.origin.loads === 1, `200 concurrent reads loaded ${stage.origin.loads} times`);
};

const rejectionForAll: Script = async (stage) => {
  const a = await stage.node();
  stage.origin.write("k", "v");
  stage.origin.failWith(new Error("the database is down"));
  const outcomes = await Promise.allSettled(many(a, 50));
  const silent = outcomes.filter((outcome) => outcome.status === "fulfilled" || !speaksOf("the database is down", outcome.reason));
  check(silent.length === 0, () => `${silent.length} of 50 waiters did not get the loader's error but ${show(outcomeOf(silent[0]))}`);
  stage.origin.heal();
  got("the read after the failure", await a.read("k"), "v");
};

const oneAtATimeWhileFailing: Script = async (stage) => {
  const a = await stage.node();
  stage.origin.failWith(new Error("the database is down"));
  const insist = async () => {
    for (let turn = 0; turn < 5; turn++) await a.read("k").catch(() => {});
  };
  await Promise.all(Array.from({ length: 20 }, insist));
  check(stage.origin.mostAtOnce === 1, `${stage.origin.mostAtOnce} loads of one key ran at once while loads failed`);
};

/** One of two readers leaves: the one whose read started the load, or the one that joined it. */
const abortOf =
  (leaver: "first" | "second"): Script =>
  async (stage) => {
    const a = await stage.node();
    stage.origin.write("k", "v");
    const hold = stage.origin.hold();
    const controller = new AbortController();
    const first = a.read("k", leaver === "first" ? { signal: controller.signal } : {});
    const second = a.read("k", leaver === "second" ? { signal: controller.signal } : {});
    const [leaving, staying] = leaver === "first" ? [first, second] : [second, first];
    await hold.reached();
    controller.abort();
    const left = leaving.then(show, () => "an error");
    got("the read that was aborted", await within(100, "the read that was aborted", left), "an error");
    hold.release();
    got("the other read", await staying, "v");
    check(stage.origin.loads === 1, `it loaded ${stage.origin.loads} times`);
  };

const keysInParallel: Script = async (stage) => {
  const a = await stage.node();
  const hold = stage.origin.hold();
  const reads = ["x", "y", "z"].map((key) => a.read(key));
  await hold.reached(3);
  hold.release();
  await Promise.all(reads);
};

const loadThatNeverSettles: Script = async (stage) => {
  const a = await stage.node({ hardTimeoutMs: 500 });
  stage.origin.write("k", "v");
  stage.origin.write("other", "w");
  const hold = stage.origin.hold();
  const stuck = a.read("k").then(show, () => "an error");
  await hold.reached();
  hold.letOthersPass();
  got("a read of another key meanwhile", await within(100, "a read of another key meanwhile", a.read("other")), "w");
  got("the read whose load hangs", await within(500, "the read whose load hangs", stuck), "an error");
  got("the next read", await within(100, "the next read", a.read("k")), "v");
  hold.release();
};

const oneAcrossNodes: Script = async (stage) => {
  const [a, b] = await stage.pair({ fillLock: true });
  stage.origin.write("k", "v");
  const hold = stage.origin.hold();
  const reads = [...many(a, 20), ...many(b, 20)];
  await hold.reached();
  await stage.quiet();
  hold.release();
  allGot("reads", await Promise.all(reads), "v");
  check(stage.origin.loads === 1, `two nodes loaded one key ${stage.origin.loads} times`);
};

const holderKilled: Script = async (stage) => {
  const dying = await stage.process({ fillLock: true });
  const b = await stage.node({ fillLock: true });
  stage.origin.write("k", "v");
  const hold = stage.origin.hold();
  void dying.read("k").catch(() => {});
  await hold.reached();
  hold.letOthersPass();
  const waiting = b.read("k");
  await stage.quiet();
  check(stage.origin.loads === 1, "the second node loaded while the first one did");
  await dying.process.kill();
  got("the node that took over", await within(TAKE_OVER_MS, "taking over from a killed node", waiting), "v");
};

const lockWithoutRedis: Script = async (stage) => {
  const [a, b] = await stage.pair({ fillLock: true });
  await Promise.all([a.read("warm"), b.read("warm")]);
  stage.origin.write("k", "v");
  await Promise.all([a.network.cut(), b.network.cut()]);
  const before = stage.origin.loads;
  allGot("reads without Redis", await within(1_000, "reading without Redis", Promise.all([...many(a, 20), ...many(b, 20)])), "v");
  check(stage.origin.loads - before === 2, `two nodes without Redis loaded ${stage.origin.loads - before} times`);
};

export const singleFlight: Theme = {
  heading: "Single-flight",
  behaviours: [
    behaviour("200 concurrent misses load once", oneForAll),
    behaviour("a failure reaches all who wait, and is not kept", {
      "every waiter gets the error": rejectionForAll,
      "one load at a time while all fail": oneAtATimeWhileFailing,
    }),
    behaviour("a waiter's abort concerns that waiter only", {
      "the reader that started the load": abortOf("first"),
      "a reader that joined it": abortOf("second"),
    }),
    behaviour("different keys load in parallel", keysInParallel),
    behaviour("a load that hangs blocks no other key, and its own not for ever", loadThatNeverSettles),
    behaviour("across nodes one load at a time (fill lock)", oneAcrossNodes),
    behaviour("a fill lock's holder may be killed, and Redis cut", {
      "another node takes over": holderKilled,
      "without Redis one load per node": lockWithoutRedis,
    }),
  ],
};

/** Whether an error, or what it was made from, says this. */
function speaksOf(message: string, error: unknown): boolean {
  return error instanceof Error && (error.message.includes(message) || speaksOf(message, error.cause));
}

const outcomeOf = (outcome: PromiseSettledResult<unknown> | undefined): unknown =>
  outcome?.status === "fulfilled" ? outcome.value : outcome?.reason;
