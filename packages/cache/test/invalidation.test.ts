import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { type Cache, createCache } from "../src/index.ts";
import { deferred, settled } from "./support/deferred.ts";

const waysToInvalidate: [string, (cache: Cache) => Promise<unknown>][] = [
  ["delete", (cache) => cache.delete("key")],
  ["invalidateTags", (cache) => cache.invalidateTags(["tag"])],
  ["clear", (cache) => cache.clear()],
];

describe.each(waysToInvalidate)("%s", (_, invalidate) => {
  test("forgets what is held", async () => {
    const cache = createCache({ namespace: "test", policy: { tags: ["tag"] } });
    await cache.getOrLoad("key", () => "old");
    await invalidate(cache);
    expect(cache.peek("key")).toBeUndefined();
    expect(await cache.getOrLoad("key", () => "new")).toBe("new");
  });

  test("forgets that there is nothing", async () => {
    const cache = createCache({ namespace: "test", policy: { tags: ["tag"] } });
    await cache.getOrLoad<string | undefined>("key", () => undefined);
    await invalidate(cache);
    expect(await cache.getOrLoad<string | undefined>("key", () => "now there is")).toBe("now there is");
  });

  test("during a load wins: those who wait get its value, nobody later does", async () => {
    const cache = createCache({ namespace: "test", policy: { tags: ["tag"] } });
    const loading = deferred<string>();
    const leader = cache.getOrLoad("key", () => loading.promise);
    const follower = cache.getOrLoad("key", () => "never called");
    await settled();
    await invalidate(cache);
    loading.resolve("old");
    expect(await leader).toBe("old");
    expect(await follower).toBe("old");
    expect(cache.peek("key")).toBeUndefined();
  });

  test("a read that starts after it resolved does not join the old load", async () => {
    const cache = createCache({ namespace: "test", policy: { tags: ["tag"] } });
    const loading = deferred<string>();
    const before = cache.getOrLoad("key", () => loading.promise);
    await settled();
    await invalidate(cache);
    const after = cache.getOrLoad("key", () => "new");
    expect(await after).toBe("new");
    loading.resolve("old");
    expect(await before).toBe("old");
    expect(cache.peek("key")).toBe("new");
  });

  test("the end of a load that was overtaken does not release the load that followed it", async () => {
    const cache = createCache({ namespace: "test", policy: { tags: ["tag"] } });
    const [first, second] = [deferred<string>(), deferred<string>()];
    const before = cache.getOrLoad("key", () => first.promise);
    await settled();
    await invalidate(cache);
    const load = vi.fn(() => second.promise);
    const after = cache.getOrLoad("key", load);
    first.resolve("old");
    await before;
    const later = cache.getOrLoad("key", load);
    second.resolve("new");
    expect([await after, await later]).toEqual(["new", "new"]);
    expect(load).toHaveBeenCalledTimes(1);
  });

  test("twice during one load counts twice", async () => {
    const cache = createCache({ namespace: "test", policy: { tags: ["tag"] } });
    const loads = [deferred<string>(), deferred<string>()];
    const reads: Promise<string>[] = [];
    for (const { promise } of loads) {
      reads.push(cache.getOrLoad("key", () => promise));
      await settled();
      await invalidate(cache);
    }
    loads[1]!.resolve("second");
    loads[0]!.resolve("first");
    expect(await Promise.all(reads)).toEqual(["first", "second"]);
    expect(cache.peek("key")).toBeUndefined();
  });
});

test("only what carries the tag goes", async () => {
  const cache = createCache({ namespace: "test" });
  await cache.set("a", 1, { tags: ["red", "round"] });
  await cache.set("b", 2, { tags: ["round"] });
  await cache.set("c", 3);
  await cache.invalidateTags(["red", "unheard of"]);
  expect([cache.peek("a"), cache.peek("b"), cache.peek("c")]).toEqual([undefined, 2, 3]);
});

test("a tag does not stop the load of something that does not carry it", async () => {
  const cache = createCache({ namespace: "test" });
  const loading = deferred<string>();
  const read = cache.getOrLoad("key", () => loading.promise, { tags: ["red"] });
  await settled();
  await cache.invalidateTags(["blue"]);
  loading.resolve("value");
  await read;
  expect(cache.peek("key")).toBe("value");
});

test("a set during a load wins", async () => {
  const cache = createCache({ namespace: "test" });
  const loading = deferred<string>();
  const read = cache.getOrLoad("key", () => loading.promise);
  await settled();
  expect(await cache.set("key", "set")).toBe("done");
  loading.resolve("loaded");
  expect(await read).toBe("loaded");
  expect(cache.peek("key")).toBe("set");
});

test("of two sets at once the later wins, and a delete after a set", async () => {
  const cache = createCache({ namespace: "test" });
  await Promise.all([cache.set("key", 1), cache.set("key", 2)]);
  expect(cache.peek("key")).toBe(2);
  const [held] = await Promise.all([cache.set("key", 3), cache.delete("key")]);
  expect(held).toBe("not-kept");
  expect(cache.peek("key")).toBeUndefined();
});

test("whatever the order of reads, ends of loads, sets and deletes, no read gets what was replaced before it began", async () => {
  const action = fc.oneof(
    { weight: 4, arbitrary: fc.constant("read" as const) },
    { weight: 4, arbitrary: fc.constant("finish a load" as const) },
    fc.constant("set" as const),
    fc.constantFrom("delete" as const, "invalidateTags" as const, "clear" as const),
  );
  const key = fc.constantFrom("a", "b");
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(action, key), { maxLength: 40 }), async (script) => {
      const cache = createCache({ namespace: "test", policy: { tags: ["tag"] } });
      const truth = { a: 0, b: 0 };
      const loads: (() => void)[] = [];
      const reads: Promise<void>[] = [];
      const read = async (of: "a" | "b") => {
        const begunAt = truth[of];
        const value = await cache.getOrLoad(of, async () => {
          const seen = truth[of];
          await new Promise<void>((resolve) => loads.push(resolve));
          return seen;
        });
        expect(value).toBeGreaterThanOrEqual(begunAt);
      };
      for (const [what, of] of script) {
        if (what === "read") reads.push(read(of));
        else if (what === "finish a load") loads.splice(Math.floor(loads.length / 2), 1)[0]?.();
        else if (what === "set") await cache.set(of, ++truth[of]);
        else if (what === "delete") {
          truth[of]++;
          await cache.delete(of);
        } else {
          truth.a++;
          truth.b++;
          await (what === "clear" ? cache.clear() : cache.invalidateTags(["tag"]));
        }
        await settled();
      }
      while (loads.length > 0) {
        loads.pop()?.();
        await settled();
      }
      await Promise.all(reads);
    }),
    { numRuns: 150 },
  );
});
