import { describe, expect, test } from "vitest";
import { createCache, versioned } from "../src/index.ts";
import { createNodes, createStrangers, pass, shipped } from "./support/nodes.ts";

test("what is set before the first poll is kept", async () => {
  const { caches } = createStrangers();
  const [a, b] = caches;
  expect(await a.set("key", "set")).toBe("done");
  expect(a.peek("key")).toBe("set");
  expect(await b.getOrLoad("key", () => "loaded")).toBe("set");
});

test("of what is set before the first poll the last wins", async () => {
  const { caches } = createStrangers();
  const [a, b] = caches;
  await Promise.all([a.set("key", 1), a.set("key", 2), a.set("key", 3)]);
  expect(a.peek("key")).toBe(3);
  expect(await b.getOrLoad("key", () => 4)).toBe(3);
});

test("a set that waits for the first poll while the cache is closed is refused", async () => {
  const { caches } = createStrangers();
  const [a] = caches;
  const refused = expect(a.set("key", 1)).rejects.toMatchObject({ code: "closed" });
  await a.close();
  await refused;
});

test("a set resolves when the second tier has the value, and every other process lets go of what it has", async () => {
  const { caches, store } = await createNodes();
  const [a, b] = caches;
  await b.getOrLoad("key", () => "old");
  await shipped();
  store.reset();
  expect(await a.set("key", "new")).toBe("done");
  expect(store.commands).toMatchObject({ bump: 1, set: 1, delete: 0 });
  await shipped();
  expect(b.peek("key")).toBeUndefined();
  expect(await b.getOrLoad("key", () => "loaded")).toBe("new");
});

test("two that set at once end with the same value everywhere, one of theirs", async () => {
  const { caches } = await createNodes(3);
  const [a, b, c] = caches;
  await Promise.all([a.set("key", "a"), b.set("key", "b")]);
  await shipped();
  const seen = [];
  for (const cache of [a, b, c]) seen.push(await cache.getOrLoad("key", () => "loaded"));
  expect(seen).toEqual(["b", "b", "b"]);
});

test("a set comes after a change that it is told of only now, and is not beaten by that", async () => {
  const { caches, connections } = await createNodes();
  const [a, b] = caches;
  connections[1]!.bus.misbehave({ deaf: 1 });
  await a.invalidateTags(["tag"]);
  await a.delete("key");
  expect(await b.set("key", "set", { tags: ["tag"] })).toBe("done");
  expect(b.peek("key")).toBe("set");
});

test("a set that is under way when the cache is closed is waited for", async () => {
  const { clock, caches, connections } = await createNodes();
  const [a, b] = caches;
  connections[0]!.authority.misbehave({ answersLate: 1, lateMs: 100 });
  const setting = a.set("key", "set");
  await shipped();
  const closing = a.close();
  await pass(clock, 200);
  expect(await setting).toBe("done");
  await closing;
  expect(await b.getOrLoad("key", () => "loaded")).toBe("set");
});

test("setting that there is none makes every process forget what there was", async () => {
  const { caches, store } = await createNodes();
  const [a, b] = caches;
  await a.set("key", "value");
  expect(await b.getOrLoad<string | undefined>("key", () => "loaded")).toBe("value");
  store.reset();
  expect(await a.set("key", undefined)).toBe("done");
  expect(store.commands.set).toBe(0);
  await shipped();
  expect(await a.getOrLoad("key", () => "not asked")).toBeUndefined();
  expect(await b.getOrLoad<string | undefined>("key", () => undefined)).toBeUndefined();
});

describe("a value is not kept", () => {
  test("for 0 ms: not here, and not in the second tier", async () => {
    const { caches, store } = await createNodes(1);
    const [a] = caches;
    expect(await a.set("key", "value", { ttlMs: 0 })).toBe("not-kept");
    await a.getOrLoad("other", () => "value", { ttlMs: 0 });
    await shipped();
    expect(store.commands.set).toBe(0);
    expect(a.stats()).toMatchObject({ entries: 0, loads: { installed: 0, discarded: 1 }, l2: { writes: { kept: 0, superseded: 0 } } });
  });

  test("though its time here is 0, it is in the second tier, if that has a time of its own", async () => {
    const { caches, store } = await createNodes(1);
    expect(await caches[0].set("key", "value", { ttlMs: 0, l2TtlMs: 1_000 })).toBe("done");
    expect(store.commands.set).toBe(1);
    for (const afterlife of [{ staleWhileRevalidateMs: 100 }, { graceMs: 100 }])
      expect(await caches[0].set("key", "value", { ttlMs: 0, tiers: "l2", ...afterlife })).toBe("done");
  });

  test("if the only tier that may hold it cannot be reached, or cannot take it", async () => {
    const { caches, connections } = await createNodes(1);
    const [a] = caches;
    expect(await a.set("key", "value", { tiers: "l2" })).toBe("done");
    expect(a.peek("key")).toBeUndefined();
    expect(await a.set("key", Symbol("no bytes"), { tiers: "l2" })).toBe("not-kept");
    connections[0]!.tier.misbehave({ rejects: 1 });
    expect(await a.set("key", "value", { tiers: "l2" })).toBe("not-kept");
    expect(await a.set("key", "value")).toBe("done");
  });

  test("if it was set again, deleted or flushed meanwhile", async () => {
    const { caches } = await createNodes(1);
    const [a] = caches;
    const first = a.set("key", 1);
    const second = a.set("key", 2, { tags: ["tag"] });
    const tagged = a.invalidateTags(["tag"]);
    const third = a.set("key", 3);
    const flushed = a.clear();
    expect(await Promise.all([first, second, tagged, third, flushed])).toEqual(["not-kept", "not-kept", "done", "not-kept", "done"]);
    expect(a.peek("key")).toBeUndefined();
  });
});

test("a set whose tags or lifetime cannot be told rejects, and leaves what is held", async () => {
  const cache = createCache({ namespace: "test" });
  await cache.set("key", "old");
  const fail = () => {
    throw new Error("cannot tell");
  };
  await expect(cache.set("key", "new", { tags: fail })).rejects.toThrow("cannot tell");
  await expect(cache.set("key", "new", { ttlMs: fail })).rejects.toThrow("cannot tell");
  await expect(cache.set("key", "new", { sizeBytes: fail })).rejects.toThrow("cannot tell");
  await expect(cache.set("key", "new", { ttlMs: () => -1 })).rejects.toMatchObject({ code: "option-invalid" });
  expect(cache.peek("key")).toBe("old");
});

test("among caches with a log of their own a versioned value is an ordinary one, which the others can invalidate", async () => {
  const { caches } = await createNodes();
  const [a, b] = caches;
  const of = (value: string) => versioned(value, { tag: "trip:1", version: 1_000, stamp: "s", head: { seq: 1_000, stamp: "s" } });
  const entry = await a.getOrLoadEntry("key", () => of("old"));
  expect(entry).toMatchObject({ value: "old", tag: "", version: 0, tags: ["trip:1"] });
  await shipped();
  await b.invalidateTags(["trip:1"]);
  await shipped();
  expect(a.peek("key")).toBeUndefined();
  expect(await b.getOrLoad("key", () => of("new"))).toBe("new");
  await a.delete("key");
  await shipped();
  expect(b.peek("key")).toBeUndefined();
});
