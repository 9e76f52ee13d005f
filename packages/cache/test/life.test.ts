import { describe, expect, test, vi } from "vitest";
import { type Backend, createCache, createFreshness, type L2Options, ManualClock } from "../src/index.ts";
import { createMemoryBackend } from "../src/testing/index.ts";
import { createNodes, createStrangers, pass, shipped } from "./support/nodes.ts";
import { ScriptedAuthority } from "./support/scripted-authority.ts";

/** A backend that knows how many connections are open, and how many listen. */
function watched(backend: Backend) {
  const open = { connections: 0, listeners: 0 };
  const l2: Backend = {
    connect(namespace) {
      const { tier, bus, authority, close } = backend.connect(namespace);
      open.connections++;
      return {
        tier,
        authority,
        bus: {
          signal: bus.signal,
          subscribe(listener) {
            open.listeners++;
            const unsubscribe = bus.subscribe(listener);
            return () => {
              open.listeners--;
              unsubscribe();
            };
          },
        },
        close() {
          open.connections--;
          return close();
        },
      };
    },
  };
  return { open, l2 };
}

describe("1,000 caches that are made, used and closed", { timeout: 60_000 }, () => {
  test("leave no alarm, no connection and no listener", async () => {
    const clock = new ManualClock();
    const { open, l2 } = watched(createMemoryBackend({ clock }));
    for (let i = 0; i < 1_000; i++) {
      const cache = createCache({ namespace: `n${i % 7}`, clock, l2, shadowRate: 0.5, policy: { softTimeoutMs: 50, refreshAt: 0.5 } });
      if (i % 10 === 0) await cache.close();
      await Promise.allSettled([
        cache.getOrLoad("key", () => i),
        cache.getOrLoad("key", () => i),
        cache.set("other", i),
        cache.delete("x"),
      ]);
      if (i % 3 === 0) clock.advance(40_000);
      await Promise.allSettled([cache.getOrLoad("key", () => i), cache.invalidateTags(["tag"])]);
      await cache.close();
    }
    expect(open).toEqual({ connections: 0, listeners: 0 });
    expect(clock.alarms).toBe(0);
  });

  test("leave nothing in the freshness that they shared", async () => {
    const clock = new ManualClock();
    const authority = new ScriptedAuthority();
    const freshness = createFreshness({ authority, clock });
    await freshness.start();
    const { open, l2 } = watched(createMemoryBackend({ clock }));
    const addHolder = vi.spyOn(freshness, "addHolder");
    let held = 0;
    addHolder.mockImplementation(() => {
      held++;
      return () => held--;
    });
    for (let i = 0; i < 1_000; i++) {
      const cache = createCache({ namespace: "test", freshness, l2, policy: { versionTag: "trip:1" } });
      await cache.getOrLoad("key", () => authority.read("trip:1", i));
      await cache.close();
    }
    expect(held).toBe(0);
    expect(open).toEqual({ connections: 0, listeners: 0 });
    await freshness.close();
    expect(clock.alarms).toBe(0);
  });
});

test("a cache that is closed while its store is away leaves nothing either", async () => {
  const { clock, caches, connections } = createStrangers(3);
  for (const { tier, authority, bus } of connections) {
    tier.misbehave({ hangs: 1 });
    authority.misbehave({ hangs: 1 });
    bus.misbehave({ hangs: 1 });
  }
  const [a, b, c] = caches;
  await shipped();
  const work = [a.getOrLoad("key", () => 1), b.set("key", 1), c.delete("key"), a.clear()];
  await shipped();
  const closing = [a, b, c].map((cache) => cache.close());
  await pass(clock, 8_000, 50);
  await Promise.all(closing);
  await Promise.allSettled(work);
  expect(clock.alarms).toBe(0);
});

describe("a closed cache", () => {
  test("refuses to load and to set, holds nothing, and still answers what it can", async () => {
    const { caches } = await createNodes(2);
    const [a, b] = caches;
    await a.getOrLoad("key", () => "value");
    await a.close();
    await expect(a.getOrLoad("key", () => "loaded")).rejects.toMatchObject({ code: "closed" });
    await expect(a.getOrLoadEntry("key", () => "loaded")).rejects.toMatchObject({ code: "closed" });
    await expect(a.getOrLoadMany(["key"], () => new Map())).rejects.toMatchObject({ code: "closed" });
    await expect(a.set("key", "value")).rejects.toMatchObject({ code: "closed" });
    expect(a.peek("key")).toBeUndefined();
    expect(await a.explain("key")).toMatchObject({ verdict: "miss", l2: undefined });
    expect(a.stats()).toMatchObject({ entries: 0, bytes: 0, flights: 0 });
    expect(await a.delete("key")).toBe("deferred");
    expect(await b.getOrLoad("key", () => "loaded")).toBe("value");
  });

  test("has put into the second tier what it had loaded until then", async () => {
    const { caches } = await createNodes(2);
    const [a, b] = caches;
    const read = a.getOrLoad("key", () => "value");
    await a.close();
    expect(await read).toBe("value");
    expect(await b.getOrLoad("key", () => "loaded")).toBe("value");
  });
});

describe("an option that cannot be", () => {
  const { open, l2: backend } = watched(createMemoryBackend());
  const wrong: [string, Omit<L2Options, "backend">][] = [
    ["deadlineMs", { deadlineMs: 0 }],
    ["failures", { breaker: { failures: 0 } }],
    ["retryAfterMs", { breaker: { retryAfterMs: 0 } }],
    ["pollEveryMs", { coherence: { pollEveryMs: 5_000 } }],
    ["pollEveryMs", { coherence: { leaseMs: 0 } }],
    ["leaseWaitMs", { coherence: { leaseWaitMs: 0 } }],
  ];
  test.each(wrong)("is refused by name (%s: %o), before anything is connected", (name, options) => {
    expect(() => createCache({ namespace: "test", l2: { backend, ...options } })).toThrow(name);
    expect(open).toEqual({ connections: 0, listeners: 0 });
  });

  test("is refused: coherence together with a freshness", () => {
    const freshness = createFreshness({ authority: new ScriptedAuthority() });
    expect(() => createCache({ namespace: "test", freshness, l2: { backend, coherence: {} } })).toThrow("coherence");
    expect(open.connections).toBe(0);
  });

  test.each([["a:b"], ["a b"], ["-a"], [""], ["x".repeat(65)], ["ü"]])("is refused: the namespace %o", (namespace) => {
    expect(() => createCache({ namespace, l2: backend })).toThrow("namespace");
    expect(open.connections).toBe(0);
  });
});

test("ready: at once without a second tier; else as soon as it answers, or not within the time", async () => {
  expect(await createCache({ namespace: "test" }).ready()).toBe(true);
  const { clock, connections, caches } = createStrangers(2, {}, { logTrouble: { rejects: 1 } });
  const [a, b] = caches;
  expect(await b.ready()).toBe(true);
  const [soon, never] = [a.ready(), a.ready(100)];
  await pass(clock, 200);
  expect(await never).toBe(false);
  connections[0]!.authority.misbehave({});
  await pass(clock, 400);
  expect(await soon).toBe(true);
});
