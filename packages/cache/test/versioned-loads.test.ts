import { describe, expect, test, vi } from "vitest";
import { createCache, createFreshness, ManualClock, versioned } from "../src/index.ts";
import { type Deferred, deferred, settled } from "./support/deferred.ts";
import { ScriptedAuthority } from "./support/scripted-authority.ts";

/**
 * A started process whose loads read the database when the test calls `look`, and deliver when it calls `deliver`: so a change can
 * come before, between and after.
 */
async function createProcess() {
  const clock = new ManualClock();
  const authority = new ScriptedAuthority();
  authority.change("trip:1");
  const freshness = createFreshness({ authority, clock });
  await freshness.start();
  const cache = createCache({
    namespace: "test",
    clock,
    freshness,
    policy: { ttlMs: Number.POSITIVE_INFINITY, negativeTtlMs: Number.POSITIVE_INFINITY },
  });
  const loads: { look: Deferred<void>; deliver: Deferred<void> }[] = [];
  const load = vi.fn(async () => {
    const [look, deliver] = [deferred<void>(), deferred<void>()];
    loads.push({ look, deliver });
    await look.promise;
    const found = authority.read("trip:1", "");
    await deliver.promise;
    return versioned(`version ${found.reading.version}`, found.reading);
  });
  return {
    clock,
    authority,
    freshness,
    cache,
    load,
    read: (key = "key") => cache.getOrLoad(key, load),
    /** The load that began as the n-th looks at the database, and, later, delivers. */
    look: async (n = 0) => {
      await settled();
      loads[n]!.look.resolve();
      await settled();
    },
    deliver: async (n = 0) => {
      loads[n]!.deliver.resolve();
      await settled();
    },
    finish: async (n = 0) => {
      await settled();
      loads[n]!.look.resolve();
      loads[n]!.deliver.resolve();
      await settled();
    },
  };
}

test("a loaded value is held until its tag changes", async () => {
  const { authority, freshness, cache, read, finish } = await createProcess();
  const first = read();
  await finish();
  expect(await first).toBe("version 2");
  authority.change("trip:2");
  await freshness.hear();
  expect(cache.peek("key")).toBe("version 2");
  authority.change("trip:1");
  await freshness.hear();
  expect(cache.peek("key")).toBeUndefined();
});

test("negative entries obey the same judge", async () => {
  const { authority, freshness, cache } = await createProcess();
  const readNothing = () => cache.getOrLoad<string | undefined>("unknown", () => authority.read("trip:1", undefined));
  await readNothing();
  await readNothing();
  expect(cache.stats().reads).toMatchObject({ miss: 1, negative: 1 });
  authority.change("trip:1");
  await freshness.hear();
  expect(await cache.getOrLoad<string | undefined>("unknown", () => authority.read("trip:1", "created"))).toBe("created");
});

describe("a change during a load", () => {
  test("that was polled after the database was read: those who began before get the value, and it is not kept", async () => {
    const { authority, freshness, cache, read, look, deliver } = await createProcess();
    const first = read();
    await look();
    authority.change("trip:1");
    await freshness.hear();
    await deliver();
    expect(await first).toBe("version 2");
    expect(cache.peek("key")).toBeUndefined();
    expect(cache.stats().loads).toMatchObject({ discarded: 1, installed: 0 });
  });

  test("who asks after it was heard does not get what the joined load had read before, but reads again", async () => {
    const { authority, freshness, read, look, deliver, finish, load } = await createProcess();
    const before = read();
    await look();
    authority.change("trip:1");
    await freshness.hear();
    const after = read();
    await deliver();
    expect(await before).toBe("version 2");
    await finish(1);
    expect(await after).toBe("version 3");
    expect(load).toHaveBeenCalledTimes(2);
  });

  test("that was not polled yet when the database was read: it is polled before the value is kept or handed out", async () => {
    const { authority, freshness, cache, read, finish } = await createProcess();
    authority.change("trip:1");
    const first = read();
    await finish();
    expect(await first).toBe("version 3");
    expect(freshness.position?.seq).toBe(3);
    expect(cache.peek("key")).toBe("version 3");
  });

  test("if that poll fails, so does the read, and nothing is kept", async () => {
    const { authority, cache, read, finish } = await createProcess();
    authority.change("trip:1");
    vi.spyOn(authority, "poll").mockRejectedValueOnce(new Error("no database"));
    const refused = expect(read()).rejects.toMatchObject({ code: "authority-unavailable" });
    await finish();
    await refused;
    expect(cache.stats()).toMatchObject({ entries: 0, loads: { failed: 1 } });
  });

  test("a tag that nobody has heard of is remembered all the same", async () => {
    const { authority, freshness, cache } = await createProcess();
    const delivered = deferred<void>();
    authority.change("new trip");
    await freshness.hear();
    const first = cache.getOrLoad("new", async () => {
      const found = authority.read("new trip", "old");
      await delivered.promise;
      return found;
    });
    await settled();
    authority.change("new trip");
    await freshness.hear();
    delivered.resolve();
    await first;
    expect(cache.peek("new")).toBeUndefined();
  });

  test("two loads of one tag: the second does not make the first forget what changed", async () => {
    const { authority, freshness, cache, read, look, deliver } = await createProcess();
    const first = read("a");
    await look(0);
    authority.change("trip:1");
    await freshness.hear();
    const second = read("b");
    await look(1);
    await deliver(1);
    await deliver(0);
    expect([await first, await second]).toEqual(["version 2", "version 3"]);
    expect([cache.peek("a"), cache.peek("b")]).toEqual([undefined, "version 3"]);
  });
});

describe("a history that is not the polled one", () => {
  test("a restore before the database is read: it is polled, and read again", async () => {
    const { authority, freshness, cache, read, look, deliver, finish, load } = await createProcess();
    const first = read();
    await settled();
    authority.rows = authority.rows.slice(0, 1);
    authority.change("trip:1", "restored");
    await look();
    await deliver();
    await finish(1);
    expect(await first).toBe("version 2");
    expect(load).toHaveBeenCalledTimes(2);
    expect(freshness.position?.stamp).toBe("restored");
    expect(cache.peek("key")).toBeUndefined();
  });

  test("a restore after the database was read: the value is thrown away, and read again", async () => {
    const { authority, freshness, cache, read, look, deliver, finish } = await createProcess();
    const first = read();
    await look();
    authority.rows = authority.rows.slice(0, 1);
    authority.change("trip:2", "restored");
    await freshness.hear();
    await deliver();
    await finish(1);
    expect(await first).toBe("version 0");
    expect(cache.peek("key")).toBeUndefined();
  });

  test("a break while a load runs: it is not joined any more, reads again, and does not install", async () => {
    const { authority, freshness, cache, read, look, deliver, finish } = await createProcess();
    const before = read();
    await look();
    authority.epoch = "epoch-2";
    await freshness.hear();
    const after = read();
    await finish(1);
    expect(await after).toBe("version 2");
    const held = cache.peek("key");
    await deliver(0);
    await finish(2);
    expect(await before).toBe("version 2");
    expect(cache.peek("key")).toBe(held);
  });

  test("a loader that keeps reading another history is given up after three times, and its value kept for nobody", async () => {
    const { cache, freshness } = await createProcess();
    const load = vi.fn(() =>
      versioned("elsewhere", { tag: "trip:1", version: 2, stamp: "x", head: { seq: 2, stamp: "another database" } }),
    );
    const entry = await cache.getOrLoadEntry("key", load);
    expect(entry.value).toBe("elsewhere");
    expect(load).toHaveBeenCalledTimes(3);
    expect(freshness.isCurrent(entry)).toBe(false);
    expect(cache.stats()).toMatchObject({ entries: 0, loads: { discarded: 3 } });
  });
});

describe("a lease that is over", () => {
  test("is renewed by one poll for all who read, and what is held is served without a load", async () => {
    const { clock, authority, cache, read, finish, load } = await createProcess();
    const first = read();
    await finish();
    await first;
    authority.hold();
    clock.advance(1_900);
    authority.release();
    await settled();
    const polls = authority.polls.length;
    clock.advance(1_900);
    const reads = [read(), read(), read()];
    await settled();
    authority.release();
    expect(await Promise.all(reads)).toEqual(["version 2", "version 2", "version 2"]);
    expect(authority.polls.length).toBe(polls + 1);
    expect(load).toHaveBeenCalledTimes(1);
    expect(cache.stats().reads.hit).toBe(3);
  });

  test("and cannot be renewed within 150 ms: the read is refused, and nothing is served", async () => {
    const { clock, authority, cache, read, finish } = await createProcess();
    const first = read();
    await finish();
    await first;
    authority.hold();
    clock.advance(1_900);
    const refused = Promise.all([1, 2].map(() => expect(read()).rejects.toMatchObject({ code: "authority-unavailable" })));
    await settled();
    clock.advance(150);
    await refused;
    expect(cache.peek("key")).toBeUndefined();
    expect(cache.stats().refused).toBe(2);
  });

  test("a load that outlasted the lease is installed, and current after the next poll", async () => {
    const { clock, authority, cache, freshness, read, look, deliver } = await createProcess();
    const first = read();
    await look();
    authority.hold();
    clock.advance(1_900);
    await deliver();
    expect(await first).toBe("version 2");
    expect(cache.peek("key")).toBeUndefined();
    authority.release();
    await settled();
    clock.advance(400);
    await settled();
    const heard = freshness.hear();
    authority.release();
    await settled();
    authority.release();
    await heard;
    expect(cache.peek("key")).toBe("version 2");
  });
});

describe("set under an authority", () => {
  test("holds what is current, and refuses what is behind", async () => {
    const { authority, freshness, cache } = await createProcess();
    const old = authority.read("trip:1", "old");
    expect(await cache.set("key", old)).toBe("done");
    authority.change("trip:1");
    await freshness.hear();
    expect(await cache.set("key", old)).toBe("not-kept");
    expect(cache.peek("key")).toBeUndefined();
    expect(await cache.set("key", authority.read("trip:1", "new"))).toBe("done");
    expect(cache.peek("key")).toBe("new");
  });

  test("polls first when the value is ahead of what was polled", async () => {
    const { authority, freshness, cache } = await createProcess();
    authority.change("trip:1");
    expect(await cache.set("key", authority.read("trip:1", "new"))).toBe("done");
    expect(freshness.position?.seq).toBe(3);
  });
});

test("a value without a version is refused, loaded or set", async () => {
  const { cache } = await createProcess();
  await expect(cache.getOrLoad("key", () => "bare")).rejects.toMatchObject({ code: "unversioned" });
  await expect(cache.set("key", "bare")).rejects.toMatchObject({ code: "unversioned" });
  expect(cache.stats()).toMatchObject({ entries: 0, loads: { failed: 1 } });
});

test("without an authority, too, a read after an invalidation does not take what the joined load turns out to carry", async () => {
  const cache = createCache({ namespace: "test" });
  const loading = deferred<void>();
  let loads = 0;
  const load = async () => {
    const value = `load ${++loads}`;
    await loading.promise;
    return versioned(value, { tag: "trip:1", version: 1, stamp: "s", head: { seq: 1, stamp: "s" } });
  };
  const first = cache.getOrLoad("key", load);
  await settled();
  const before = cache.getOrLoad("key", load);
  await cache.invalidateTags(["trip:1"]);
  const after = cache.getOrLoad("key", load);
  await cache.invalidateTags(["trip:1"]);
  loading.resolve();
  expect([await first, await before, await after]).toEqual(["load 1", "load 1", "load 2"]);
  expect(cache.peek("key")).toBe("load 2");
});

test("without an authority a versioned value is an ordinary one", async () => {
  const cache = createCache({ namespace: "test" });
  const reading = { tag: "trip:1", version: 1, stamp: "s", head: { seq: 1, stamp: "s" } };
  expect(await cache.getOrLoad("key", () => versioned("value", reading))).toBe("value");
  await cache.invalidateTags(["trip:1"]);
  expect(cache.peek("key")).toBeUndefined();
});

test("invalidating the tag that only the value names beats the load that is in progress", async () => {
  const { cache, read, look, deliver } = await createProcess();
  const first = read();
  await look();
  await cache.invalidateTags(["trip:1"]);
  await deliver();
  expect(await first).toBe("version 2");
  expect(cache.peek("key")).toBeUndefined();
});

test("a cache does not live by another clock than what judges it", async () => {
  const { freshness, clock } = await createProcess();
  expect(() => createCache({ namespace: "test", freshness, clock: new ManualClock() })).toThrow("clock");
  expect(createCache({ namespace: "test", freshness, clock }).stats().entries).toBe(0);
  expect(createCache({ namespace: "test", freshness }).stats().entries).toBe(0);
});

test.each([
  [{ version: 3, head: { seq: 2, stamp: "s" } }],
  [{ version: -1, head: { seq: 2, stamp: "s" } }],
  [{ version: 1.5, head: { seq: 2, stamp: "s" } }],
  [{ version: 1, head: { seq: Number.NaN, stamp: "s" } }],
])("a reading that cannot be is refused: %o", (part) => {
  expect(() => versioned("value", { tag: "trip:1", stamp: "s", ...part })).toThrow("trip:1");
});
