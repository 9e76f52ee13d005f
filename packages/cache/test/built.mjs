// The built package as its users get it, by name, on each Node that it supports: `npm run test:full` runs this file with
// node:test on all of them. What the cache does in full is for the other tests; vitest itself needs a newer Node.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";
import { CacheClosedError, createCache, createFreshness, ManualClock, versioned } from "@qrcards/cache";
import { authorityContract, busContract, createMemoryBackend, runCases, sharedTierContract } from "@qrcards/cache/testing";

test("the package is the built one", () => {
  assert.match(import.meta.resolve("@qrcards/cache"), /\/dist\/index\.js$/);
});

test("every door opens, and offers something", async () => {
  const { exports } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  const doors = Object.keys(exports).filter((path) => path !== "./package.json");
  assert.ok(doors.includes("."));
  for (const path of doors) assert.notEqual(Object.keys(await import(`@qrcards/cache${path.slice(1)}`)).length, 0, path);
  assert.match(import.meta.resolve("@qrcards/cache/package.json"), /\/package\.json$/);
});

test("CommonJS gets the same cache", () => {
  assert.equal(createRequire(import.meta.url)("@qrcards/cache").createCache, createCache);
});

test("reads that ask together load once", async () => {
  const cache = createCache({ namespace: "test" });
  let loads = 0;
  const load = async () => {
    loads += 1;
    return "value";
  };
  assert.deepEqual(await Promise.all([1, 2, 3].map(() => cache.getOrLoad("key", load))), ["value", "value", "value"]);
  assert.equal(loads, 1);
  await cache.close();
});

test("a value is loaded again when its time is over, and so is the knowledge that there is none", async () => {
  const clock = new ManualClock();
  const cache = createCache({ namespace: "test", clock });
  let loads = 0;
  const load = () => {
    loads += 1;
    return loads === 1 ? undefined : loads;
  };
  const policy = { ttlMs: 1_000, negativeTtlMs: 100 };
  const read = () => cache.getOrLoad("key", load, policy);
  assert.deepEqual([await read(), await read()], [undefined, undefined]);
  clock.advance(100);
  assert.deepEqual([await read(), await read()], [2, 2]);
  clock.advance(1_000);
  assert.equal(await read(), 3);
  await cache.close();
});

test("a loader that takes too long is aborted, and its key can be loaded again", async () => {
  const clock = new ManualClock();
  const cache = createCache({ namespace: "test", clock });
  /** @type {AbortSignal | undefined} */
  let signal;
  const slow = cache.getOrLoad(
    "key",
    (context) => {
      signal = context.signal;
      return new Promise(() => {});
    },
    { hardTimeoutMs: 1_000 },
  );
  const refused = assert.rejects(slow, { name: "LoadTimeoutError" });
  await Promise.resolve();
  clock.advance(1_000);
  await refused;
  assert.equal(signal?.aborted, true);
  assert.equal(await cache.getOrLoad("key", () => "value"), "value");
  await cache.close();
});

test("after a change that has been heard, no older value is served", async () => {
  const changes = [{ seq: 0, tag: "", stamp: "" }];
  const head = () => /** @type {{ seq: number, tag: string, stamp: string }} */ (changes.at(-1));
  const freshness = createFreshness({
    authority: { poll: async () => ({ epoch: "one", generation: 0, seq: head().seq, stamp: head().stamp, changes }) },
  });
  await freshness.start();
  const cache = createCache({ namespace: "test", freshness });
  const read = () =>
    cache.getOrLoad("key", () => versioned(head().seq, { tag: "trip", version: head().seq, stamp: head().stamp, head: head() }));
  assert.equal(await read(), 0);
  changes.push({ seq: 1, tag: "trip", stamp: "s1" });
  await freshness.hear();
  assert.equal(await read(), 1);
  await cache.close();
  await freshness.close();
});

test("a closed cache refuses to load", async () => {
  const cache = createCache({ namespace: "test" });
  await cache.close();
  await assert.rejects(
    cache.getOrLoad("key", () => "value"),
    CacheClosedError,
  );
});

// The suites for what stands behind the cache run under any runner: here under this one.
const { connect } = createMemoryBackend();
for (const contract of [sharedTierContract, busContract, authorityContract]) runCases(contract({ connect }), test);
