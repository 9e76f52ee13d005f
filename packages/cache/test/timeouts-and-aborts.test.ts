import { describe, expect, test, vi } from "vitest";
import { createCache, createFreshness, LoadTimeoutError, ManualClock } from "../src/index.ts";
import { deferred, settled } from "./support/deferred.ts";
import { createNodes, createStrangers, never, pass, shipped, stateOf } from "./support/nodes.ts";
import { ScriptedAuthority } from "./support/scripted-authority.ts";

describe("a signal", () => {
  test("that is aborted ends its own read with its reason, and nobody else's; the load goes on and its value is kept", async () => {
    const cache = createCache({ namespace: "test" });
    const controllers = [new AbortController(), new AbortController(), new AbortController()];
    const loading = deferred<string>();
    let signal: AbortSignal | undefined;
    const reads = controllers.map((controller) =>
      cache.getOrLoad(
        "key",
        (context) => {
          signal = context.signal;
          return loading.promise;
        },
        { signal: controller.signal },
      ),
    );
    const others = cache.getOrLoad("key", () => "not called");
    await settled();
    const [leader, follower] = controllers;
    const ends = [expect(reads[0]).rejects.toBe("leader left"), expect(reads[1]).rejects.toThrow("aborted")];
    leader!.abort("leader left");
    follower!.abort();
    await Promise.all(ends);
    expect(signal!.aborted).toBe(false);
    loading.resolve("value");
    expect(await Promise.all([reads[2], others])).toEqual(["value", "value"]);
    expect(cache.peek("key")).toBe("value");
    expect(cache.stats()).toMatchObject({ reads: { miss: 0, collapsed: 2 }, loads: { installed: 1 } });
  });

  test("that was aborted before ends the read at once, and nothing is loaded; a hit is served all the same", async () => {
    const cache = createCache({ namespace: "test" });
    const signal = AbortSignal.abort(new Error("gone"));
    const load = vi.fn(() => "value");
    await expect(cache.getOrLoad("key", load, { signal })).rejects.toThrow("gone");
    await expect(cache.getOrLoadMany(["key"], () => new Map(), { signal })).rejects.toThrow("gone");
    expect(load).not.toHaveBeenCalled();
    await cache.set("key", "held");
    expect(await cache.getOrLoad("key", load, { signal })).toBe("held");
  });

  test("that is aborted after the read was answered does nothing, and its read leaves no listener behind", async () => {
    const cache = createCache({ namespace: "test" });
    const controller = new AbortController();
    const [on, off] = [vi.spyOn(controller.signal, "addEventListener"), vi.spyOn(controller.signal, "removeEventListener")];
    for (let i = 0; i < 5; i++) await cache.getOrLoad(`key ${i}`, () => i, { signal: controller.signal });
    expect(off.mock.calls.map(([name, listener]) => [name, listener])).toEqual(on.mock.calls.map(([name, listener]) => [name, listener]));
    expect(on).toHaveBeenCalledTimes(5);
    controller.abort();
    expect(cache.peek("key 0")).toBe(0);
  });

  test("that is aborted while the first poll is waited for ends the read before anything is loaded", async () => {
    const { clock, caches } = createStrangers(1, {}, { logTrouble: { hangs: 1 } });
    const controller = new AbortController();
    const load = vi.fn(() => "value");
    const read = expect(caches[0].getOrLoad("key", load, { signal: controller.signal })).rejects.toThrow("gone");
    controller.abort(new Error("gone"));
    await pass(clock, 50);
    await read;
    expect(load).not.toHaveBeenCalled();
  });

  test("that is aborted while a lease is waited for ends the read before anything is loaded", async () => {
    const clock = new ManualClock();
    const authority = new ScriptedAuthority();
    const cache = createCache({ namespace: "test", freshness: createFreshness({ authority, clock }) });
    authority.hold();
    const controller = new AbortController();
    const read = expect(cache.getOrLoad("key", () => expect.unreachable(), { signal: controller.signal })).rejects.toThrow("gone");
    await settled();
    controller.abort(new Error("gone"));
    authority.release();
    await read;
  });

  test("goes with a soft timeout: whichever comes first", async () => {
    const clock = new ManualClock();
    const cache = createCache({ namespace: "test", clock, policy: { ttlMs: 10, graceMs: 1e6, softTimeoutMs: 50 } });
    await cache.getOrLoad("key", () => "old");
    clock.advance(10);
    const controllers = [new AbortController(), new AbortController()];
    const reads = controllers.map(({ signal }) => cache.getOrLoad<string>("key", never, { signal }));
    await settled();
    const left = expect(reads[0]).rejects.toBe("left");
    controllers[0]!.abort("left");
    await left;
    clock.advance(50);
    expect(await reads[1]).toBe("old");
    controllers[1]!.abort("too late");
  });
});

describe("hardTimeoutMs", () => {
  test("concerns the load, so the leader's counts, whatever those who join would have", async () => {
    const clock = new ManualClock();
    const cache = createCache({ namespace: "test", clock });
    const leader = cache.getOrLoad<string>("key", never, { hardTimeoutMs: 100 });
    const follower = cache.getOrLoad<string>("key", never, { hardTimeoutMs: 10 });
    await settled();
    clock.advance(99);
    expect(await stateOf(follower)).toBe("pending");
    const refused = [leader, follower].map((read) => expect(read).rejects.toBeInstanceOf(LoadTimeoutError));
    clock.advance(1);
    await Promise.all(refused);
  });

  test("is there for all attempts together, when a loader reads a history that is not the polled one", async () => {
    const clock = new ManualClock();
    const authority = new ScriptedAuthority();
    const freshness = createFreshness({ authority, clock });
    await freshness.start();
    const cache = createCache({ namespace: "test", freshness, policy: { hardTimeoutMs: 100 } });
    const loads: (() => void)[] = [];
    const read = cache.getOrLoad("key", async () => {
      await new Promise<void>((resolve) => loads.push(resolve));
      return Object.assign(authority.read("trip:1", "elsewhere"), {
        reading: { tag: "trip:1", version: 0, stamp: "", head: { seq: 1, stamp: "another database" } },
      });
    });
    const refused = expect(read).rejects.toBeInstanceOf(LoadTimeoutError);
    await settled();
    clock.advance(90);
    loads[0]!();
    await settled();
    expect(loads).toHaveLength(2);
    clock.advance(10);
    await refused;
  });
});

describe("close", () => {
  test("refuses reads that were waiting for the first poll, or for a lease, and nothing is loaded after it", async () => {
    const { clock, caches } = createStrangers(1, {}, { logTrouble: { hangs: 1 } });
    const load = vi.fn(() => "value");
    const [a] = caches;
    const refused = [
      expect(a.getOrLoad("key", load)).rejects.toMatchObject({ code: "closed" }),
      expect(a.getOrLoadMany(["key"], () => new Map([["key", load()]]))).rejects.toMatchObject({ code: "closed" }),
      expect(a.set("key", "value")).rejects.toMatchObject({ code: "closed" }),
    ];
    const closing = a.close();
    await pass(clock, 2_500, 50);
    await Promise.all(refused);
    await closing;
    expect(load).not.toHaveBeenCalled();
    expect(a.stats()).toMatchObject({ entries: 0, flights: 0 });
  });

  test("refuses a read whose joined load brought no answer, instead of loading again", async () => {
    const clock = new ManualClock();
    const authority = new ScriptedAuthority();
    const freshness = createFreshness({ authority, clock });
    await freshness.start();
    const cache = createCache({ namespace: "test", freshness });
    const loading = deferred<void>();
    const first = cache.getOrLoad("key", async () => {
      const found = authority.read("trip:1", "old");
      await loading.promise;
      return found;
    });
    await settled();
    authority.change("trip:1");
    await freshness.hear();
    const second = expect(cache.getOrLoad("key", () => expect.unreachable())).rejects.toMatchObject({ code: "closed" });
    const closing = cache.close();
    loading.resolve();
    expect(await first).toBe("old");
    await second;
    await closing;
  });

  test("waits for what is on its way to the second tier, but not for one that hangs", async () => {
    const { clock, caches, connections, store } = await createNodes(1);
    const [a] = caches;
    await a.getOrLoad("key", () => "value");
    await a.close();
    expect(store.commands.set).toBe(1);
    expect(clock.alarms).toBe(0);
    const late = await createNodes(1);
    late.connections[0]!.tier.misbehave({ hangs: 1 });
    const read = late.caches[0].getOrLoad("key", () => "value");
    await pass(late.clock, 50);
    expect(await read).toBe("value");
    const closing = late.caches[0].close();
    await pass(late.clock, 50);
    await closing;
    expect(late.clock.alarms).toBe(0);
    expect(connections).toHaveLength(1);
  });

  test("may be called again, and is then the same", async () => {
    const { caches } = await createNodes(1);
    expect(caches[0].close()).toBe(caches[0].close());
    await caches[0].close();
  });
});

test("a read that has joined a set which fails loads for itself", async () => {
  const cache = createCache({ namespace: "test" });
  const failing = cache.set("key", "set", {
    tags: () => {
      throw new Error("no tags");
    },
  });
  const refused = expect(failing).rejects.toThrow("no tags");
  expect(await cache.getOrLoad("key", () => "loaded")).toBe("loaded");
  await refused;
});

test("a read that has joined a set gets the value that is set", async () => {
  const { caches } = await createNodes(1);
  const [a] = caches;
  const setting = a.set("key", "set");
  expect(await a.getOrLoad("key", () => "not called")).toBe("set");
  expect(await setting).toBe("done");
  expect(a.stats().reads).toMatchObject({ collapsed: 1, miss: 0 });
  await shipped();
});
