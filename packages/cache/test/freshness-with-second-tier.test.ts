import { describe, expect, test, vi } from "vitest";
import { createCache, createFreshness, none, type Reading } from "../src/index.ts";
import { createMemoryBackend } from "../src/testing/index.ts";
import { deferred, settled } from "./support/deferred.ts";
import { pass, shipped, stateOf } from "./support/nodes.ts";
import { createProcesses, createShared } from "./support/processes.ts";

describe("a value in the second tier", () => {
  test("of a tag that is not known yet is taken after one question to the authority; from then on there is none", async () => {
    const { b, questions, store } = await createShared();
    expect(await b.read("not called")).toBe("old");
    expect(await b.read("not called")).toBe("old");
    expect(questions).toEqual(["trip:1"]);
    expect(store.commands).toMatchObject({ get: 1, keys: 1, set: 0 });
    expect(b.cache.stats()).toMatchObject({ reads: { hit: 2 }, hitsFromL2: 1 });
  });

  test("of a tag that is known is taken without a question", async () => {
    const { authority, b, questions } = await createShared();
    await b.cache.getOrLoad("sibling", () => authority.read("trip:1", "of the same trip"));
    questions.length = 0;
    expect(await b.read("not called")).toBe("old");
    expect(questions).toEqual([]);
  });

  test("is taken by a process that has just started, so that a restart loads nothing", async () => {
    const { start } = await createShared();
    const c = await start();
    expect(await c.read("not called")).toBe("old");
  });

  test("is refused when the database says a newer version", async () => {
    const { authority, b } = await createShared();
    authority.change("trip:1");
    expect(await b.read("new")).toBe("new");
    expect(b.cache.stats().l2!.reads).toMatchObject({ accepted: 0, refused: 1 });
  });

  test("is refused when it is of the same version by another stamp: that number was given twice, by a restore", async () => {
    const { authority, b } = await createShared();
    authority.rows = authority.rows.slice(0, 1);
    authority.change("trip:1", "restored");
    expect(await b.read("new")).toBe("new");
  });

  test("is refused in another epoch, and after a soft flush", async () => {
    for (const [what, value] of [
      ["epoch", "epoch-2"],
      ["generation", 1],
    ] as const) {
      const { authority, b } = await createShared();
      Object.assign(authority, { [what]: value });
      await b.freshness.hear();
      expect(await b.read("new")).toBe("new");
    }
  });

  test("of another tag than the policy names is refused", async () => {
    const { authority, b } = await createShared();
    authority.change("trip:2");
    const read = b.cache.getOrLoad("key", () => authority.read("trip:2", "other"), { versionTag: "trip:2" });
    expect(await read).toBe("other");
  });

  test("is refused if its tag changes, and that is polled, while it is on its way", async () => {
    const { authority, clock, connections, b } = await createShared();
    connections[1]!.tier.misbehave({ answersLate: 1, lateMs: 40 });
    const read = b.read("new");
    await shipped();
    authority.change("trip:1");
    await b.freshness.hear();
    clock.advance(40);
    expect(await read).toBe("new");
    expect(b.cache.peek("key")).toBe("new");
  });

  test("is judged by what was polled: an answer from a newer snapshot is polled first, one from another history is nothing", async () => {
    const { authority, b } = await createShared();
    authority.change("trip:2");
    expect(await b.read("not called")).toBe("old");
    expect(b.freshness.position?.seq).toBe(3);

    const other = await createShared();
    other.authority.versionOf.mockResolvedValueOnce({
      ...other.authority.read("trip:1", 0).reading,
      head: { seq: 2, stamp: "elsewhere" },
    });
    expect(await other.b.read("new")).toBe("new");
  });

  test("is not taken when the authority cannot be asked; nor is it waited for longer than L", async () => {
    const { authority, b } = await createShared();
    authority.versionOf.mockRejectedValueOnce(new Error("no database"));
    expect(await b.read("loaded")).toBe("loaded");

    const other = await createShared();
    other.authority.versionOf.mockReturnValueOnce(new Promise(() => {}));
    const read = other.b.read("loaded");
    await pass(other.clock, 1_900, 100);
    expect(await stateOf(read)).toBe("pending");
    await pass(other.clock, 200, 100);
    expect(await read).toBe("loaded");
  });

  test("whose authority has no versionOf is never taken", async () => {
    const { authority, b } = await createShared();
    Object.assign(authority, { versionOf: undefined });
    expect(await b.read("loaded")).toBe("loaded");
  });

  test("that is over may stand in if the source is away, but not when its tag has changed", async () => {
    const policy = { ttlMs: 1_000, graceMs: 1e6 };
    const { clock, authority, b, start } = await createShared(policy);
    clock.advance(1_500);
    await settled();
    clock.advance(400);
    await settled();
    const failing = () => Promise.reject(new Error("no source"));
    expect(await b.cache.getOrLoad("key", failing)).toBe("old");
    authority.change("trip:1");
    const c = await start();
    await expect(c.cache.getOrLoad("key", failing)).rejects.toThrow("no source");
  });
});

describe("one question", () => {
  test("for all who need the same tag at once, each judged by its own ticket", async () => {
    const { authority, a, b, questions } = await createProcesses();
    for (const key of ["x", "y", "z"]) await a.cache.getOrLoad(key, () => authority.read("trip:1", key));
    await shipped();
    questions.length = 0;
    const reads = ["x", "y", "z"].map((key) => b.cache.getOrLoad(key, () => authority.read("trip:1", "loaded")));
    expect(await Promise.all(reads)).toEqual(["x", "y", "z"]);
    expect(questions).toEqual(["trip:1"]);
  });

  test("is answered to whoever asked before a change was polled, and to nobody who came after", async () => {
    const { authority, a, b } = await createShared();
    await a.cache.getOrLoad("sibling", () => authority.read("trip:1", "old sibling"));
    await shipped();
    const asked = deferred<Reading>();
    authority.versionOf.mockReturnValueOnce(asked.promise);
    const before = authority.read("trip:1", 0).reading;
    const early = b.read("new");
    await settled();
    authority.change("trip:1");
    await b.freshness.hear();
    const late = b.cache.getOrLoad("sibling", () => authority.read("trip:1", "new sibling"));
    await settled();
    asked.resolve(before);
    expect(await Promise.all([early, late])).toEqual(["new", "new sibling"]);
  });
});

describe("without a versionTag", () => {
  test("nothing there could be judged, so it is neither asked nor given anything", async () => {
    const { clock, store, authority } = await createShared();
    const freshness = createFreshness({ authority, clock });
    await freshness.start();
    const cache = createCache({ namespace: "test", freshness, l2: store });
    const read = () => cache.getOrLoad("key", () => authority.read("trip:1", "loaded"));
    expect([await read(), await read()]).toEqual(["loaded", "loaded"]);
    await cache.set("key", authority.read("trip:1", "set"));
    expect(cache.peek("key")).toBe("set");
    await shipped();
    expect(store.commands).toMatchObject({ get: 0, set: 0 });
    await expect(cache.getOrLoad("key 2", () => expect.unreachable(), { tiers: "l2" })).rejects.toThrow("versionTag");
    await expect(cache.getOrLoadMany(["key 2"], () => expect.unreachable(), { tiers: "l2" })).rejects.toThrow("versionTag");
    await expect(cache.set("key 2", authority.read("trip:1", "set"), { tiers: "l2" })).rejects.toThrow("versionTag");
  });
});

test("whatever begins, a load, a set or a look at the second tier, also ends: else what is polled would be kept for ever", async () => {
  const { authority, a, b } = await createShared();
  const [begin, end] = [vi.spyOn(b.freshness, "begin"), vi.spyOn(b.freshness, "end")];
  await b.read("not called");
  await b.cache.explain("key");
  await b.cache.set("key", authority.read("trip:1", "set"));
  await expect(b.cache.set("key", "unversioned")).rejects.toMatchObject({ code: "unversioned" });
  await expect(b.cache.getOrLoad("other", () => Promise.reject(new Error("no source")))).rejects.toThrow("no source");
  await a.cache.delete("key");
  expect(end.mock.calls.map(([ticket]) => ticket)).toEqual(begin.mock.results.map(({ value }) => value));
  expect(begin.mock.calls.length).toBeGreaterThanOrEqual(6);
});

test("what is set is there for the others at once", async () => {
  const { authority, a, b, store } = await createProcesses();
  expect(await a.cache.set("key", authority.read("trip:1", "set"))).toBe("done");
  expect(store.commands).toMatchObject({ set: 1, bump: 0, signal: 0 });
  expect(await b.read("not called")).toBe("set");
});

test("a delete takes the copy out of the second tier, and tells nobody: what is current the database says", async () => {
  const { a, b, store } = await createShared();
  expect(await a.cache.delete("key")).toBe("done");
  expect(store.commands).toMatchObject({ delete: 1, bump: 0, signal: 0 });
  expect(await b.read("loaded")).toBe("loaded");
});

test("a delete that does not reach the second tier says so", async () => {
  const { a, connections } = await createShared();
  connections[0]!.tier.misbehave({ rejects: 1 });
  expect(await a.cache.delete("key")).toBe("deferred");
});

test("a second tier without anybody who knows what is current is refused", () => {
  expect(() => createCache({ namespace: "test", l2: createMemoryBackend(), freshness: none })).toThrow("freshness");
});
