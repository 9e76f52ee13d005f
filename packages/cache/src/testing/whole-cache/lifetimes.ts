import { behaviour, type Script, type Theme } from "./behaviour.ts";
import { becomes, pass, within } from "./timing.ts";
import { check, got, NotOffered, show } from "./verdict.ts";

const SECOND_MS = 1_000;
const DAY_MS = 86_400_000;

/** Surely after the end of a time to live of a second. */
const OVER_MS = 1_150;

const promotionKeepsTheRest: Script = async (stage) => {
  stage.needs("l1");
  const [a, b] = await stage.pair({ ttlMs: 2 * SECOND_MS });
  stage.origin.write("k", "old");
  await a.read("k");
  await pass(1_300);
  got("the second node", await b.read("k"), "old");
  check(stage.origin.loads === 1, "the second node did not find in Redis what the first one had loaded 1.3 s before");
  stage.origin.write("k", "new");
  await pass(850);
  got("the second node after the end of the time to live", await b.read("k"), "new");
};

const hitsDoNotRenew: Script = async (stage) => {
  const a = await stage.node({ ttlMs: SECOND_MS });
  stage.origin.write("k", "old");
  await a.read("k");
  stage.origin.write("k", "new");
  const begunAt = performance.now();
  await becomes(
    "a key that is read all the time",
    async () => {
      await pass(20);
      return a.read("k");
    },
    "new",
    OVER_MS,
  );
  const keptMs = performance.now() - begunAt;
  check(keptMs > 700, () => `a time to live of one second was over after ${Math.round(keptMs)} ms`);
};

const graceWhileFailing: Script = async (stage) => {
  const a = await stage.node({ ttlMs: SECOND_MS, graceMs: 60 * SECOND_MS, graceBackoffMs: SECOND_MS });
  stage.origin.write("k", "old");
  await a.read("k");
  await pass(OVER_MS);
  stage.origin.failWith(new Error("the database is down"));
  for (let read = 0; read < 20; read++) got("a read while loads fail", await a.read("k").catch(show), "old");
  await stage.quiet();
  const failed = stage.origin.loads - 1;
  check(failed <= 2, `20 reads within a grace back-off of one second tried ${failed} loads`);
  stage.origin.heal();
  stage.origin.write("k", "new");
  await becomes("a read after loads work again", () => a.read("k"), "new", 2 * SECOND_MS);
};

const graceEnds: Script = async (stage) => {
  const a = await stage.node({ ttlMs: SECOND_MS, graceMs: SECOND_MS, graceBackoffMs: 100 });
  stage.origin.write("k", "old");
  await a.read("k");
  stage.origin.failWith(new Error("the database is down"));
  await pass(2 * OVER_MS);
  got("a read after the grace", await a.read("k").catch(() => "an error"), "an error");
};

const expireKeepsForGrace: Script = async (stage) => {
  const [a, b] = await stage.pair({ graceMs: 60 * SECOND_MS, graceBackoffMs: 100 });
  stage.origin.write("k", "old");
  await Promise.all([a.read("k"), b.read("k")]);
  await stage.quiet();
  stage.origin.write("k", "new");
  stage.origin.failWith(new Error("the database is down"));
  await a.expire("k");
  got("a read while loads fail", await a.read("k").catch(show), "old");
  stage.origin.heal();
  for (const node of [a, b]) await becomes("a read after loads work again", () => node.read("k"), "new", SECOND_MS);
};

const staleWhileRevalidate: Script = async (stage) => {
  const a = await stage.node({ ttlMs: SECOND_MS, staleWhileRevalidateMs: 60 * SECOND_MS });
  stage.origin.write("k", "old");
  await a.read("k");
  await pass(OVER_MS);
  stage.origin.write("k", "new");
  const hold = stage.origin.hold();
  const stale = Promise.all(Array.from({ length: 20 }, () => a.read("k")));
  got("reads of a stale value", new Set(await within(50, "reads of a stale value", stale)), new Set(["old"]));
  await hold.reached();
  hold.release();
  await becomes("a read after the revalidation", () => a.read("k"), "new", 500);
  check(stage.origin.loads === 2, `20 reads of a stale value loaded ${stage.origin.loads - 1} times`);
};

const softTimeout: Script = async (stage) => {
  const a = await stage.node({ ttlMs: SECOND_MS, graceMs: 60 * SECOND_MS, softTimeoutMs: 200 });
  stage.origin.write("k", "old");
  await a.read("k");
  await pass(OVER_MS);
  stage.origin.write("k", "new");
  const hold = stage.origin.hold();
  got("a read whose load takes long", await within(200, "a read whose load takes long", a.read("k")), "old");
  hold.release();
  await becomes("a read after that load", () => a.read("k"), "new", 500);
};

const softTimeoutWaits: Script = async (stage) => {
  const a = await stage.node({ ttlMs: SECOND_MS, graceMs: 60 * SECOND_MS, softTimeoutMs: 2 * SECOND_MS });
  stage.origin.write("k", "old");
  await a.read("k");
  await pass(OVER_MS);
  stage.origin.write("k", "new");
  got("a read whose load is quick", await a.read("k"), "new");
};

const hardTimeout: Script = async (stage) => {
  const a = await stage.node({ hardTimeoutMs: 300 });
  const hold = stage.origin.hold();
  const read = a.read("k").then(show, () => "an error");
  got("a read whose load hangs", await within(300, "a read whose load hangs", read), "an error");
  hold.release();
};

const eagerRefresh: Script = async (stage) => {
  const a = await stage.node({ ttlMs: 2 * SECOND_MS, refreshAt: 0.5 });
  stage.origin.write("k", "old");
  await a.read("k");
  await pass(200);
  await a.read("k");
  await stage.quiet();
  check(stage.origin.loads === 1, "it was refreshed in the first half of its time to live");
  stage.origin.write("k", "new");
  await pass(SECOND_MS);
  const hold = stage.origin.hold();
  got("the read that starts the refresh", await within(50, "the read that starts the refresh", a.read("k")), "old");
  await hold.reached();
  hold.release();
  await becomes("a read before the end of the time to live", () => a.read("k"), "new", 300);
};

/** 100 values that are loaded at the same time must not all be dead at the same time. */
const jitterSpreads: Script = async (stage) => {
  const a = await stage.node({ ttlMs: 3 * SECOND_MS, jitter: 0.5 });
  const keys = Array.from({ length: 100 }, (_, index) => `k${index}`);
  const readAll = () => Promise.all(keys.map((key) => a.read(key)));
  await readAll();
  let loads = stage.origin.loads;
  let waves = 0;
  const begunAt = performance.now();
  while (performance.now() - begunAt < 3_500) {
    await pass(100);
    await readAll();
    if (stage.origin.loads > loads) waves++;
    loads = stage.origin.loads;
  }
  check(waves >= 5, `100 values with jittered times to live ended within ${waves} tenths of a second`);
};

const ttlFromValue: Script = async (stage) => {
  const ttlFrom = (value: unknown) => (value as { ttlMs: number }).ttlMs;
  const a = await stage.node({ ttlMs: 60 * SECOND_MS, ttlFromValue: ttlFrom });
  stage.origin.write("short", { ttlMs: SECOND_MS });
  stage.origin.write("long", { ttlMs: 60 * SECOND_MS });
  for (const key of ["short", "long"]) await a.read(key);
  await pass(OVER_MS);
  for (const key of ["short", "long"]) await a.read(key);
  got("loads", stage.origin.loaded, ["short", "long", "short"]);
};

const notModified: Script = async (stage) => {
  let asked = 0;
  const stillCurrent = () => {
    asked++;
    return true;
  };
  const a = await stage.node({ ttlMs: SECOND_MS, stillCurrent });
  stage.origin.write("k", "v");
  const begunAt = performance.now();
  while (performance.now() - begunAt < 2_500) {
    got("a read", await a.read("k"), "v");
    await pass(20);
  }
  check(asked > 0, "nobody asked whether the value still holds");
  check(stage.origin.loads === 1, `a value that still holds was loaded ${stage.origin.loads} times`);
};

const keptFor =
  (ttlMs: number): Script =>
  async (stage) => {
    const [a, b] = await stage.pair({ ttlMs });
    for (const key of ["k", "k2"]) await a.read(key);
    await stage.quiet();
    await pass(100);
    for (const node of [a, b]) await node.read("k");
    check(stage.origin.loads === 2, `a value with a time to live of ${ttlMs} ms was loaded again at once`);
  };

const zeroTtl: Script = async (stage) => {
  const { zeroTtl: documented } = stage.adapter.documents;
  if (documented === undefined) throw new NotOffered("documented time to live of 0");
  const a = await stage.node({ ttlMs: 0 });
  await a.read("k");
  await stage.quiet();
  await a.read("k");
  got("a time to live of 0", stage.origin.loads === 1 ? "forever" : "not kept", documented);
};

export const lifetimes: Theme = {
  heading: "Lifetimes",
  behaviours: [
    behaviour("a promotion keeps the remaining time to live", promotionKeepsTheRest),
    behaviour("hits never renew a time to live", hitsDoNotRenew),
    behaviour("grace: while loads fail, the last value is served", {
      "with a back-off": graceWhileFailing,
      "it ends": graceEnds,
    }),
    behaviour("expire makes a value stale, and keeps it for its grace", expireKeepsForGrace),
    behaviour("stale while revalidate: nobody waits for the load", staleWhileRevalidate),
    behaviour("a soft timeout serves the last value, the load goes on", {
      "a slow load": softTimeout,
      "a quick one is waited for": softTimeoutWaits,
    }),
    behaviour("a hard timeout ends a read", hardTimeout),
    behaviour("eager refresh: a value that is read is loaded before its end", eagerRefresh),
    behaviour("jitter spreads the ends of values that began together", jitterSpreads),
    behaviour("the time to live may come from the value", ttlFromValue),
    behaviour("a value that still holds is kept without a load (not modified)", notModified),
    behaviour("a time to live may be 30 days, or without an end", {
      "30 days": keptFor(30 * DAY_MS),
      Infinity: keptFor(Number.POSITIVE_INFINITY),
    }),
    behaviour("a time to live of 0 does as documented", zeroTtl),
  ],
};
