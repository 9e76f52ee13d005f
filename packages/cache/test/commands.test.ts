import { describe, expect, test } from "vitest";
import { createNodes, shipped } from "./support/nodes.ts";

/** What a store is asked that is not named. */
const NOTHING = { get: 0, keys: 0, set: 0, delete: 0, clear: 0, lock: 0, unlock: 0, poll: 0, bump: 0, flush: 0, signal: 0 };

describe("the store is asked", () => {
  test("nothing by a hit in memory, however many tags it has", async () => {
    const { caches, store } = await createNodes(1, { policy: { tags: Array.from({ length: 10 }, (_, index) => `tag ${index}`) } });
    const [a] = caches;
    await a.getOrLoad("key", () => "value");
    await a.getOrLoad("none", () => undefined);
    await shipped();
    store.reset();
    for (let i = 0; i < 100; i++) {
      await a.getOrLoad("key", () => "value");
      await a.getOrLoadMany(["key", "none"], () => new Map());
      a.peek("key");
    }
    await shipped();
    expect(store.commands).toEqual(NOTHING);
  });

  test("one get of one key by a hit there", async () => {
    const { caches, store } = await createNodes();
    const [a, b] = caches;
    await a.getOrLoad("key", () => "value", { tags: ["one", "two"] });
    await shipped();
    store.reset();
    await b.getOrLoad("key", () => expect.unreachable());
    await shipped();
    expect(store.commands).toEqual({ ...NOTHING, get: 1, keys: 1 });
  });

  test("one get by a miss, and one set in the background that nobody waits for", async () => {
    const { caches, store } = await createNodes(1);
    const [a] = caches;
    await a.getOrLoad("key", () => "value", { tags: ["one", "two"] });
    expect(store.commands).toEqual({ ...NOTHING, get: 1, keys: 1 });
    await shipped();
    expect(store.commands).toEqual({ ...NOTHING, get: 1, keys: 1, set: 1 });
  });

  test("one get by a miss that finds that there is none", async () => {
    const { caches, store } = await createNodes(1);
    await caches[0].getOrLoad("key", () => undefined);
    await shipped();
    expect(store.commands).toEqual({ ...NOTHING, get: 1, keys: 1 });
  });

  test("one get by all who read in one turn, and by all who wait for one key", async () => {
    const { caches, store } = await createNodes(1);
    await Promise.all(["a", "b", "a", "c"].map((key) => caches[0].getOrLoad(key, () => key)));
    expect(store.commands).toMatchObject({ get: 1, keys: 3 });
  });

  test("one bump and one signal to invalidate a tag, whatever the number of entries", async () => {
    for (const entries of [1, 100]) {
      const { caches, store } = await createNodes(1);
      const [a] = caches;
      const keys = Array.from({ length: entries }, (_, index) => `key ${index}`);
      await a.getOrLoadMany(keys, () => new Map(keys.map((key) => [key, key])), { tags: ["tag"] });
      await shipped();
      store.reset();
      await a.invalidateTags(["tag", "another"]);
      await shipped();
      const { poll, ...others } = store.commands;
      expect(others).toEqual({ ...NOTHING, poll: undefined, bump: 1, signal: 1 });
      expect(poll).toBe(2);
      expect(a.stats().entries).toBe(0);
    }
  });

  test("one bump, one signal and one delete to delete a key; no delete to expire it, and one set to set it", async () => {
    const { caches, store } = await createNodes(1);
    const [a] = caches;
    for (const [act, itsOwn] of [
      [() => a.delete("key"), { delete: 1 }],
      [() => a.expire("key"), {}],
      [() => a.set("key", "value"), { set: 1 }],
    ] as const) {
      store.reset();
      expect(await act()).toBe("done");
      await shipped();
      const { poll, ...others } = store.commands;
      expect(others).toEqual({ ...NOTHING, poll: undefined, bump: 1, signal: 1, ...itsOwn });
      // One before it is done, and one by its own signal.
      expect(poll).toBe(2);
    }
  });

  test("one flush to flush everything, and to do so hard one clear, that nobody waits for", async () => {
    const { caches, store } = await createNodes(1);
    await caches[0].flush();
    expect(store.commands).toMatchObject({ flush: 1, clear: 0, bump: 0, delete: 0 });
    store.reset();
    await caches[0].clear();
    expect(store.commands).toMatchObject({ flush: 1, clear: 1, bump: 0, delete: 0 });
  });

  test("one poll by each other process that hears of a change, and nothing else", async () => {
    const { caches, store } = await createNodes(3);
    await caches[0].delete("key");
    await shipped();
    const { poll, ...others } = store.commands;
    expect(others).toEqual({ ...NOTHING, poll: undefined, bump: 1, delete: 1, signal: 1 });
    // Two of the one that deleted: before the delete is done, and by its own signal.
    expect(poll).toBe(4);
  });

  test("one poll every 400 ms by a process in which nothing happens", async () => {
    const { clock, store } = await createNodes(1);
    for (let i = 0; i < 10; i++) {
      clock.advance(400);
      await shipped();
    }
    expect(store.commands).toEqual({ ...NOTHING, poll: 10 });
  });
});
