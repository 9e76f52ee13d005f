import { describe, expect, test, vi } from "vitest";
import { decodeFrame } from "../src/frame.ts";
import { type Backend, createCache, json, ManualClock, type SharedStats } from "../src/index.ts";
import { encodedBytes } from "../src/size.ts";
import { createMemoryBackend } from "../src/testing/index.ts";
import { createNodes, pass, shipped, stateOf } from "./support/nodes.ts";

const NO_READS: SharedStats["reads"] = { accepted: 0, over: 0, refused: 0, missing: 0, garbage: 0, late: 0, unavailable: 0 };
const NO_WRITES: SharedStats["writes"] = { kept: 0, superseded: 0, tooLarge: 0, unencodable: 0, unavailable: 0 };

/** Two processes; what the first one has loaded for "key" is in the second tier. */
async function createShared(...args: Parameters<typeof createNodes<2>>) {
  const nodes = await createNodes(...args);
  const [a, b] = nodes.caches;
  await a.getOrLoad("key", () => "value");
  await shipped();
  nodes.store.reset();
  return { ...nodes, a, b };
}

test("a value of more than maxValueBytes is left to this process, and counted", async () => {
  const { caches, store } = await createNodes(1, { l2: { maxValueBytes: 10 } });
  const [a] = caches;
  await a.getOrLoad("fits", () => "x".repeat(8));
  await a.getOrLoad("large", () => "x".repeat(9));
  await shipped();
  expect(store.commands.set).toBe(1);
  expect(a.stats()).toMatchObject({ entries: 2, tooLarge: 0, l2: { writes: { ...NO_WRITES, kept: 1, tooLarge: 1 } } });
});

test("what is put there says all that is needed to judge it", async () => {
  const { clock, caches, connections } = await createNodes(1);
  const [a] = caches;
  clock.advance(7);
  await a.delete("key");
  await a.getOrLoad("key", () => "value", { ttlMs: 100, staleWhileRevalidateMs: 10, graceMs: 20, tags: ["one", "two"] });
  await shipped();
  const [bytes] = await connections[0]!.tier.get(["key"]);
  expect(decodeFrame(bytes!, "key")).toEqual({
    key: "key",
    epoch: expect.stringMatching(/^[0-9a-f]{16}\.0$/),
    version: 1,
    stamp: "",
    tag: "",
    tags: ["one", "two"],
    expiresAt: 107,
    staleUntil: 117,
    graceUntil: 127,
    negative: false,
    codec: json.id,
    payload: Buffer.from('"value"'),
  });
});

test("what was taken from there counts in memory by its bytes, or by the size that the policy gives", async () => {
  const { b } = await createShared(2);
  await b.getOrLoad("key", () => "loaded");
  expect(b.stats().bytes).toBe(encodedBytes("key", '"value"'.length));
  const { caches } = await createNodes(2, { policy: { sizeBytes: (value) => String(value).length } });
  await caches[0].set("key", "value");
  await caches[1].getOrLoad("key", () => "loaded");
  expect(caches[1].stats()).toMatchObject({ bytes: 5, hitsFromL2: 1 });
});

test("bytes are counted as they are read and written", async () => {
  const { a, b, connections } = await createShared(2);
  const [frame] = await connections[0]!.tier.get(["key"]);
  await b.getOrLoad("key", () => "loaded");
  expect(a.stats().l2).toMatchObject({ bytesWritten: frame!.byteLength, bytesRead: 0 });
  expect(b.stats().l2).toMatchObject({ bytesWritten: 0, bytesRead: frame!.byteLength });
});

test("a store that has a newer value keeps that, and says so", async () => {
  const { caches, connections } = await createNodes(2);
  const [a, b] = caches;
  connections[1]!.bus.misbehave({ deaf: 1 });
  const slow = b.getOrLoad("key", async () => {
    await a.set("key", "newer");
    return "old";
  });
  await slow;
  await shipped();
  expect(b.stats().l2!.writes).toMatchObject({ superseded: 1 });
  expect(await a.getOrLoad("key", () => "loaded")).toBe("newer");
});

describe("a store that", () => {
  test("rejects is asked by the first misses, and then by none until a second has passed; a probe, and it is in use again", async () => {
    const { clock, b, connections, store } = await createShared(2);
    const told = vi.fn();
    b.on("breaker", told);
    const { tier } = connections[1]!;
    tier.misbehave({ rejects: 1 });
    for (let i = 0; i < 3; i++) expect(await b.getOrLoad(`key ${i}`, () => "loaded", { tiers: "l2" })).toBe("loaded");
    const calls = vi.spyOn(tier, "get");
    expect(await b.getOrLoad("key 3", () => "loaded")).toBe("loaded");
    expect(calls).not.toHaveBeenCalled();
    expect(b.stats().l2).toMatchObject({ breaker: "open", reads: { ...NO_READS, unavailable: 4 } });
    tier.misbehave({});
    clock.advance(1_000);
    await shipped();
    expect(await b.getOrLoad("key", () => "loaded")).toBe("value");
    expect(b.stats().l2).toMatchObject({ breaker: "closed" });
    const states = told.mock.calls.flatMap(([event]) => (event.of === "reads" ? [event.state] : []));
    expect(states).toEqual(["open", "half-open", "closed"]);
    expect(store.commands.get).toBe(1);
  });

  test("hangs costs a miss 50 ms, three times, and then nothing; a hit costs it nothing at any time", async () => {
    const { clock, a, b, connections } = await createShared(2);
    for (const { tier } of connections) tier.misbehave({ hangs: 1 });
    for (let i = 0; i < 3; i++) {
      const read = b.getOrLoad(`key ${i}`, () => "loaded");
      await pass(clock, 45);
      expect(await stateOf(read)).toBe("pending");
      await pass(clock, 5);
      expect(await read).toBe("loaded");
      expect(await a.getOrLoad("key", () => expect.unreachable())).toBe("value");
    }
    const before = clock.now();
    expect(await b.getOrLoad("key 3", () => "loaded")).toBe("loaded");
    expect(clock.now()).toBe(before);
  });

  test("answers late is not waited for, and what it answers then is nobody's", async () => {
    const { clock, b, connections } = await createShared(2);
    connections[1]!.tier.misbehave({ answersLate: 1, lateMs: 1e6 });
    const read = b.getOrLoad("key", () => "loaded");
    await pass(clock, 50);
    expect(await read).toBe("loaded");
    connections[1]!.tier.misbehave({});
    clock.advance(1e6);
    await shipped();
    expect(b.peek("key")).toBeUndefined();
    expect(b.stats().l2!.reads).toEqual({ ...NO_READS, late: 1 });
  });

  test("is given another time, by option", async () => {
    const { clock, b, connections } = await createShared(2, { l2: { deadlineMs: 200, breaker: { failures: 1, retryAfterMs: 5_000 } } });
    connections[1]!.tier.misbehave({ hangs: 1 });
    const read = b.getOrLoad("key", () => "loaded");
    await pass(clock, 195);
    expect(await stateOf(read)).toBe("pending");
    await pass(clock, 10);
    expect(await read).toBe("loaded");
    expect(b.stats().l2!.breaker).toBe("open");
    connections[1]!.tier.misbehave({});
    await pass(clock, 4_900, 100);
    expect(await b.getOrLoad("other", () => "loaded")).toBe("loaded");
    expect(b.stats().l2!.breaker).toBe("open");
  });

  test("refuses each write, as one whose disk is full, is read all the same", async () => {
    const { b, connections } = await createShared(2);
    const { tier } = connections[1]!;
    tier.set = () => Promise.reject(new Error("MISCONF"));
    for (let i = 0; i < 5; i++) await b.getOrLoad(`key ${i}`, () => "loaded");
    await shipped();
    expect(await b.getOrLoad("key", () => "loaded")).toBe("value");
    expect(b.stats().l2).toMatchObject({
      breaker: "closed",
      writeBreaker: "open",
      reads: { ...NO_READS, missing: 5, accepted: 1 },
      writes: { ...NO_WRITES, unavailable: 5 },
    });
  });

  test("cannot tell its time yet is neither believed nor given anything", async () => {
    const clock = new ManualClock();
    const memory = createMemoryBackend({ clock });
    const l2: Backend = {
      connect: (namespace) => {
        const connection = memory.connect(namespace);
        return { ...connection, tier: { ...connection.tier, now: () => undefined } };
      },
    };
    const told = createCache({ namespace: "test", clock, l2: memory });
    await told.set("key", "value");
    const cache = createCache({ namespace: "test", clock, l2 });
    expect(await cache.getOrLoad("key", () => "loaded")).toBe("loaded");
    expect(await cache.getOrLoad("key", () => expect.unreachable())).toBe("loaded");
    await shipped();
    expect(cache.stats().l2).toMatchObject({ reads: { accepted: 0 }, writes: { ...NO_WRITES, unavailable: 1 } });
    expect(await cache.ready(0)).toBe(false);
  });
});

describe("a value is kept", () => {
  test("in both tiers, in memory only, or in the second one only, as its policy says", async () => {
    const { caches, store } = await createNodes(2);
    const [a, b] = caches;
    for (const tiers of ["both", "l1", "l2"] as const) await a.getOrLoad(tiers, () => tiers, { tiers });
    await shipped();
    expect(store.commands).toMatchObject({ get: 2, set: 2 });
    expect([a.peek("both"), a.peek("l1"), a.peek("l2")]).toEqual(["both", "l1", undefined]);
    const read = (tiers: "both" | "l1" | "l2") => b.getOrLoad(tiers, () => `b's ${tiers}`, { tiers });
    expect([await read("both"), await read("l1"), await read("l2")]).toEqual(["both", "b's l1", "l2"]);
    expect([b.peek("both"), b.peek("l1"), b.peek("l2")]).toEqual(["both", "b's l1", undefined]);
  });

  test("no longer in memory once it is wanted only in the second tier", async () => {
    const { caches } = await createNodes(1);
    const [a] = caches;
    await a.set("key", "old");
    await a.set("key", "new", { tiers: "l2" });
    expect(a.peek("key")).toBeUndefined();
    expect(await a.getOrLoad("key", () => "loaded", { tiers: "l2" })).toBe("new");
    expect(a.stats()).toMatchObject({ entries: 0, hitsFromL2: 1 });
  });

  test("in the second tier even if it is too large for memory", async () => {
    const { caches } = await createNodes(1, { l1: { maxBytes: 100 } });
    const [a] = caches;
    expect(await a.set("key", "x".repeat(200))).toBe("done");
    expect(a.stats()).toMatchObject({ entries: 0, tooLarge: 1 });
    expect(await a.getOrLoad("key", () => "loaded")).toHaveLength(200);
  });

  test("nowhere else by a policy of other words", async () => {
    const { caches } = await createNodes(1);
    await expect(caches[0].getOrLoad("key", () => 1, { tiers: "l3" as never })).rejects.toThrow("tiers");
  });
});
