import { describe, expect, test } from "vitest";
import { createCache, createFreshness, ManualClock, type Versioned } from "../src/index.ts";
import { deferred, settled } from "./support/deferred.ts";
import { ScriptedAuthority } from "./support/scripted-authority.ts";

const POLICY = { ttlMs: 100, graceMs: 60_000, softTimeoutMs: 20 };

/** A process that holds "old" for "key", which is over but in its grace, and is loading it again. */
async function createReloading() {
  const clock = new ManualClock();
  const authority = new ScriptedAuthority();
  const freshness = createFreshness({ authority, clock });
  const cache = createCache({ namespace: "test", clock, freshness, policy: POLICY, l1: { maxEntries: 10 } });
  await freshness.start();
  await cache.getOrLoad("key", () => authority.read("trip:1", "old"));
  clock.advance(POLICY.ttlMs);
  const loading = deferred<Versioned<string>>();
  const reload = () => cache.getOrLoad("key", () => loading.promise);
  const first = reload();
  await settled();
  return { clock, authority, freshness, cache, loading, first, reload };
}

test("what is over stands in for a slow load, unless something newer has been heard of since the load began", async () => {
  const { clock, authority, freshness, loading, first, reload } = await createReloading();
  clock.advance(POLICY.softTimeoutMs);
  expect(await first).toBe("old");

  authority.change("trip:1");
  await freshness.hear();
  const second = reload();
  await settled();
  clock.advance(POLICY.softTimeoutMs);
  loading.resolve(authority.read("trip:1", "new"));
  expect(await second).toBe("new");
});

test("what is over does not stand in for a slow load when everything from before is void", async () => {
  const { clock, authority, freshness, loading, first } = await createReloading();
  authority.epoch = "epoch-2";
  await freshness.hear();
  clock.advance(POLICY.softTimeoutMs);
  loading.resolve(authority.read("trip:1", "new"));
  expect(await first).toBe("new");
});

test("what was evicted while it was loaded again does not stand in when the load fails: nobody would know of a newer one", async () => {
  const { authority, freshness, cache, loading, first, reload } = await createReloading();
  // So many others that its tag is forgotten as well.
  for (let other = 2; other < 1_100; other++) await cache.getOrLoad(`other ${other}`, () => authority.read(`trip:${other}`, "other"));
  authority.change("trip:1");
  await freshness.hear();
  const second = reload();
  await settled();
  loading.reject(new Error("The database is away."));
  await expect(first).rejects.toThrow("The database is away.");
  await expect(second).rejects.toThrow("The database is away.");
});

test("without a lease, and nobody to give one, a value in its grace is served, and one without is refused", async () => {
  const clock = new ManualClock();
  const authority = new ScriptedAuthority();
  const freshness = createFreshness({ authority, clock });
  const cache = createCache({ namespace: "test", clock, freshness });
  await freshness.start();
  const policy = { graceMs: 60_000, staleWhileRevalidateMs: 60_000 };
  await cache.getOrLoad("graced", () => authority.read("trip:1", "old"), policy);
  await cache.getOrLoad("plain", () => authority.read("trip:1", "old"));
  const told: unknown[] = [];
  cache.on("read", ({ status, tier }) => told.push([status, tier]));
  authority.hold();
  clock.advance(1_900);
  await settled();
  const graced = cache.getOrLoad("graced", () => expect.unreachable(), policy);
  const plain = expect(cache.getOrLoad("plain", () => expect.unreachable())).rejects.toMatchObject({ code: "authority-unavailable" });
  await settled();
  clock.advance(150);
  expect(await graced).toBe("old");
  await plain;
  expect(told).toEqual([["grace", "l1"]]);
  expect(cache.stats()).toMatchObject({ refused: 1, loads: { failed: 0 } });
});

/** A running process that holds "old" for "key" for ever, and whose authority goes away now. */
async function createAbandoned({ started = true, ...options }: { readonly started?: boolean; readonly standInMs?: number } = {}) {
  const clock = new ManualClock();
  const authority = new ScriptedAuthority();
  const freshness = createFreshness({ authority, clock, ...options });
  const cache = createCache({ namespace: "test", clock, freshness, policy: { ttlMs: Number.POSITIVE_INFINITY, graceMs: 60_000 } });
  await (started ? freshness.start() : freshness.hear());
  const entry = await cache.getOrLoadEntry("key", () => authority.read("trip:1", "old"));
  authority.hold();
  const read = () => cache.getOrLoad("key", () => expect.unreachable());
  /** Time goes on, and each poll that is due fails. */
  const pass = async (ms: number) => {
    for (const until = clock.now() + ms; clock.now() < until; ) {
      clock.advance(Math.min(100, until - clock.now()));
      await settled();
      authority.release(new Error("The database is away."));
      await settled();
    }
  };
  return { clock, authority, freshness, cache, entry, read, pass };
}

test("while the authority is away nobody waits for it: what stands in does so at once, and the rest is refused at once", async () => {
  const { clock, authority, freshness, cache, read, pass } = await createAbandoned();
  await pass(2_000);
  const [polls, alarms] = [authority.polls.length, clock.alarms];
  expect(await read()).toBe("old");
  await expect(cache.getOrLoad("other", () => expect.unreachable())).rejects.toMatchObject({
    code: "authority-unavailable",
    cause: { message: "The database is away." },
  });
  await expect(freshness.renew()).rejects.toMatchObject({ code: "authority-unavailable" });
  expect([authority.polls.length, clock.alarms]).toEqual([polls, alarms]);
});

test("with the first poll that the authority answers again, what stood in is current", async () => {
  const { clock, authority, freshness, entry, read, pass } = await createAbandoned();
  await pass(60_000);
  expect(freshness.isCurrent(entry)).toBe(false);
  clock.advance(400);
  await settled();
  authority.release();
  await settled();
  expect(freshness.isCurrent(entry)).toBe(true);
  expect(await read()).toBe("old");
});

test("where nothing is polled in the background, a read polls whatever the last poll was", async () => {
  const { authority, freshness, entry, pass, clock } = await createAbandoned({ started: false });
  clock.advance(2_000);
  const failing = expect(freshness.renew()).rejects.toMatchObject({ code: "authority-unavailable" });
  await pass(100);
  await failing;
  const renewing = freshness.renew();
  await settled();
  authority.release();
  await renewing;
  expect(freshness.isCurrent(entry)).toBe(true);
});

test("nothing stands in later than standInMs after the last poll that succeeded, to the millisecond", async () => {
  const { freshness, entry, read, pass, clock } = await createAbandoned({ standInMs: 10_000 });
  await pass(9_999);
  expect(freshness.mayStandIn(entry)).toBe(true);
  expect(await read()).toBe("old");
  clock.advance(1);
  expect(freshness.mayStandIn(entry)).toBe(false);
  await expect(read()).rejects.toMatchObject({ code: "authority-unavailable" });
});

test("by default that is an hour, and with 0 nothing ever stands in", async () => {
  const { freshness, entry, clock } = await createAbandoned();
  clock.advance(3_599_999);
  expect(freshness.mayStandIn(entry)).toBe(true);
  clock.advance(1);
  expect(freshness.mayStandIn(entry)).toBe(false);
  const never = await createAbandoned({ standInMs: 0 });
  expect(never.freshness.mayStandIn(never.entry)).toBe(false);
});

/** A running process that holds "old" for "key", which may stand in for 10 s. */
async function createHolding() {
  const clock = new ManualClock();
  const authority = new ScriptedAuthority();
  const freshness = createFreshness({ authority, clock, standInMs: 10_000 });
  const cache = createCache({ namespace: "test", clock, freshness, policy: { graceMs: 60_000 } });
  await freshness.start();
  const entry = await cache.getOrLoadEntry("key", () => authority.read("trip:1", "old"));
  return { clock, authority, freshness, cache, entry };
}

test("what soft flushes left behind stands in for standInMs after the flush, whatever was polled since", async () => {
  const { clock, authority, freshness, entry } = await createHolding();
  const flush = async () => {
    authority.generation++;
    await freshness.hear();
  };
  await flush();
  clock.advance(5_000);
  await settled();
  await flush();
  clock.advance(4_999);
  await settled();
  expect(freshness.mayStandIn(entry)).toBe(true);
  clock.advance(1);
  await settled();
  expect(freshness.mayStandIn(entry)).toBe(false);
  await flush();
  expect(freshness.mayStandIn(entry)).toBe(false);
});

describe("a soft flush of a tag", () => {
  async function createFlushed() {
    const { authority, freshness, ...held } = await createHolding();
    const flush = async () => {
      authority.flushTag("trip:1");
      await freshness.hear();
    };
    await flush();
    return { authority, freshness, flush, ...held };
  }

  test("makes what was made from it not current, and lets it stand in for a load that fails", async () => {
    const { cache, freshness, entry } = await createFlushed();
    expect(freshness.isCurrent(entry)).toBe(false);
    expect(await cache.getOrLoad("key", () => Promise.reject(new Error("away")))).toBe("old");
    expect(cache.stats()).toMatchObject({ reads: { grace: 1 } });
  });

  test("counts from the first of several, to the millisecond", async () => {
    const { clock, freshness, entry, flush } = await createFlushed();
    clock.advance(5_000);
    await settled();
    await flush();
    clock.advance(4_999);
    await settled();
    expect(freshness.mayStandIn(entry)).toBe(true);
    clock.advance(1);
    expect(freshness.mayStandIn(entry)).toBe(false);
  });

  test("saves nothing from a change of the tag, be it before or afterwards", async () => {
    const { authority, freshness, entry, flush } = await createFlushed();
    authority.change("trip:1");
    await freshness.hear();
    expect(freshness.mayStandIn(entry)).toBe(false);
    await flush();
    expect(freshness.mayStandIn(entry)).toBe(false);
  });

  test("ends for the tag when something newer is held, and says nothing of other tags", async () => {
    const { authority, cache, freshness, entry, flush } = await createFlushed();
    const other = await cache.getOrLoadEntry("other", () => authority.read("trip:2", "other"));
    const newer = await cache.getOrLoadEntry("key", () => authority.read("trip:1", "new"));
    expect([newer, other].map((held) => freshness.isCurrent(held))).toEqual([true, true]);
    expect(freshness.mayStandIn(entry)).toBe(false);
    await flush();
    expect([freshness.isCurrent(newer), freshness.mayStandIn(newer), freshness.isCurrent(other)]).toEqual([false, true, true]);
  });

  test("gives way to the end of its generation, where that was before", async () => {
    const { clock, authority, freshness, cache } = await createFlushed();
    const entry = await cache.getOrLoadEntry("key", () => authority.read("trip:1", "new"));
    authority.generation++;
    await freshness.hear();
    clock.advance(5_000);
    await settled();
    authority.flushTag("trip:1");
    await freshness.hear();
    clock.advance(5_000);
    await settled();
    expect(freshness.mayStandIn(entry)).toBe(false);
  });
});
