import { expect, test, vi } from "vitest";
import { createCache, LoadTimeoutError, ManualClock } from "../src/index.ts";
import { deferred, settled } from "./support/deferred.ts";

test("200 reads that miss together load once, and all get the value", async () => {
  const cache = createCache({ namespace: "test" });
  const load = vi.fn(async () => "value");
  const answers = await Promise.all(Array.from({ length: 200 }, () => cache.getOrLoad("key", load)));
  expect(load).toHaveBeenCalledTimes(1);
  expect(new Set(answers)).toEqual(new Set(["value"]));
});

test("different keys load in parallel", async () => {
  const cache = createCache({ namespace: "test" });
  const never = cache.getOrLoad("stuck", () => new Promise<never>(() => {}));
  expect(await cache.getOrLoad("other", () => "value")).toBe("value");
  void never;
});

test("a rejection reaches all who wait, and is never kept", async () => {
  const cache = createCache({ namespace: "test" });
  const failure = new Error("no database");
  const load = vi.fn(() => Promise.reject(failure));
  const answers = await Promise.allSettled(Array.from({ length: 5 }, () => cache.getOrLoad("key", load)));
  expect(load).toHaveBeenCalledTimes(1);
  expect(answers).toEqual(Array.from({ length: 5 }, () => ({ status: "rejected", reason: failure })));
  expect(await cache.getOrLoad("key", () => "value")).toBe("value");
});

test("loads of one key stay one at a time while they keep failing", async () => {
  const cache = createCache({ namespace: "test" });
  let running = 0;
  let most = 0;
  const load = async () => {
    most = Math.max(most, ++running);
    await settled();
    running--;
    throw new Error("no");
  };
  for (let wave = 0; wave < 3; wave++) await Promise.allSettled([1, 2, 3].map(() => cache.getOrLoad("key", load)));
  expect(most).toBe(1);
});

test("a loader that throws before it returns a promise has failed like any other", async () => {
  const cache = createCache({ namespace: "test" });
  await expect(
    cache.getOrLoad("key", () => {
      throw new Error("at once");
    }),
  ).rejects.toThrow("at once");
  expect(await cache.getOrLoad("key", () => 1)).toBe(1);
});

test("a failed load leaves a value alone that was put in meanwhile", async () => {
  const cache = createCache({ namespace: "test" });
  const loading = deferred<string>();
  const read = cache.getOrLoad("key", () => loading.promise);
  await cache.set("key", "set");
  loading.reject(new Error("no"));
  await expect(read).rejects.toThrow("no");
  expect(cache.peek("key")).toBe("set");
});

test("a load that never settles frees its key at hardTimeoutMs, and tells its loader", async () => {
  const clock = new ManualClock();
  const cache = createCache({ namespace: "test", clock });
  let signal: AbortSignal | undefined;
  const stuck = cache.getOrLoad(
    "key",
    (context) => {
      signal = context.signal;
      return new Promise<string>(() => {});
    },
    { hardTimeoutMs: 1_000 },
  );
  const follower = cache.getOrLoad("key", () => "never called");
  const refused = Promise.all([
    expect(stuck).rejects.toBeInstanceOf(LoadTimeoutError),
    expect(follower).rejects.toBeInstanceOf(LoadTimeoutError),
  ]);
  await settled();
  clock.advance(999);
  await settled();
  expect(signal?.aborted).toBe(false);
  clock.advance(1);
  await refused;
  expect(signal?.reason).toBeInstanceOf(LoadTimeoutError);
  expect(await cache.getOrLoad("key", () => "second")).toBe("second");
});

test("what a load returns after its time is up is ignored", async () => {
  const clock = new ManualClock();
  const cache = createCache({ namespace: "test", clock });
  const loading = deferred<string>();
  const late = cache.getOrLoad("key", () => loading.promise, { hardTimeoutMs: 10 });
  const refused = expect(late).rejects.toBeInstanceOf(LoadTimeoutError);
  await settled();
  clock.advance(10);
  await refused;
  loading.resolve("too late");
  await settled();
  expect(cache.peek("key")).toBeUndefined();
});

test("a signal that is first asked for after the time is up is aborted", async () => {
  const clock = new ManualClock();
  const cache = createCache({ namespace: "test", clock });
  const asked = deferred<boolean>();
  const wake = deferred<void>();
  const read = cache.getOrLoad(
    "key",
    async (context) => {
      await wake.promise;
      asked.resolve(context.signal.aborted);
    },
    { hardTimeoutMs: 10 },
  );
  const refused = expect(read).rejects.toBeInstanceOf(LoadTimeoutError);
  await settled();
  clock.advance(10);
  await refused;
  wake.resolve();
  expect(await asked.promise).toBe(true);
});

test("a load has no deadline with hardTimeoutMs: Infinity, and leaves no timer behind with any", async () => {
  const clock = new ManualClock();
  const cache = createCache({ namespace: "test", clock });
  const loading = deferred<string>();
  const read = cache.getOrLoad("patient", () => loading.promise, { hardTimeoutMs: Number.POSITIVE_INFINITY });
  await cache.getOrLoad("quick", () => 1);
  expect(clock.alarms).toBe(0);
  clock.advance(1e9);
  loading.resolve("value");
  expect(await read).toBe("value");
});

test("a loader that reads its own key waits for itself, until its time is up", async () => {
  const clock = new ManualClock();
  const cache = createCache({ namespace: "test", clock });
  const read = cache.getOrLoad("key", (): Promise<string> => cache.getOrLoad("key", () => "inner"));
  const refused = expect(read).rejects.toBeInstanceOf(LoadTimeoutError);
  await settled();
  clock.advance(30_000);
  await refused;
});

test("a loader may read other keys", async () => {
  const cache = createCache({ namespace: "test" });
  const read = () => cache.getOrLoad("outer", async () => `<${await cache.getOrLoad("inner", () => "inner")}>`);
  expect(await read()).toBe("<inner>");
  expect(cache.peek("inner")).toBe("inner");
});
