import { describe, expect, test } from "vitest";
import { createCache } from "../src/index.ts";
import { createNodes, createStrangers, type NodeOptions, pass, shipped, stateOf } from "./support/nodes.ts";

const AWAY = { rejects: 1 };
const HUNG = { hangs: 1 };

/** Both hold "key"; the first one's log is then in this trouble. */
async function parted(trouble: object, options: NodeOptions = {}) {
  const nodes = await createNodes(2, options);
  const [a, b] = nodes.caches;
  await a.getOrLoad("key", () => "old", { tags: ["tag"] });
  await shipped();
  await b.getOrLoad("key", () => "old");
  nodes.connections[0]!.authority.misbehave(trouble);
  return { ...nodes, a, b, heal: () => nodes.connections[0]!.authority.misbehave({}) };
}

describe("an invalidation while the log is away", () => {
  test("counts here at once, says that it is deferred, and reaches the others with the first poll that succeeds", async () => {
    const { clock, a, b, heal } = await parted(AWAY);
    expect(await a.delete("key")).toBe("deferred");
    expect(a.peek("key")).toBeUndefined();
    expect(b.peek("key")).toBe("old");
    expect(a.stats().coherence).toMatchObject({ journal: 1 });
    heal();
    await pass(clock, 400);
    expect(b.peek("key")).toBeUndefined();
    expect(a.stats().coherence).toMatchObject({ journal: 0, verified: true });
  });

  test("is deferred after 250 ms where the log hangs, and that is the longest that anybody waits", async () => {
    const { clock, a } = await parted(HUNG);
    const deleting = a.delete("key");
    await pass(clock, 245);
    expect(await stateOf(deleting)).toBe("pending");
    await pass(clock, 5);
    expect(await deleting).toBe("deferred");
  });

  test("is not undone by what the second tier still holds, and nothing from there is believed until it is told", async () => {
    const { clock, connections, a, b, heal } = await parted(AWAY);
    connections[0]!.tier.misbehave(AWAY);
    expect(await a.delete("key")).toBe("deferred");
    connections[0]!.tier.misbehave({});
    await b.getOrLoad("other", () => "old");
    await shipped();
    expect(await a.getOrLoad("key", () => "new")).toBe("new");
    expect(await a.getOrLoad("other", () => "loaded")).toBe("loaded");
    expect(a.stats().l2).toMatchObject({ reads: { accepted: 0, refused: 2 } });
    heal();
    await pass(clock, 400);
    expect(await b.getOrLoad("key", () => "newest")).not.toBe("old");
  });

  test("goes before whatever comes after it: the next one is deferred too, and told first", async () => {
    const { a, b, store, heal } = await parted(AWAY);
    expect(await a.delete("key")).toBe("deferred");
    heal();
    store.reset();
    expect(await a.invalidateTags(["tag"])).toBe("deferred");
    await shipped();
    expect(store.commands).toMatchObject({ bump: 1 });
    expect(b.peek("key")).toBeUndefined();
    expect(await a.delete("key")).toBe("done");
  });

  test("by tag, softly, or of everything is deferred and told as what it is", async () => {
    const policy = { ttlMs: 60_000, graceMs: 60_000, tags: ["tag"] };
    const { clock, a, b, heal } = await parted(AWAY, { policy });
    await b.set("soft", "old");
    await b.set("tagged", "old");
    expect([await a.expire("soft"), await a.invalidateTags(["tag"])]).toEqual(["deferred", "deferred"]);
    heal();
    await pass(clock, 400);
    expect([b.peek("soft"), b.peek("tagged"), b.peek("key")]).toEqual([undefined, undefined, undefined]);
    await b.set("key", "old");
    expect(await b.flush()).toBe("done");
    expect(b.stats().entries).toBe(1);
  });

  test("of everything makes the namespace begin anew, also when it was softly meant: nobody can be told what to keep", async () => {
    const { clock, a, b, store, heal } = await parted(AWAY, { policy: { graceMs: 60_000 } });
    expect(await a.flush()).toBe("deferred");
    heal();
    store.reset();
    await pass(clock, 400);
    expect(store.commands).toMatchObject({ flush: 1, bump: 0 });
    await pass(clock, 400);
    expect(b.stats().entries).toBe(0);
  });

  test("is one too many: then everything goes, everywhere", async () => {
    const { clock, a, b, store, heal } = await parted(AWAY, { l2: { coherence: { maxJournal: 2 } } });
    await b.set("untouched", "value");
    for (const key of ["1", "2"]) await a.delete(key);
    expect(a.stats().coherence).toMatchObject({ journal: 2 });
    await a.delete("1");
    expect(a.stats().coherence).toMatchObject({ journal: 2 });
    await a.delete("3");
    expect(a.stats().coherence).toMatchObject({ journal: 1 });
    heal();
    store.reset();
    await pass(clock, 800);
    expect(store.commands).toMatchObject({ flush: 1, bump: 0 });
    expect(b.peek("untouched")).toBeUndefined();
    expect(await a.delete("key")).toBe("done");
  });

  test("is told before a poll counts, and if it cannot be told no poll does", async () => {
    const { clock, connections, a, store } = await parted(AWAY);
    await a.delete("key");
    // Polls would be answered now, but nothing is recorded.
    const { authority } = connections[0]!;
    authority.misbehave({});
    const { bump } = authority;
    authority.bump = () => Promise.reject(new Error("READONLY"));
    store.reset();
    await pass(clock, 3_000);
    expect(a.stats().coherence).toMatchObject({ verified: false, journal: 1 });
    authority.bump = bump;
    await pass(clock, 400);
    expect(a.stats().coherence).toMatchObject({ verified: true, journal: 0 });
  });

  test("is kept if telling fails, together with what came meanwhile", async () => {
    const { clock, connections, a, b, heal } = await parted(AWAY);
    await a.delete("key");
    connections[0]!.authority.misbehave(HUNG);
    await pass(clock, 400);
    const deleting = a.delete("other");
    await pass(clock, 250);
    expect(await deleting).toBe("deferred");
    await pass(clock, 1_000);
    expect(a.stats().coherence).toMatchObject({ journal: 2 });
    heal();
    await pass(clock, 3_000);
    expect(a.stats().coherence).toMatchObject({ journal: 0, verified: true });
    expect(b.peek("key")).toBeUndefined();
  });

  test("is told when the cache is closed, if that can be", async () => {
    const { a, b, heal } = await parted(AWAY);
    await a.delete("key");
    heal();
    await a.close();
    await shipped();
    expect(b.peek("key")).toBeUndefined();
  });

  test("keeps no cache from closing", async () => {
    const { clock, a } = await parted(AWAY);
    await a.delete("key");
    await a.close();
    expect(await a.delete("key")).toBe("deferred");
    const others = await parted(AWAY);
    await others.a.delete("key");
    others.connections[0]!.authority.misbehave(HUNG);
    const closing = others.a.close();
    await pass(others.clock, 3_000, 50);
    await closing;
    expect(clock).not.toBe(others.clock);
  });
});

describe("the log is away", () => {
  test("at the start: the first reads wait for it, 50 ms at most, and are then served from their loader, unverified", async () => {
    for (const logTrouble of [AWAY, HUNG]) {
      const { clock, caches, store } = createStrangers(1, {}, { logTrouble });
      const [a] = caches;
      const read = a.getOrLoad("key", () => "loaded");
      await pass(clock, 40);
      expect(await stateOf(read)).toBe("pending");
      await pass(clock, 10);
      expect(await read).toBe("loaded");
      expect(await a.getOrLoad("key", () => "not called")).toBe("loaded");
      const { unverified, coherence } = a.stats();
      expect(unverified).toBe(1);
      expect(coherence).toMatchObject({ verified: false, stalenessBoundMs: Number.POSITIVE_INFINITY });
      expect(store.commands).toMatchObject({ set: 0, poll: 0 });
    }
  });

  test("at the start, and comes: it is adopted by itself, and what was held before is dropped", async () => {
    const { clock, connections, caches } = createStrangers(2, {}, { logTrouble: AWAY });
    const [a, b] = caches;
    const read = a.getOrLoad("key", () => "before");
    await pass(clock, 50);
    expect(await read).toBe("before");
    connections[0]!.authority.misbehave({});
    await pass(clock, 400);
    expect(a.stats().coherence).toMatchObject({ verified: true });
    expect(a.peek("key")).toBeUndefined();
    await a.getOrLoad("key", () => "after");
    await shipped();
    expect(await b.getOrLoad("key", () => "b's own")).toBe("after");
  });

  test("at the start while a load runs that began before it came: its value is kept for nobody", async () => {
    const { clock, connections, caches } = createStrangers(1, {}, { logTrouble: AWAY });
    const [a] = caches;
    let finish: (value: string) => void = () => {};
    const read = a.getOrLoad("key", () => new Promise<string>((resolve) => (finish = resolve)));
    await pass(clock, 50);
    connections[0]!.authority.misbehave({});
    await pass(clock, 400);
    finish("before");
    expect(await read).toBe("before");
    expect(a.peek("key")).toBeUndefined();
  });

  test("for longer than the lease: hits go on, counted as unverified, and the second tier is neither believed nor fed", async () => {
    const { clock, a, b, store, heal } = await parted(AWAY);
    await pass(clock, 1_890);
    expect(a.peek("key")).toBe("old");
    expect(a.stats()).toMatchObject({ unverified: 0, coherence: { verified: true } });
    await pass(clock, 400);
    expect(a.peek("key")).toBe("old");
    expect(await a.getOrLoad("key", () => "not called")).toBe("old");
    expect(a.stats()).toMatchObject({ unverified: 2, coherence: { verified: false } });
    await b.getOrLoad("other", () => "b's");
    await shipped();
    store.reset();
    expect(await a.getOrLoad("other", () => "a's own")).toBe("a's own");
    await shipped();
    expect(store.commands.set).toBe(0);
    heal();
    await pass(clock, 400);
    expect(a.stats().coherence).toMatchObject({ verified: true });
    expect(a.peek("key")).toBe("old");
  });

  test("for longer than the lease: what is served by its TTL alone is counted, and what is loaded is not", async () => {
    const policy = { ttlMs: 3_000, negativeTtlMs: 3_000, staleWhileRevalidateMs: 1_000, graceMs: 2_000 };
    const { clock, a } = await parted(AWAY, { policy });
    await a.getOrLoad("none", () => undefined);
    await pass(clock, 2_400, 50);
    const unverified = async (read: () => unknown) => {
      const before = a.stats().unverified;
      await read();
      return a.stats().unverified - before;
    };
    const fail = () => Promise.reject(new Error("no source"));
    expect(await unverified(() => a.getOrLoad("none", () => "not called"))).toBe(1);
    expect(await unverified(() => Promise.all([a.getOrLoad("new", () => 1), a.getOrLoad("new", () => 1)]))).toBe(0);
    await pass(clock, 1_000, 50);
    expect(await unverified(() => a.getOrLoad("key", fail))).toBe(1);
    await pass(clock, 1_000, 50);
    expect(await unverified(() => a.getOrLoad("key", fail))).toBe(1);
    expect(a.stats().reads).toMatchObject({ negative: 1, miss: 3, collapsed: 1, stale: 1, grace: 1 });
  });
});

test("a bus that hangs keeps nobody: not who invalidates, not who closes", async () => {
  const { clock, connections, caches } = await createNodes(1);
  const [a] = caches;
  connections[0]!.bus.misbehave(HUNG);
  expect(await a.delete("key")).toBe("done");
  const closing = a.close();
  await pass(clock, 250);
  await closing;
  expect(clock.alarms).toBe(0);
});

test("a tier that hangs while it is cleared keeps nobody either", async () => {
  const { connections, caches } = await createNodes(1);
  const [a] = caches;
  connections[0]!.tier.misbehave(HUNG);
  expect(await a.clear()).toBe("done");
  await a.close();
});

test("a signal that is lost costs at most the time between two polls; one that cannot be sent, nothing else", async () => {
  const { clock, connections, a, b } = await parted({});
  connections[1]!.bus.misbehave({ losesMessages: 1 });
  connections[0]!.bus.misbehave({});
  expect(await a.delete("key")).toBe("done");
  await shipped();
  expect(b.peek("key")).toBe("old");
  await pass(clock, 400);
  expect(b.peek("key")).toBeUndefined();
  connections[0]!.bus.misbehave(AWAY);
  expect(await a.delete("other")).toBe("done");
});

test("a subscription that was lost is followed by a poll when it is there again", async () => {
  const { connections, memory, a, b } = await parted({});
  connections[1]!.bus.misbehave({ deaf: 1 });
  await a.delete("key");
  await shipped();
  expect(b.peek("key")).toBe("old");
  connections[1]!.bus.misbehave({});
  memory.cutSubscriptions("test");
  await shipped();
  expect(b.peek("key")).toBeUndefined();
  expect(b.stats().coherence).toMatchObject({ gaps: 2 });
});

test("without a second tier nobody is told anything, and nothing is deferred", async () => {
  const cache = createCache({ namespace: "test" });
  expect(
    await Promise.all([cache.delete("key"), cache.expire("key"), cache.invalidateTags(["tag"]), cache.flush(), cache.clear()]),
  ).toEqual(Array.from({ length: 5 }, () => "done"));
});
