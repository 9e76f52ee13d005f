import { describe, expect, test, vi } from "vitest";
import { createCache, createFreshness, type LoadContext, ManualClock, notModified, type Policy } from "../src/index.ts";
import { settled } from "./support/deferred.ts";
import { createNodes, shipped } from "./support/nodes.ts";
import { ScriptedAuthority } from "./support/scripted-authority.ts";

/** A cache whose "key" was the very same value for 100 ms, which are just over. */
async function over(policy: Policy = {}) {
  const clock = new ManualClock();
  const cache = createCache({ namespace: "test", clock, policy: { ttlMs: 100, ...policy } });
  const value = { etag: "1" };
  await cache.getOrLoad("key", () => value);
  clock.advance(100);
  return { clock, cache, value };
}

test("a loader is told what is held though over, and says that it is still right: it lives for another TTL, as the same object", async () => {
  const { clock, cache, value } = await over();
  const load = vi.fn(({ held }: LoadContext<typeof value>) => (held?.etag === "1" ? notModified : { etag: "2" }));
  expect(await cache.getOrLoad("key", load)).toBe(value);
  expect(load.mock.calls[0]![0]).toMatchObject({ key: "key", held: value });
  clock.advance(99);
  expect(cache.peek("key")).toBe(value);
  clock.advance(1);
  expect(cache.peek("key")).toBeUndefined();
  expect(cache.stats()).toMatchObject({ reads: { miss: 2 }, loads: { installed: 2 } });
});

test("a loader is told of nothing where nothing is held: on a first load, after a delete, or for what there is not", async () => {
  const { cache } = await over();
  const held: unknown[] = [];
  const load = (context: LoadContext<unknown>) => {
    held.push(context.held);
    return undefined;
  };
  await cache.getOrLoad("first", load, { negativeTtlMs: 0 });
  await cache.delete("key");
  await cache.getOrLoad("key", load);
  await cache.set("none", undefined);
  await cache.expire("none");
  await cache.getOrLoad("none", load);
  expect(held).toEqual([undefined, undefined, undefined]);
});

test("said of nothing that is held, it rejects", async () => {
  const { cache } = await over();
  await expect(cache.getOrLoad("other", () => notModified as never)).rejects.toMatchObject({ code: "option-invalid" });
  await expect(cache.set("other", notModified as never)).rejects.toMatchObject({ code: "option-invalid" });
  expect(cache.stats()).toMatchObject({ entries: 1, flights: 0 });
});

test("it has the new policy's lifetimes and tags", async () => {
  const { clock, cache, value } = await over();
  await cache.getOrLoad<typeof value>("key", () => notModified, { ttlMs: 1_000, tags: ["tag"] });
  clock.advance(999);
  expect(cache.peek("key")).toBe(value);
  await cache.invalidateTags(["tag"]);
  expect(cache.peek("key")).toBeUndefined();
});

test("it may be said by a load in the background", async () => {
  const { clock, cache, value } = await over({ staleWhileRevalidateMs: 100 });
  expect(await cache.getOrLoad<typeof value>("key", () => notModified)).toBe(value);
  await settled();
  clock.advance(99);
  expect(cache.peek("key")).toBe(value);
});

test("of what was deleted meanwhile it is an answer for who waits, and no longer kept", async () => {
  const { cache, value } = await over();
  let finish = () => {};
  const read = cache.getOrLoad<typeof value>("key", () => new Promise((resolve) => (finish = () => resolve(notModified))));
  await settled();
  await cache.delete("key");
  finish();
  expect(await read).toBe(value);
  expect(cache.peek("key")).toBeUndefined();
});

describe("under a freshness", () => {
  async function createProcess() {
    const clock = new ManualClock();
    const authority = new ScriptedAuthority();
    authority.change("trip:1");
    const freshness = createFreshness({ authority, clock });
    await freshness.start();
    const cache = createCache({ namespace: "test", freshness, policy: { ttlMs: 100 } });
    await cache.getOrLoad("key", () => authority.read("trip:1", "value"));
    return { clock, authority, freshness, cache };
  }

  test("it comes with a reading like any value, and what is held is then of that version", async () => {
    const { authority, freshness, cache } = await createProcess();
    authority.change("trip:1");
    await freshness.hear();
    expect(cache.peek("key")).toBeUndefined();
    const entry = await cache.getOrLoadEntry<string>("key", ({ held }) => {
      expect(held).toBe("value");
      return authority.read("trip:1", notModified as never);
    });
    expect(entry).toMatchObject({ value: "value", version: 3 });
    expect(cache.peek("key")).toBe("value");
  });

  test("without a reading it is refused like any value", async () => {
    const { clock, cache } = await createProcess();
    clock.advance(100);
    await expect(cache.getOrLoad<string>("key", () => notModified)).rejects.toMatchObject({ code: "unversioned" });
  });

  test("with a reading of nothing that is held, it rejects", async () => {
    const { authority, cache } = await createProcess();
    const load = () => authority.read("trip:1", notModified as never);
    await expect(cache.getOrLoad("other", load)).rejects.toMatchObject({ code: "option-invalid" });
  });
});

test("what is over in the second tier is told to the loader as well, and is put there again", async () => {
  const { clock, caches, store } = await createNodes(3, { policy: { ttlMs: 1_000, graceMs: 1_000 } });
  const [a, b, c] = caches;
  await a.getOrLoad("key", () => "value");
  await shipped();
  clock.advance(1_100);
  store.reset();
  const read = await b.getOrLoad<string>("key", ({ held }) => {
    expect(held).toBe("value");
    return notModified;
  });
  expect(read).toBe("value");
  await shipped();
  expect(store.commands).toMatchObject({ set: 1 });
  clock.advance(500);
  expect(await c.getOrLoad("key", () => expect.unreachable())).toBe("value");
});
