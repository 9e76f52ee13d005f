import { expect, test } from "vitest";
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
