import { describe, expect, test } from "vitest";
import { createCache, ManualClock, type Policy } from "../src/index.ts";
import { createNodes, shipped, skip } from "./support/nodes.ts";

const DAY = 24 * 3_600_000;
const FOREVER = Number.POSITIVE_INFINITY;

describe("a TTL from the value", () => {
  test("is asked of each value that is loaded or set, with its key, and not of what there is not", async () => {
    const clock = new ManualClock();
    const asked: unknown[] = [];
    const ttlMs = (value: { ttl: number }, key: string) => {
      asked.push([key, value.ttl]);
      return value.ttl;
    };
    const cache = createCache({ namespace: "test", clock });
    await cache.getOrLoad("short", () => ({ ttl: 10 }), { ttlMs });
    await cache.set("long", { ttl: 20 }, { ttlMs });
    await cache.getOrLoad<{ ttl: number } | undefined>("none", () => undefined, { ttlMs, negativeTtlMs: 15 });
    expect(asked).toEqual([
      ["short", 10],
      ["long", 20],
    ]);
    clock.advance(14);
    expect([cache.peek("short"), cache.peek("long")]).toEqual([undefined, { ttl: 20 }]);
    expect(cache.stats()).toMatchObject({ negativeEntries: 1 });
    clock.advance(1);
    expect(await cache.getOrLoad<{ ttl: number } | undefined>("none", () => ({ ttl: 1 }), { ttlMs })).toEqual({ ttl: 1 });
  });

  test("that cannot be told, or is none, rejects the load, for all who wait, and keeps nothing", async () => {
    const cache = createCache({ namespace: "test" });
    const fail = () => {
      throw new Error("cannot tell");
    };
    const reads = [cache.getOrLoad("key", () => 1, { ttlMs: fail }), cache.getOrLoad("key", () => 2)];
    const outcomes = await Promise.allSettled(reads);
    expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    await expect(cache.getOrLoad("key", () => 1, { ttlMs: () => Number.NaN })).rejects.toMatchObject({ code: "option-invalid" });
    expect(cache.stats()).toMatchObject({ entries: 0, flights: 0, loads: { failed: 2, installed: 0 } });
  });
});

describe("jitter", () => {
  const lifeWith = async (policy: Policy, draw: number) => {
    const clock = new ManualClock();
    const cache = createCache({ namespace: "test", clock, random: () => draw, policy });
    await cache.getOrLoad("key", () => 1);
    return (await cache.explain("key")).l1!.expiresInMs;
  };

  test("shortens a life by its part of the TTL at most, and lengthens none", async () => {
    expect(await lifeWith({ ttlMs: 1_000, jitter: 0.2 }, 0)).toBe(1_000);
    expect(await lifeWith({ ttlMs: 1_000, jitter: 0.2 }, 0.5)).toBe(900);
    expect(await lifeWith({ ttlMs: 1_000, jitter: 1 }, 0.75)).toBe(250);
    expect(await lifeWith({ ttlMs: FOREVER, jitter: 0.2 }, 0.5)).toBe(FOREVER);
  });

  test("does not concern what there is not", async () => {
    const clock = new ManualClock();
    const cache = createCache({ namespace: "test", clock, random: () => 0.9, policy: { jitter: 1, negativeTtlMs: 1_000 } });
    await cache.getOrLoad("none", () => undefined);
    expect((await cache.explain("none")).l1).toMatchObject({ negative: true, expiresInMs: 1_000 });
  });

  test.each([[-0.1], [1.1], [Number.NaN]])("of %d is refused", async (jitter) => {
    const cache = createCache({ namespace: "test" });
    await expect(cache.getOrLoad("key", () => 1, { jitter })).rejects.toThrow("jitter");
  });
});

describe("what is taken from the second tier", () => {
  /** What b holds of what a has loaded, after so long. */
  async function promoted(of: { writer: Policy; reader?: Policy; afterMs: number }) {
    const { clock, caches } = await createNodes();
    const [a, b] = caches;
    await a.getOrLoad("key", () => "old", of.writer);
    await shipped();
    await skip(clock, of.afterMs);
    const value = await b.getOrLoad("key", () => "new", of.reader ?? of.writer);
    const { l1 } = await b.explain("key");
    return { value, expiresInMs: l1?.expiresInMs, staleForMs: l1?.staleForMs, graceForMs: l1?.graceForMs, b, clock };
  }

  test("keeps what remains of its life, and hits do not renew it", async () => {
    const { value, expiresInMs, b, clock } = await promoted({ writer: { ttlMs: 1_000 }, afterMs: 400 });
    expect([value, expiresInMs]).toEqual(["old", 600]);
    for (let i = 0; i < 5; i++) {
      clock.advance(100);
      expect(b.peek("key")).toBe("old");
    }
    clock.advance(100);
    expect(await b.getOrLoad("key", () => "new", { ttlMs: 1_000 })).toBe("new");
  });

  test("is over when its life is, to the millisecond, in both tiers", async () => {
    expect(await promoted({ writer: { ttlMs: 1_000 }, afterMs: 999 })).toMatchObject({ value: "old", expiresInMs: 1 });
    expect(await promoted({ writer: { ttlMs: 1_000 }, afterMs: 1_000 })).toMatchObject({ value: "new" });
  });

  test("has the jittered life, not a new draw of it", async () => {
    const { clock, caches } = await createNodes(2, { random: () => 0.5, policy: { ttlMs: 1_000, jitter: 0.5 } });
    const [a, b] = caches;
    await a.getOrLoad("key", () => "old");
    await shipped();
    clock.advance(700);
    expect(await b.getOrLoad("key", () => "new")).toBe("old");
    expect((await b.explain("key")).l1).toMatchObject({ expiresInMs: 50 });
  });

  test("lives there for l2TtlMs, and in memory at most for ttlMs at a time", async () => {
    const writer = { ttlMs: 1_000, l2TtlMs: 5_000 };
    expect(await promoted({ writer, afterMs: 3_000 })).toMatchObject({ value: "old", expiresInMs: 1_000 });
    expect(await promoted({ writer, afterMs: 4_500 })).toMatchObject({ value: "old", expiresInMs: 500 });
    expect(await promoted({ writer, afterMs: 5_000 })).toMatchObject({ value: "new" });
  });

  test("has a life of its own there that jitter shortens as well, so that not all go from there at once", async () => {
    const { clock, caches } = await createNodes(2, { random: () => 0.5, policy: { ttlMs: 100, l2TtlMs: 1_000, jitter: 0.4 } });
    const [a, b] = caches;
    await a.getOrLoad("key", () => "old");
    await shipped();
    clock.advance(799);
    expect(await b.getOrLoad("key", () => "new")).toBe("old");
    clock.advance(1);
    expect(await b.getOrLoad("key", () => "new")).toBe("new");
  });

  test("may live there for ever, or for longer than any timer can count", async () => {
    const life = { ttlMs: 1_000, staleWhileRevalidateMs: 50, graceMs: 70 };
    const expected = { value: "old", expiresInMs: 1_000, staleForMs: 1_050, graceForMs: 1_070 };
    expect(await promoted({ writer: { ...life, l2TtlMs: FOREVER }, afterMs: 400 * DAY })).toMatchObject(expected);
    expect(await promoted({ writer: { ...life, l2TtlMs: 365 * DAY }, afterMs: 364 * DAY })).toMatchObject(expected);
    expect(await promoted({ writer: { ttlMs: FOREVER }, afterMs: 400 * DAY })).toMatchObject({ value: "old", expiresInMs: FOREVER });
  });

  test("may live there more briefly than in memory", async () => {
    const writer = { ttlMs: 1_000, l2TtlMs: 300 };
    expect(await promoted({ writer, afterMs: 299 })).toMatchObject({ value: "old", expiresInMs: 1 });
    expect(await promoted({ writer, afterMs: 300 })).toMatchObject({ value: "new" });
  });

  test("lives by the reader's policy where that is stricter than the writer's", async () => {
    const writer = { ttlMs: 60_000, staleWhileRevalidateMs: 60_000, graceMs: 60_000 };
    expect(await promoted({ writer, reader: { ttlMs: 100 }, afterMs: 10 })).toMatchObject({
      value: "old",
      expiresInMs: 100,
      staleForMs: 100,
      graceForMs: Number.NEGATIVE_INFINITY,
    });
    const { expiresInMs } = await promoted({ writer, reader: { ttlMs: (value: unknown) => String(value).length }, afterMs: 10 });
    expect(expiresInMs).toBe(3);
  });

  test("has no longer afterlife than its writer gave it", async () => {
    const reader = { ttlMs: 1_000, staleWhileRevalidateMs: 1_000, graceMs: 1_000 };
    const writer = { ttlMs: 1_000, staleWhileRevalidateMs: 10, graceMs: 20 };
    expect(await promoted({ writer, reader, afterMs: 900 })).toMatchObject({ expiresInMs: 100, staleForMs: 110, graceForMs: 120 });
  });

  test("is not taken by whoever wants no value for more than 0 ms", async () => {
    expect(await promoted({ writer: { ttlMs: 1_000 }, reader: { ttlMs: 0 }, afterMs: 0 })).toMatchObject({ value: "new" });
  });
});

test("that there is none is for this process alone", async () => {
  const { caches, store } = await createNodes();
  const [a, b] = caches;
  await a.getOrLoad("key", () => undefined);
  await shipped();
  expect(store.commands.set).toBe(0);
  expect(await b.getOrLoad<string | undefined>("key", () => "there is")).toBe("there is");
});
