import { expect, test, vi } from "vitest";
import { deferred } from "./support/deferred.ts";
import { createNodes, never, pass, shipped, stateOf } from "./support/nodes.ts";

const POLICY = { fillLock: true, lockTtlMs: 10_000 };

test("of all processes one loads, and the others wait for its value, however often they ask meanwhile", async () => {
  const { clock, caches, store } = await createNodes(3, { policy: POLICY });
  const loading = deferred<string>();
  const load = vi.fn(() => loading.promise);
  const reads = caches.flatMap((cache) => [cache.getOrLoad("key", load), cache.getOrLoad("key", load)]);
  await pass(clock, 500);
  expect(load).toHaveBeenCalledTimes(1);
  loading.resolve("value");
  await pass(clock, 100);
  expect(await Promise.all(reads)).toEqual(["value", "value", "value", "value", "value", "value"]);
  expect(load).toHaveBeenCalledTimes(1);
  expect(caches[1].stats()).toMatchObject({ reads: { hit: 1, collapsed: 1, miss: 0 }, loads: { installed: 0 } });
  expect(store.commands).toMatchObject({ set: 1 });
});

test("without it each process loads for itself", async () => {
  const { caches, store } = await createNodes();
  const load = vi.fn(async () => "value");
  await Promise.all(caches.map((cache) => cache.getOrLoad("key", load)));
  expect(load).toHaveBeenCalledTimes(2);
  expect(store.commands.lock).toBe(0);
});

test("other keys are other locks", async () => {
  const { clock, caches } = await createNodes(2, { policy: POLICY });
  const stuck = caches[0].getOrLoad<string>("stuck", never);
  await shipped();
  expect(await caches[1].getOrLoad("other", () => "value")).toBe("value");
  expect(await stateOf(stuck)).toBe("pending");
  expect(clock.now()).toBe(0);
});

test("whoever waits looks again after 5 ms, 10, 20, 40, 80, and then every 100", async () => {
  const { clock, caches, store } = await createNodes(2, { policy: POLICY });
  void caches[0].getOrLoad<string>("key", never).catch(() => {});
  await shipped();
  store.reset();
  void caches[1].getOrLoad<string>("key", never).catch(() => {});
  const looks: number[] = [];
  for (let at = 0; at <= 460; at += 5) {
    await shipped();
    while (looks.length < store.commands.lock) looks.push(at);
    clock.advance(5);
  }
  expect(looks).toEqual([0, 5, 15, 35, 75, 155, 255, 355, 455]);
});

test("the holder dies: another takes over after lockTtlMs, and no two at once", async () => {
  const { clock, caches } = await createNodes(3, { policy: { ...POLICY, lockTtlMs: 1_000 } });
  const [a, b, c] = caches;
  const died = a.getOrLoad<string>("key", never);
  await shipped();
  const load = vi.fn(async () => "value");
  const reads = [b.getOrLoad("key", load), c.getOrLoad("key", load)];
  await pass(clock, 900);
  expect(load).not.toHaveBeenCalled();
  await pass(clock, 300);
  expect(await Promise.all(reads)).toEqual(["value", "value"]);
  expect(load).toHaveBeenCalledTimes(1);
  expect(await stateOf(died)).toBe("pending");
});

test("the holder's load fails: its caller gets that, and the next one loads at once", async () => {
  const { clock, caches, store } = await createNodes(2, { policy: POLICY });
  const [a, b] = caches;
  const loading = deferred<string>();
  const failed = expect(a.getOrLoad("key", () => loading.promise)).rejects.toThrow("no source");
  await shipped();
  const read = b.getOrLoad("key", () => "value");
  await pass(clock, 20);
  loading.reject(new Error("no source"));
  await failed;
  expect(store.commands.unlock).toBe(1);
  await pass(clock, 20);
  expect(await read).toBe("value");
});

test("the holder's value cannot be put there: the next one loads as soon as that is known", async () => {
  const { clock, caches, store } = await createNodes(2, { policy: POLICY });
  const [a, b] = caches;
  const symbol = Symbol("no bytes");
  expect(await a.getOrLoad<unknown>("key", () => symbol)).toBe(symbol);
  await shipped();
  expect(store.commands).toMatchObject({ set: 0, unlock: 1 });
  expect(await b.getOrLoad<unknown>("key", () => "value")).toBe("value");
  expect(clock.now()).toBe(0);
});

test("the value came between the look and the lock: it is taken, and the lock given back", async () => {
  const { clock, caches, connections, store } = await createNodes(2, { policy: POLICY });
  const [a, b] = caches;
  connections[1]!.tier.misbehave({ answersLate: 1, lateMs: 40 });
  const read = b.getOrLoad("key", () => "not called");
  await shipped();
  await a.getOrLoad("key", () => "value", { fillLock: false });
  await shipped();
  connections[1]!.tier.misbehave({});
  store.reset();
  await pass(clock, 45);
  expect(await read).toBe("value");
  expect(store.commands).toMatchObject({ lock: 1, unlock: 1 });
});

test("a value that is found under the lock is not held back until the lock is given back", async () => {
  const { clock, caches, connections } = await createNodes(2, { policy: POLICY });
  const [a, b] = caches;
  const { tier } = connections[1]!;
  tier.misbehave({ answersLate: 1, lateMs: 40 });
  tier.unlock = never;
  const read = b.getOrLoad("key", () => "not called");
  await shipped();
  await a.getOrLoad("key", () => "value", { fillLock: false });
  await shipped();
  tier.misbehave({});
  await pass(clock, 45);
  expect(await stateOf(read)).toEqual({ value: "value" });
});

test("whoever waits does so for half of hardTimeoutMs, and then loads for itself", async () => {
  const { clock, caches } = await createNodes(2, { policy: { ...POLICY, lockTtlMs: 1e6 } });
  const [a, b] = caches;
  void a.getOrLoad<string>("key", never, { hardTimeoutMs: 1e6 }).catch(() => {});
  await shipped();
  const read = b.getOrLoad("key", () => "value", { hardTimeoutMs: 300 });
  await pass(clock, 145);
  expect(await stateOf(read)).toBe("pending");
  await pass(clock, 100);
  expect(await read).toBe("value");
});

test("waiting and loading together take hardTimeoutMs, whoever was waited for", async () => {
  const { clock, caches } = await createNodes(3, { policy: { ...POLICY, lockTtlMs: 100 } });
  const [a, b, c] = caches;
  void a.getOrLoad<string>("key", never, { hardTimeoutMs: 1e6, lockTtlMs: 1e6 }).catch(() => {});
  void a.getOrLoad<string>("left alone", never, { hardTimeoutMs: 1e6 }).catch(() => {});
  await shipped();
  const reads = [
    b.getOrLoad<string>("key", never, { hardTimeoutMs: 300 }),
    c.getOrLoad<string>("left alone", never, { hardTimeoutMs: 300 }),
  ];
  const states = () => Promise.all(reads.map(stateOf));
  await pass(clock, 295);
  expect(await states()).toEqual(["pending", "pending"]);
  await pass(clock, 5);
  const late = { error: expect.objectContaining({ code: "load-timeout" }) };
  expect(await states()).toEqual([late, late]);
});

test("the tier is away: each process loads at once", async () => {
  const { clock, caches, connections } = await createNodes(2, { policy: POLICY });
  for (const { tier } of connections) tier.misbehave({ rejects: 1 });
  const load = vi.fn(async () => "value");
  expect(await Promise.all(caches.map((cache) => cache.getOrLoad("key", load)))).toEqual(["value", "value"]);
  expect(load).toHaveBeenCalledTimes(2);
  expect(clock.now()).toBe(0);
});

test("the log is away, so nobody could take what another loads: each process loads at once", async () => {
  const { clock, caches, connections, store } = await createNodes(2, { policy: POLICY });
  for (const { authority } of connections) authority.misbehave({ rejects: 1 });
  await pass(clock, 2_400, 50);
  store.reset();
  void caches[0].getOrLoad<string>("key", never).catch(() => {});
  expect(await caches[1].getOrLoad("key", () => "value")).toBe("value");
  expect(store.commands.lock).toBe(0);
});

test("what is kept in memory only is loaded without a lock", async () => {
  const { caches, store } = await createNodes(1, { policy: { ...POLICY, tiers: "l1" } });
  expect(await caches[0].getOrLoad("key", () => "value")).toBe("value");
  expect(store.commands.lock).toBe(0);
});

test("a load before the value's time is over is one at a time as well, and loads", async () => {
  const { clock, caches, store } = await createNodes(1, { policy: { ...POLICY, ttlMs: 1_000, refreshAt: 0.5 } });
  const [a] = caches;
  await a.getOrLoad("key", () => "old");
  await shipped();
  clock.advance(500);
  store.reset();
  expect(await a.getOrLoad("key", () => "new")).toBe("old");
  await shipped();
  expect(a.peek("key")).toBe("new");
  expect(store.commands).toMatchObject({ lock: 1, unlock: 1, get: 0, set: 1 });
});

test("what is stale is loaded by one process, and the others take that", async () => {
  const { clock, caches } = await createNodes(2, { policy: { ...POLICY, ttlMs: 1_000, staleWhileRevalidateMs: 500 } });
  const [a, b] = caches;
  await a.getOrLoad("key", () => "old");
  await shipped();
  await b.getOrLoad("key", () => "old");
  clock.advance(1_200);
  const loading = deferred<string>();
  const load = vi.fn(() => loading.promise);
  expect([await a.getOrLoad("key", load), await b.getOrLoad("key", load)]).toEqual(["old", "old"]);
  await pass(clock, 50);
  loading.resolve("new");
  await pass(clock, 200);
  expect([a.peek("key"), b.peek("key")]).toEqual(["new", "new"]);
  expect(load).toHaveBeenCalledTimes(1);
});

test("a waiter whose value may stand in does not wait for longer than its soft timeout", async () => {
  const { clock, caches } = await createNodes(2, { policy: { ...POLICY, ttlMs: 100, graceMs: 1e6, softTimeoutMs: 50 } });
  const [a, b] = caches;
  await b.getOrLoad("key", () => "old");
  await shipped();
  clock.advance(100);
  void a.getOrLoad<string>("key", never).catch(() => {});
  await shipped();
  const read = b.getOrLoad("key", () => "not called");
  await pass(clock, 50);
  expect(await read).toBe("old");
});
