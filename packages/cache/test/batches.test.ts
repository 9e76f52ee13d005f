import { describe, expect, test, vi } from "vitest";
import { createCache, LoadTimeoutError, ManualClock } from "../src/index.ts";
import { capitals } from "./support/capitals.ts";
import { deferred, settled } from "./support/deferred.ts";
import { never, stateOf } from "./support/nodes.ts";

describe("a batch", () => {
  test("gives the values in the order of its keys, and asks once, for exactly what is not held", async () => {
    const cache = createCache({ namespace: "test" });
    const { asked, load } = capitals();
    await cache.set("b", "held");
    expect(await cache.getOrLoadMany(["c", "b", "a"], load)).toEqual(["C", "held", "A"]);
    expect(asked).toEqual([["c", "a"]]);
    expect(await cache.getOrLoadMany(["a", "b", "c"], load)).toEqual(["A", "held", "C"]);
    expect(asked).toHaveLength(1);
    expect(cache.stats()).toMatchObject({ reads: { hit: 4, miss: 2 }, loads: { installed: 2 } });
  });

  test("of no keys asks nobody", async () => {
    const cache = createCache({ namespace: "test" });
    expect(await cache.getOrLoadMany([], () => expect.unreachable())).toEqual([]);
  });

  test("with a key twice asks for it once, and gives it twice", async () => {
    const cache = createCache({ namespace: "test" });
    const { asked, load } = capitals();
    expect(await cache.getOrLoadMany(["a", "b", "a"], load)).toEqual(["A", "B", "A"]);
    expect(asked).toEqual([["a", "b"]]);
    expect(cache.stats().reads).toMatchObject({ miss: 2, collapsed: 1 });
  });

  test("knows from then on that there is none of what is missing in the answer, or is undefined there", async () => {
    const cache = createCache({ namespace: "test" });
    const load = vi.fn(
      (_: readonly string[]) =>
        new Map<string, string | undefined>([
          ["a", "A"],
          ["b", undefined],
          ["never asked for", "X"],
        ]),
    );
    expect(await cache.getOrLoadMany(["a", "b", "c"], load)).toEqual(["A", undefined, undefined]);
    expect(await cache.getOrLoadMany(["a", "b", "c"], load)).toEqual(["A", undefined, undefined]);
    expect(load).toHaveBeenCalledTimes(1);
    expect(cache.stats()).toMatchObject({ entries: 1, negativeEntries: 2, reads: { hit: 1, negative: 2, miss: 3 } });
    expect(cache.peek("never asked for")).toBeUndefined();
  });

  test("waits for a key that is being loaded already, and whoever reads one of its keys waits for it", async () => {
    const cache = createCache({ namespace: "test" });
    const [single, many] = [deferred<string>(), deferred<ReadonlyMap<string, string>>()];
    const first = cache.getOrLoad("a", () => single.promise);
    const asked: (readonly string[])[] = [];
    const batch = cache.getOrLoadMany<string>(["a", "b"], (keys) => {
      asked.push(keys);
      return many.promise;
    });
    const last = cache.getOrLoad("b", () => "not called");
    await settled();
    expect(asked).toEqual([["b"]]);
    many.resolve(new Map([["b", "of the batch"]]));
    expect(await last).toBe("of the batch");
    expect(await stateOf(batch)).toBe("pending");
    single.resolve("of its own");
    expect(await batch).toEqual(["of its own", "of the batch"]);
    expect(await first).toBe("of its own");
  });

  test("that another batch overlaps is asked nothing twice", async () => {
    const cache = createCache({ namespace: "test" });
    const { asked, load } = capitals();
    const batches = [cache.getOrLoadMany(["a", "b"], load), cache.getOrLoadMany(["b", "c"], load)];
    expect(await Promise.all(batches)).toEqual([
      ["A", "B"],
      ["B", "C"],
    ]);
    expect(asked).toEqual([["a", "b"], ["c"]]);
  });

  test.each([
    ["rejects", () => Promise.reject(new Error("no source"))],
    [
      "throws",
      () => {
        throw new Error("no source");
      },
    ],
  ])("whose loader %s fails for all its keys, keeps nothing, and each can be loaded again", async (_, load) => {
    const cache = createCache({ namespace: "test" });
    const batch = cache.getOrLoadMany(["a", "b"], load);
    const joined = cache.getOrLoad("b", () => "not called");
    await expect(batch).rejects.toThrow("no source");
    await expect(joined).rejects.toThrow("no source");
    expect(cache.stats()).toMatchObject({ entries: 0, negativeEntries: 0, flights: 0, loads: { failed: 2 } });
    expect(await cache.getOrLoadMany(["a", "b"], capitals().load)).toEqual(["A", "B"]);
  });

  test("whose answer is no map fails", async () => {
    const cache = createCache({ namespace: "test" });
    await expect(cache.getOrLoadMany(["a"], () => ({ a: "A" }) as never)).rejects.toThrow(TypeError);
  });

  test("of which one key fails rejects, and what else was loaded is kept", async () => {
    const cache = createCache({ namespace: "test" });
    const tags = (value: string) => {
      if (value === "B") throw new Error("no tags");
      return [value];
    };
    await expect(cache.getOrLoadMany(["a", "b", "c"], capitals().load, { tags })).rejects.toThrow("no tags");
    expect([cache.peek("a"), cache.peek("b"), cache.peek("c")]).toEqual(["A", undefined, "C"]);
  });

  test("has its policy's tags, lifetimes and family for each value", async () => {
    const clock = new ManualClock();
    const cache = createCache({ namespace: "test", clock });
    const policy = {
      tags: (value: string) => [`of ${value}`],
      ttlMs: (_: string, key: string) => (key === "a" ? 10 : 20),
      family: "letters",
    };
    await cache.getOrLoadMany(["a", "b", "c"], capitals().load, policy);
    await cache.invalidateTags(["of C"]);
    clock.advance(10);
    expect([cache.peek("a"), cache.peek("b"), cache.peek("c")]).toEqual([undefined, "B", undefined]);
    expect(cache.stats().families.letters!.reads).toMatchObject({ miss: 3 });
  });

  test("during which a key is deleted: it gets the value, and that one is not kept", async () => {
    const cache = createCache({ namespace: "test" });
    const loading = deferred<ReadonlyMap<string, string>>();
    const batch = cache.getOrLoadMany(["a", "b"], () => loading.promise);
    await settled();
    await cache.delete("a");
    loading.resolve(
      new Map([
        ["a", "A"],
        ["b", "B"],
      ]),
    );
    expect(await batch).toEqual(["A", "B"]);
    expect([cache.peek("a"), cache.peek("b")]).toEqual([undefined, "B"]);
  });

  test("is left by whoever aborts it, and goes on", async () => {
    const cache = createCache({ namespace: "test" });
    const controller = new AbortController();
    const loading = deferred<ReadonlyMap<string, string>>();
    let signal: AbortSignal | undefined;
    const batch = cache.getOrLoadMany<string>(
      ["a", "b"],
      (_, context) => {
        signal = context.signal;
        return loading.promise;
      },
      { signal: controller.signal },
    );
    const refused = expect(batch).rejects.toBe("left");
    await settled();
    controller.abort("left");
    await refused;
    expect(signal!.aborted).toBe(false);
    loading.resolve(new Map([["a", "A"]]));
    await settled();
    expect(cache.peek("a")).toBe("A");
  });

  test("that never ends is ended by its hard timeout, and told so", async () => {
    const clock = new ManualClock();
    const cache = createCache({ namespace: "test", clock, policy: { hardTimeoutMs: 100 } });
    let signal: AbortSignal | undefined;
    const batch = cache.getOrLoadMany(["a", "b"], (_, context) => {
      signal = context.signal;
      return never();
    });
    const refused = expect(batch).rejects.toBeInstanceOf(LoadTimeoutError);
    await settled();
    clock.advance(100);
    await refused;
    expect(signal!.aborted).toBe(true);
    expect(cache.stats()).toMatchObject({ flights: 0, loads: { "timed-out": 2 } });
  });

  test.each([[""], ["k".repeat(1_025)], [7 as unknown as string]])("with the key %o is refused before anything is asked", async (key) => {
    const cache = createCache({ namespace: "test" });
    await expect(cache.getOrLoadMany(["a", key], () => expect.unreachable())).rejects.toMatchObject({ code: "option-invalid" });
    expect(cache.stats().flights).toBe(0);
  });

  test("through a closed cache is refused, even of nothing", async () => {
    const cache = createCache({ namespace: "test" });
    await cache.close();
    await expect(cache.getOrLoadMany([], () => new Map())).rejects.toMatchObject({ code: "closed" });
  });
});

test("what is stale or due is served at once, and asked for together in the background", async () => {
  const clock = new ManualClock();
  const cache = createCache({ namespace: "test", clock });
  const { asked, load } = capitals();
  await cache.getOrLoadMany(["stale", "dull"], load, { ttlMs: 100, staleWhileRevalidateMs: 100 });
  await cache.getOrLoadMany(["due", "early"], load, { ttlMs: 200, refreshAt: 0.5 });
  clock.advance(100);
  await cache.set("early", "set");
  expect(await cache.getOrLoadMany(["stale", "due", "early", "dull"], load)).toEqual(["STALE", "DUE", "set", "DULL"]);
  await settled();
  expect(asked.slice(2)).toEqual([["stale", "due", "dull"]]);
  expect(cache.stats().reads).toMatchObject({ miss: 4, stale: 2, hit: 2 });
});
