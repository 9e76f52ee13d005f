import { describe, expect, test } from "vitest";
import { type Cache, type CacheOptions, createCache, ManualClock } from "../src/index.ts";
import { createMemoryBackend } from "../src/testing/index.ts";
import { deferred, settled } from "./support/deferred.ts";

/** Several processes that share one store, each with a cache of its own. */
function createNodes(count = 2, options: Partial<CacheOptions> = {}) {
  const clock = new ManualClock();
  const backend = createMemoryBackend({ clock });
  const nodes = Array.from({ length: count }, () => createCache({ namespace: "test", clock, l2: backend, ...options }));
  return { clock, backend, nodes: nodes as [Cache, Cache, ...Cache[]] };
}

/** Waits until what is on its way to the second tier is there. */
const shipped = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

describe("two processes and one store", () => {
  test("what one has loaded the other finds in the second tier", async () => {
    const { nodes } = createNodes();
    const [a, b] = nodes;
    expect(await a.getOrLoad("key", () => ({ at: new Date(5) }))).toEqual({ at: new Date(5) });
    await shipped();
    expect(await b.getOrLoad("key", () => ({ at: new Date(6) }))).toEqual({ at: new Date(5) });
    expect(b.stats()).toMatchObject({ reads: { hit: 1, miss: 0 }, hitsFromL2: 1, l2: { reads: { accepted: 1 } } });
    expect(b.peek("key")).toEqual({ at: new Date(5) });
  });

  test("a delete reaches the other's memory", async () => {
    const { nodes } = createNodes();
    const [a, b] = nodes;
    await a.getOrLoad("key", () => "old");
    await shipped();
    await b.getOrLoad("key", () => "old");
    expect(await a.delete("key")).toBe("done");
    await settled();
    expect(b.peek("key")).toBeUndefined();
    expect(await b.getOrLoad("key", () => "new")).toBe("new");
  });

  test("an old value that a slow load writes after a delete elsewhere is served to nobody", async () => {
    const { nodes } = createNodes(3);
    const [a, b, c] = nodes as [Cache, Cache, Cache];
    const loading = deferred<string>();
    const slow = a.getOrLoad("key", () => loading.promise);
    await settled();
    expect(await b.delete("key")).toBe("done");
    loading.resolve("old");
    expect(await slow).toBe("old");
    await shipped();
    expect(await a.getOrLoad("key", () => "new")).toBe("new");
    expect(await c.getOrLoad("key", () => "newer")).toBe("newer");
  });

  test("a delete is not waited for by whoever reads after it: the load that was under way is not joined", async () => {
    const { nodes } = createNodes();
    const [a, b] = nodes;
    const loading = deferred<string>();
    const slow = b.getOrLoad("key", () => loading.promise);
    await settled();
    await a.delete("key");
    await settled();
    expect(await b.getOrLoad("key", () => "new")).toBe("new");
    loading.resolve("old");
    expect(await slow).toBe("old");
    expect(b.peek("key")).toBe("new");
  });

  test("two that set at once end with the same value everywhere", async () => {
    const { nodes } = createNodes();
    const [a, b] = nodes;
    await Promise.all([a.set("key", "a"), b.set("key", "b")]);
    await shipped();
    await settled();
    const seen = [await a.getOrLoad("key", () => "loaded"), await b.getOrLoad("key", () => "loaded")];
    expect(seen[0]).toBe(seen[1]);
    expect(["a", "b"]).toContain(seen[0]);
  });

  test("a tag reaches all that carry it, in memory and in the second tier, whoever put them there", async () => {
    const { nodes } = createNodes(3);
    const [a, b, c] = nodes as [Cache, Cache, Cache];
    const policy = { tags: (value: string) => [`of:${value}`] };
    await a.getOrLoad("x", () => "old", policy);
    await a.getOrLoad("y", () => "other", policy);
    await shipped();
    await b.getOrLoad("x", () => "old", policy);
    expect(await b.invalidateTags(["of:old"])).toBe("done");
    await settled();
    expect([a.peek("x"), a.peek("y"), b.peek("x")]).toEqual([undefined, "other", undefined]);
    expect(await c.getOrLoad("x", () => "new", policy)).toBe("new");
    expect(await c.getOrLoad("y", () => "new", policy)).toBe("other");
  });

  test("many keys take one look at the second tier and one call of the loader, for exactly what is missing", async () => {
    const { nodes } = createNodes();
    const [a, b] = nodes;
    const load = async (keys: readonly string[]) => new Map(keys.map((key) => [key, key.toUpperCase()]));
    await a.getOrLoadMany(["a", "b"], load);
    await shipped();
    const asked: (readonly string[])[] = [];
    const values = await b.getOrLoadMany(["a", "x", "b", "y"], (keys) => {
      asked.push(keys);
      return load(keys);
    });
    expect(values).toEqual(["A", "X", "B", "Y"]);
    expect(asked).toEqual([["x", "y"]]);
    expect(b.stats().reads).toMatchObject({ hit: 2, miss: 2 });
  });
});
