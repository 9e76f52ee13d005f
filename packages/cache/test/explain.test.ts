import { describe, expect, test } from "vitest";
import { createCache, createFreshness, ManualClock, type Policy } from "../src/index.ts";
import { settled } from "./support/deferred.ts";
import { createNodes, never, pass, shipped, skip } from "./support/nodes.ts";
import { ScriptedAuthority } from "./support/scripted-authority.ts";

function createHere(policy: Policy = {}) {
  const clock = new ManualClock();
  const cache = createCache({ namespace: "test", clock, l1: { maxEntries: 1 }, policy: { ttlMs: 100, ...policy } });
  const because = async () => (await cache.explain("key")).because;
  return { clock, cache, because };
}

describe("because", () => {
  test("nothing is held, and nothing is remembered", async () => {
    const { cache, because } = createHere();
    expect(await because()).toBe("Nothing is held, and nothing is remembered of it.");
    await cache.set("key", 1);
    await cache.clear();
    expect(await because()).toBe("Nothing is held, and nothing is remembered of it.");
  });

  test("it is held and fresh", async () => {
    const { cache, because } = createHere();
    await cache.set("key", 1);
    expect(await because()).toBe("It is held, and current.");
  });

  test("it is held that there is none", async () => {
    const { cache, because } = createHere();
    await cache.set("key", undefined);
    expect(await because()).toBe("It is known that there is none.");
  });

  test("its time is over, stale, in grace or dead", async () => {
    const { clock, cache, because } = createHere({ staleWhileRevalidateMs: 10, graceMs: 20 });
    await cache.set("key", 1);
    const verdicts: unknown[] = [];
    for (const ms of [100, 10, 10.4]) {
      clock.advance(ms);
      verdicts.push((await cache.explain("key")).verdict, await because());
    }
    expect(verdicts).toEqual([
      "stale",
      "It is held, but its time was over 0 ms ago.",
      "grace",
      "It is held, but its time was over 10 ms ago.",
      "miss",
      "It is held, but its time was over 20 ms ago.",
    ]);
  });

  test("it was expired, or all was flushed, and a copy is kept", async () => {
    const { cache, because } = createHere({ graceMs: 1_000 });
    for (const soften of [() => cache.expire("key"), () => cache.flush()]) {
      await cache.set("key", 1);
      await soften();
      expect(await because()).toBe("It is held only in case that no newer one can be had: it was expired, or all was flushed.");
    }
  });

  test("it was evicted", async () => {
    const { clock, cache, because } = createHere();
    await cache.set("key", 1);
    await cache.set("other", 1);
    clock.advance(7);
    expect(await because()).toBe("It was evicted 7 ms ago, so that others fit.");
  });

  test("it was deleted, or its tag invalidated", async () => {
    const { clock, cache, because } = createHere({ tags: ["tag"] });
    await cache.set("key", 1);
    await cache.delete("key");
    clock.advance(7);
    expect(await because()).toBe("It was invalidated 7 ms ago.");
    await cache.set("key", 1);
    await cache.invalidateTags(["tag"]);
    expect(await because()).toBe('Its tag "tag" was invalidated 0 ms ago.');
  });

  test("something newer is known, or the lease is over", async () => {
    const clock = new ManualClock();
    const authority = new ScriptedAuthority();
    const freshness = createFreshness({ authority, clock });
    await freshness.start();
    const cache = createCache({ namespace: "test", freshness });
    const explained = async () => {
      const { verdict, because } = await cache.explain("key");
      return [verdict, because];
    };
    await cache.getOrLoad("key", () => authority.read("trip:1", 1));
    authority.hold();
    clock.advance(1_900);
    await settled();
    expect(await explained()).toEqual(["miss", "It is held, but nobody can vouch for it now: the lease is over."]);
    authority.release();
    await settled();
    authority.change("trip:1");
    const heard = freshness.hear();
    authority.release();
    await heard;
    expect(await explained()).toEqual(["miss", "It is held, but something newer is known, or nobody can vouch for it any more."]);
  });
});

describe("what is held here", () => {
  test("is told with its times, tags, version, size and family, from now", async () => {
    const { clock, cache } = createHere({ staleWhileRevalidateMs: 10, graceMs: 20 });
    await cache.set("key", "value", { tags: ["a", "b"], sizeBytes: 77, family: "words" });
    clock.advance(30);
    expect(await cache.explain("key")).toEqual({
      key: "key",
      verdict: "fresh",
      because: "It is held, and current.",
      l1: {
        verdict: "fresh",
        negative: false,
        ageMs: 30,
        expiresInMs: 70,
        staleForMs: 80,
        graceForMs: 90,
        tag: "",
        version: 0,
        tags: ["a", "b"],
        bytes: 77,
        family: "words",
      },
      l2: undefined,
      loading: false,
      departure: undefined,
      verified: true,
    });
  });

  test("went for a reason, which is forgotten once it is held again", async () => {
    const { clock, cache } = createHere({ tags: ["tag"] });
    await cache.set("key", 1);
    await cache.invalidateTags(["tag"]);
    clock.advance(5);
    expect((await cache.explain("key")).departure).toEqual({ cause: "invalidated", tag: "tag", agoMs: 5 });
    await cache.set("key", 2);
    expect((await cache.explain("key")).departure).toBeUndefined();
    await cache.delete("key");
    expect((await cache.explain("key")).departure).toEqual({ cause: "invalidated", agoMs: 0 });
  });

  test("is being loaded", async () => {
    const { cache } = createHere();
    void cache.getOrLoad<string>("key", never).catch(() => {});
    expect(await cache.explain("key")).toMatchObject({ verdict: "miss", loading: true });
  });

  test("is explained without being read: nothing is counted, loaded, or told", async () => {
    const { cache } = createHere();
    cache.on("read", () => expect.unreachable());
    await cache.set("key", 1);
    const before = cache.stats();
    await cache.explain("key");
    await cache.explain("none");
    expect(cache.stats()).toEqual(before);
  });
});

describe("what the second tier holds", () => {
  test("is told with its verdict, though this process holds nothing", async () => {
    const { caches } = await createNodes();
    const [a, b] = caches;
    await a.getOrLoad("key", () => "value", { tags: ["tag"] });
    await shipped();
    const { l1, l2, verdict } = await b.explain("key");
    expect({ l1, verdict }).toEqual({ l1: undefined, verdict: "miss" });
    expect(l2).toEqual({ verdict: "current", tag: "", version: 0, tags: ["tag"], bytes: 7, codec: expect.stringMatching(/^json1/) });
    expect(b.stats().l2!.reads).toEqual({ accepted: 0, over: 0, refused: 0, missing: 0, garbage: 0, late: 0, unavailable: 0 });
  });

  test("is over after an expire, and refused after an invalidation", async () => {
    const { caches } = await createNodes();
    const [a, b] = caches;
    for (const [invalidate, verdict] of [
      [() => b.expire("key"), "over"],
      [() => b.invalidateTags(["tag"]), "refused"],
    ] as const) {
      await a.getOrLoad("key", () => "value", { tags: ["tag"], graceMs: 1e6 });
      await shipped();
      await invalidate();
      expect((await b.explain("key")).l2).toMatchObject({ verdict });
    }
  });

  test("of a value that a database versions is not known before that is asked", async () => {
    const clock = new ManualClock();
    const { store } = await createNodes(1);
    const authority = new ScriptedAuthority();
    const freshness = createFreshness({ authority, clock });
    await freshness.start();
    const cache = createCache({ namespace: "other", freshness, l2: store });
    await cache.getOrLoad("key", () => authority.read("trip:1", "value"), { versionTag: "trip:1" });
    await shipped();
    expect((await cache.explain("key")).l2).toMatchObject({ verdict: "unknown", tag: "trip:1" });
  });

  test("is unknown where it does not answer, or nothing readable is there", async () => {
    const { clock, caches, connections } = await createNodes(1);
    const [a] = caches;
    await a.getOrLoad("key", () => "value");
    await shipped();
    connections[0]!.tier.misbehave({ hangs: 1 });
    const explaining = a.explain("key");
    await pass(clock, 50);
    expect(await explaining).toMatchObject({ verdict: "fresh", l2: undefined });
    connections[0]!.tier.misbehave({});
    await connections[0]!.tier.set("key", new Uint8Array([1, 2, 3]), 1_000);
    expect((await a.explain("key")).l2).toBeUndefined();
  });

  test("is not verified while the log is away", async () => {
    const { clock, caches, connections } = await createNodes(1);
    const [a] = caches;
    await a.getOrLoad("key", () => "value");
    await shipped();
    connections[0]!.authority.misbehave({ rejects: 1 });
    await skip(clock, 2_000);
    expect(await a.explain("key")).toMatchObject({ verdict: "fresh", verified: false, l2: { verdict: "refused" } });
  });
});

test("why keys went is remembered for the last 2,000", async () => {
  const cache = createCache({ namespace: "test" });
  for (let i = 0; i <= 2_000; i++) {
    await cache.set(`key ${i}`, i);
    await cache.delete(`key ${i}`);
  }
  const causes = await Promise.all(["key 0", "key 1", "key 2000"].map(async (key) => (await cache.explain(key)).departure?.cause));
  expect(causes).toEqual([undefined, "invalidated", "invalidated"]);
});
