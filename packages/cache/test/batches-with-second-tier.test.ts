import { describe, expect, test } from "vitest";
import { createCache, createFreshness, ManualClock, type Reading, type Versioned } from "../src/index.ts";
import { createMemoryBackend } from "../src/testing/index.ts";
import { capitals } from "./support/capitals.ts";
import { deferred } from "./support/deferred.ts";
import { createNodes, pass, shipped } from "./support/nodes.ts";
import { ScriptedAuthority } from "./support/scripted-authority.ts";

describe("a batch with a second tier", () => {
  test("asks it once for all that is not held, and the loader once for what it lacks", async () => {
    const { caches, store } = await createNodes();
    const [a, b] = caches;
    const { asked, load } = capitals();
    await a.getOrLoadMany(["a", "b", "c"], load);
    await shipped();
    await b.set("c", "held");
    store.reset();
    expect(await b.getOrLoadMany(["x", "a", "c", "y", "b"], load)).toEqual(["X", "A", "held", "Y", "B"]);
    expect(asked.slice(1)).toEqual([["x", "y"]]);
    expect(store.commands).toMatchObject({ get: 1, keys: 4 });
    expect(b.stats()).toMatchObject({ reads: { hit: 3, miss: 2 }, hitsFromL2: 2, l2: { reads: { accepted: 2, missing: 2 } } });
    await shipped();
    expect(store.commands).toMatchObject({ set: 2 });
  });

  test("does not ask it for what is kept in memory only, and asks it alone for what is kept only there", async () => {
    const { caches, store } = await createNodes(1);
    const { asked, load } = capitals();
    await caches[0].getOrLoadMany(["a", "b"], load, { tiers: "l1" });
    await shipped();
    expect(store.commands).toMatchObject({ get: 0, set: 0 });
    await caches[0].getOrLoadMany(["c", "d"], load, { tiers: "l2" });
    await shipped();
    expect(await caches[0].getOrLoadMany(["c", "d"], load, { tiers: "l2" })).toEqual(["C", "D"]);
    expect(asked).toEqual([
      ["a", "b"],
      ["c", "d"],
    ]);
    expect(caches[0].stats()).toMatchObject({ entries: 2, hitsFromL2: 2 });
  });

  test("takes no lock, though its policy would", async () => {
    const { caches, store } = await createNodes(1, { policy: { fillLock: true } });
    await caches[0].getOrLoadMany(["a", "b"], capitals().load);
    expect(store.commands.lock).toBe(0);
  });

  test("that hangs waits for it once, and loads", async () => {
    const { clock, caches, connections } = await createNodes(1);
    connections[0]!.tier.misbehave({ hangs: 1 });
    const batch = caches[0].getOrLoadMany(["a", "b"], capitals().load);
    await pass(clock, 50);
    expect(await batch).toEqual(["A", "B"]);
    expect(caches[0].stats().l2!.reads).toMatchObject({ late: 2, unavailable: 0 });
  });

  test("whose value makes the policy's own function throw keeps no other key waiting", async () => {
    const { caches } = await createNodes();
    const [a, b] = caches;
    await a.getOrLoad("a", () => "bad");
    await shipped();
    const sizeBytes = (value: string | undefined) => {
      if (value === "bad") throw new Error("no size");
      return 1;
    };
    expect(await b.getOrLoadMany(["a", "b"], capitals().load, { sizeBytes })).toEqual(["A", "B"]);
  });

  test("finds what is over there, serves it, and asks for it together with what is missing elsewhere", async () => {
    const { clock, caches } = await createNodes(2, { policy: { ttlMs: 1_000, staleWhileRevalidateMs: 500 } });
    const [a, b] = caches;
    await a.getOrLoadMany(["a", "b"], capitals().load);
    await shipped();
    clock.advance(1_200);
    const asked: (readonly string[])[] = [];
    const load = async (keys: readonly string[]) => {
      asked.push(keys);
      return new Map(keys.map((key) => [key, `new ${key}`]));
    };
    expect(await b.getOrLoadMany(["a", "b", "c"], load)).toEqual(["A", "B", "new c"]);
    await shipped();
    expect(asked.flat().toSorted()).toEqual(["a", "b", "c"]);
    expect(await b.getOrLoadMany(["a", "b", "c"], load)).toEqual(["new a", "new b", "new c"]);
  });
});

describe("a batch under a freshness", () => {
  async function createProcesses() {
    const clock = new ManualClock();
    const questions: string[] = [];
    const authority = Object.assign(new ScriptedAuthority(), {
      versionOf: async (tag: string): Promise<Reading> => {
        questions.push(tag);
        return authority.read(tag, 0).reading;
      },
    });
    authority.change("trip:1");
    const l2 = createMemoryBackend({ clock });
    const create = async () => {
      const freshness = createFreshness({ authority, clock });
      await freshness.start();
      return createCache({ namespace: "test", freshness, l2, policy: { versionTag: "trip:1" } });
    };
    const load = async (keys: readonly string[]) =>
      new Map<string, Versioned<string>>(keys.map((key) => [key, authority.read("trip:1", key.toUpperCase())]));
    return { authority, questions, caches: [await create(), await create()] as const, load };
  }

  test("takes each value with its own reading", async () => {
    const { authority, caches, load } = await createProcesses();
    expect(await caches[0].getOrLoadMany(["a", "b"], load)).toEqual(["A", "B"]);
    expect(caches[0].peek("b")).toBe("B");
    authority.change("trip:1");
    await caches[0].set("b", authority.read("trip:1", "set"));
    expect([caches[0].peek("a"), caches[0].peek("b")]).toEqual([undefined, "set"]);
  });

  test("has no value for a key that is missing in the answer, which is not kept, as it is said of no version", async () => {
    const { caches, load } = await createProcesses();
    const asked: (readonly string[])[] = [];
    const loadSome = (keys: readonly string[]) => {
      asked.push(keys);
      return load(keys.filter((key) => key !== "x"));
    };
    expect(await caches[0].getOrLoadMany(["a", "x"], loadSome)).toEqual(["A", undefined]);
    expect(await caches[0].getOrLoadMany(["a", "x"], loadSome)).toEqual(["A", undefined]);
    expect(await caches[0].getOrLoadMany(["x"], () => new Map([["x", undefined]]))).toEqual([undefined]);
    expect(asked).toEqual([["a", "x"], ["x"]]);
    expect(caches[0].stats()).toMatchObject({ negativeEntries: 0 });
  });

  test("keeps that there is no value where the answer says of which version, until that changes", async () => {
    const { authority, caches } = await createProcesses();
    const loadNone = () => new Map([["x", authority.read("trip:1", undefined)]]);
    expect(await caches[0].getOrLoadMany(["x"], loadNone)).toEqual([undefined]);
    expect(await caches[0].getOrLoadMany(["x"], () => expect.unreachable())).toEqual([undefined]);
    authority.change("trip:1");
    await caches[0].set("other", authority.read("trip:1", "set"));
    expect(await caches[0].getOrLoadMany(["x"], () => new Map([["x", authority.read("trip:1", "X")]]))).toEqual(["X"]);
  });

  test("that was replaced while it was loaded tells those who came later what there is then", async () => {
    const { authority, caches } = await createProcesses();
    const begun = deferred<void>();
    const answer = deferred<Map<string, Versioned<string>>>();
    const early = caches[0].getOrLoadMany(["x"], () => {
      begun.resolve();
      return answer.promise;
    });
    await begun.promise;
    authority.change("trip:1");
    await caches[0].set("other", authority.read("trip:1", "set"));
    const late = caches[0].getOrLoad("x", () => authority.read("trip:1", "X"));
    answer.resolve(new Map());
    expect(await Promise.all([early, late])).toEqual([[undefined], "X"]);
  });

  test("asks the authority once, however many keys are of one tag, and not at all where it is known", async () => {
    const { questions, caches, load } = await createProcesses();
    const [a, b] = caches;
    await a.getOrLoadMany(["a", "b", "c"], load);
    await shipped();
    questions.length = 0;
    expect(await b.getOrLoadMany(["a", "b"], () => expect.unreachable())).toEqual(["A", "B"]);
    expect(questions).toEqual(["trip:1"]);
    expect(await b.getOrLoadMany(["c"], () => expect.unreachable())).toEqual(["C"]);
    expect(questions).toEqual(["trip:1"]);
    expect(b.stats()).toMatchObject({ hitsFromL2: 3, l2: { reads: { accepted: 3 } } });
  });
});
