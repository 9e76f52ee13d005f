import { describe, expect, test } from "vitest";
import * as library from "../../src/index.ts";
import { EAGER_SWEEP } from "./freshness-mutants.ts";
import { withEdits } from "./mutate.ts";
import { countAll, findViolation } from "./seeds.ts";
import { coherentProcesses, oneWorker, severalWorkers } from "./worlds.ts";

const LIMIT = { timeout: 600_000 };

describe("whatever the order of edits, polls, loads, restores, flushes and lost messages, nothing older is served than may be", () => {
  test("by one worker on a database that counts its changes", LIMIT, async () => {
    expect(await findViolation(oneWorker, library, 700)).toBeUndefined();
  });

  test("nor when every tag that nobody holds is forgotten at once", LIMIT, async () => {
    expect(await withEdits(EAGER_SWEEP, (tested) => findViolation(oneWorker, tested, 300))).toBeUndefined();
  });

  test("by several workers that share a hostile second tier", LIMIT, async () => {
    expect(await findViolation(severalWorkers, library, 700)).toBeUndefined();
  });

  test("by several processes that know only of each other's invalidations", LIMIT, async () => {
    expect(await findViolation(coherentProcesses, library, 700)).toBeUndefined();
  });
});

describe("in these runs it does happen", () => {
  test("that workers find values in the second tier, join loads, keep that there is none, and make do with copies", async () => {
    const counts = await countAll(severalWorkers, library, 100);
    for (const what of ["hit", "hit from l2", "miss", "collapsed", "negative", "grace", "stale"])
      expect(counts, what).toHaveProperty([what]);
  });

  test("that invalidations are told at once, later or never, and values set are kept or not", async () => {
    const counts = await countAll(coherentProcesses, library, 100);
    const ways = ["done", "deferred", "not-kept", "hit", "hit from l2", "miss", "collapsed", "negative", "grace", "stale"];
    for (const what of ways) expect(counts, what).toHaveProperty([what]);
  });
});
