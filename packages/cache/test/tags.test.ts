import { describe, expect, test, vi } from "vitest";
import { type Cache, createCache, treeTags } from "../src/index.ts";
import { deferred, settled } from "./support/deferred.ts";
import { createNodes, shipped } from "./support/nodes.ts";

describe("tags from the value", () => {
  test("are asked of each value with its key, and it goes by them", async () => {
    const cache = createCache({ namespace: "test" });
    const tags = vi.fn((value: { author: string }, key: string) => [`by:${value.author}`, `key:${key}`]);
    await cache.getOrLoad("a", () => ({ author: "ann" }), { tags });
    await cache.set("b", { author: "bob" }, { tags });
    expect(tags.mock.calls).toEqual([
      [{ author: "ann" }, "a"],
      [{ author: "bob" }, "b"],
    ]);
    await cache.invalidateTags(["by:ann"]);
    expect([cache.peek("a"), cache.peek("b")]).toEqual([undefined, { author: "bob" }]);
    await cache.invalidateTags(["key:b"]);
    expect(cache.peek("b")).toBeUndefined();
  });

  test("are not asked of what there is not: that goes by its key, and by tags that are known beforehand", async () => {
    const cache = createCache({ namespace: "test" });
    await cache.getOrLoad("a", () => undefined, { tags: () => expect.unreachable() });
    await cache.getOrLoad("b", () => undefined, { tags: ["known"] });
    expect(cache.stats().negativeEntries).toBe(2);
    await cache.invalidateTags(["known"]);
    expect(cache.stats().negativeEntries).toBe(1);
    await cache.delete("a");
    expect(cache.stats().negativeEntries).toBe(0);
  });

  test("are those of the newest value", async () => {
    const cache = createCache({ namespace: "test" });
    const tags = (value: string) => [value];
    await cache.set("key", "old", { tags });
    await cache.set("key", "new", { tags });
    await cache.invalidateTags(["old"]);
    expect(cache.peek("key")).toBe("new");
    await cache.invalidateTags(["new"]);
    expect(cache.peek("key")).toBeUndefined();
  });

  test("that cannot be told reject the load for all who wait, keep nothing, and free the key", async () => {
    const cache = createCache({ namespace: "test" });
    const tags = () => {
      throw new Error("no tags");
    };
    const reads = [cache.getOrLoad("key", () => "value", { tags }), cache.getOrLoad("key", () => "not called")];
    for (const read of reads) await expect(read).rejects.toThrow("no tags");
    expect(cache.stats()).toMatchObject({ entries: 0, flights: 0, loads: { failed: 1, installed: 0 } });
    await cache.invalidateTags(["anything"]);
    expect(await cache.getOrLoad("key", () => "value")).toBe("value");
  });

  test.each([[undefined], [[7]], [["a".repeat(1_025)]], [[""]]])("that are none, %o, do so too", async (found) => {
    const { caches, store } = await createNodes(1);
    await expect(caches[0].getOrLoad("key", () => "value", { tags: () => found as never })).rejects.toThrow();
    await shipped();
    expect(caches[0].stats()).toMatchObject({ entries: 0, flights: 0 });
    expect(store.commands.set).toBe(0);
  });

  test("invalidated while it was loaded: whoever asked before gets the value, whoever comes after does not", async () => {
    const cache = createCache({ namespace: "test" });
    const [first, second] = [deferred<string>(), deferred<string>()];
    const load = vi.fn().mockReturnValueOnce(first.promise).mockReturnValueOnce(second.promise);
    const tags = (value: string) => [`of ${value}`];
    const before = cache.getOrLoad("key", load, { tags });
    await settled();
    await cache.invalidateTags(["of old", "of anything"]);
    const after = cache.getOrLoad("key", load, { tags });
    first.resolve("old");
    expect(await before).toBe("old");
    await settled();
    second.resolve("new");
    expect(await after).toBe("new");
    expect(cache.peek("key")).toBe("new");
  });

  test("whose load an invalidation of another tag leaves alone", async () => {
    const cache = createCache({ namespace: "test" });
    const loading = deferred<string>();
    const load = vi.fn(() => loading.promise);
    const before = cache.getOrLoad("key", load, { tags: (value) => [value] });
    await settled();
    await cache.invalidateTags(["other"]);
    const after = cache.getOrLoad("key", load);
    loading.resolve("value");
    expect(await Promise.all([before, after])).toEqual(["value", "value"]);
    expect(load).toHaveBeenCalledTimes(1);
    expect(cache.peek("key")).toBe("value");
  });
});

describe("a tree of tags", () => {
  const pages = ["a", "a/x", "a/x/1", "a/x/2", "a/y", "b"];
  const put = async (cache: Cache) => {
    for (const page of pages) await cache.set(page, page, { tags: treeTags(...page.split("/")) });
  };
  const left = (cache: Cache) => pages.filter((page) => cache.peek(page) !== undefined);

  test("is invalidated from any place down, and nothing beside or above", async () => {
    const cache = createCache({ namespace: "test" });
    for (const [place, rest] of [
      ["a/x", ["a", "a/y", "b"]],
      ["a/x/1", ["a", "a/x", "a/x/2", "a/y", "b"]],
      ["a", ["b"]],
      ["x", pages],
    ] as const) {
      await put(cache);
      await cache.invalidateTags([place]);
      expect(left(cache)).toEqual(rest);
    }
  });

  test("is spelt from the root, one tag a level", () => {
    expect(treeTags("trip:1", "group:2", "page:3")).toEqual(["trip:1", "trip:1/group:2", "trip:1/group:2/page:3"]);
    expect(treeTags()).toEqual([]);
  });
});

describe("with a second tier", () => {
  test("what was taken from there goes by the tags that it was put there with, not by the reader's", async () => {
    const { caches } = await createNodes();
    const [a, b] = caches;
    await a.getOrLoad("key", () => "value", { tags: (value) => [`of ${value}`] });
    await shipped();
    expect(await b.getOrLoad("key", () => expect.unreachable(), { tags: ["b's own"] })).toBe("value");
    await b.invalidateTags(["b's own"]);
    expect(b.peek("key")).toBe("value");
    await a.invalidateTags(["of value"]);
    await shipped();
    expect(b.peek("key")).toBeUndefined();
  });

  test("negative entries with tags go in every process", async () => {
    const { caches } = await createNodes();
    const [a, b] = caches;
    await b.getOrLoad("key", () => undefined, { tags: ["tag"] });
    await a.invalidateTags(["tag"]);
    await shipped();
    expect(b.stats().negativeEntries).toBe(0);
    expect(await b.getOrLoad<string | undefined>("key", () => "now there is")).toBe("now there is");
  });

  test("an invalidation in another process beats a load here whose value turns out to carry the tag", async () => {
    const { caches, store } = await createNodes();
    const [a, b] = caches;
    const loading = deferred<string>();
    const read = b.getOrLoad("key", () => loading.promise, { tags: (value) => [value] });
    await shipped();
    await a.invalidateTags(["old"]);
    await shipped();
    store.reset();
    loading.resolve("old");
    expect(await read).toBe("old");
    await shipped();
    expect(b.peek("key")).toBeUndefined();
    expect(store.commands.set).toBe(0);
  });

  test("an invalidation while the value is on its way from there beats it", async () => {
    const { clock, caches, connections } = await createNodes();
    const [a, b] = caches;
    await a.getOrLoad("key", () => "old", { tags: ["tag"] });
    await shipped();
    for (const invalidator of [a, b]) {
      await a.getOrLoad("key", () => "old", { tags: ["tag"] });
      await shipped();
      connections[1]!.tier.misbehave({ answersLate: 1, lateMs: 40 });
      const read = b.getOrLoad("key", () => "new", { tags: ["tag"] });
      await shipped();
      expect(await invalidator.invalidateTags(["tag"])).toBe("done");
      await shipped();
      connections[1]!.tier.misbehave({});
      clock.advance(40);
      expect(await read).toBe("new");
      await b.delete("key");
    }
  });

  test("nothing is asked of anybody to invalidate no tags", async () => {
    const { caches, store } = await createNodes(1);
    expect(await caches[0].invalidateTags([])).toBe("done");
    expect(store.commands).toMatchObject({ bump: 0, poll: 0, signal: 0 });
  });
});
