import { describe, expect, test } from "vitest";
import { type Backend, type Cache, createCache, ManualClock } from "../src/index.ts";
import { createMemoryBackend } from "../src/testing/index.ts";
import { SharedLog } from "./simulation/shared-log.ts";
import { deferred } from "./support/deferred.ts";
import { createNodes, createStrangers, never, pass, shipped, stateOf } from "./support/nodes.ts";

const HUNG = { hangs: 1 };

/** Lets the polls of a connection wait for `release`. */
function holdPolls(connection: { readonly authority: { poll: (...args: never[]) => Promise<unknown> } }) {
  const { authority } = connection;
  const { poll } = authority;
  const gate = deferred<void>();
  authority.poll = async (...args) => {
    await gate.promise;
    return poll(...args);
  };
  return () => {
    authority.poll = poll;
    gate.resolve();
  };
}

describe("a deferred delete is not undone by the second tier", () => {
  test("which was still believed while the log was being told", async () => {
    const { clock, connections, caches } = await createNodes();
    const [a, b] = caches;
    await b.getOrLoad("key", () => "old");
    await shipped();
    const { authority, tier } = connections[0]!;
    authority.misbehave(HUNG);
    tier.misbehave({ rejects: 1 });
    const deleting = a.delete("key");
    await shipped();
    tier.misbehave({});
    await a.getOrLoad("key", () => "new");
    await pass(clock, 250);
    expect(await deleting).toBe("deferred");
    expect(a.peek("key")).toBeUndefined();
    expect(await a.getOrLoad("key", () => "new")).toBe("new");
  });

  test("which is not believed before the log has not only been told, but has said so", async () => {
    const { clock, connections, caches } = await createNodes();
    const [a, b] = caches;
    await b.getOrLoad("key", () => "old");
    await shipped();
    const { authority, tier } = connections[0]!;
    for (const part of [authority, tier]) part.misbehave({ rejects: 1 });
    expect(await a.delete("key")).toBe("deferred");
    for (const part of [authority, tier]) part.misbehave({});
    const release = holdPolls(connections[0]!);
    await pass(clock, 400);
    expect(await a.getOrLoad("key", () => "new")).toBe("new");
    release();
    await shipped();
    expect(a.stats().coherence).toMatchObject({ journal: 0 });
  });
});

describe("a set", () => {
  test("whose answer is lost gives way to what another process changes meanwhile", async () => {
    const { clock, connections, caches } = await createNodes();
    const [a, b] = caches;
    const { authority } = connections[0]!;
    const { bump } = authority;
    authority.bump = async (words) => {
      await bump(words);
      return never();
    };
    const setting = a.set("key", "set");
    await shipped();
    expect(await b.delete("key")).toBe("done");
    await pass(clock, 250);
    expect(await setting).toBe("not-kept");
    expect(a.peek("key")).toBeUndefined();
  });

  test("is over for its own process too if another one let it expire before it was put in", async () => {
    const { connections, caches } = await createNodes();
    const [a, b] = caches;
    const release = holdPolls(connections[0]!);
    const setting = a.set("key", "set");
    await shipped();
    expect(await b.expire("key")).toBe("done");
    release();
    expect(await setting).toBe("not-kept");
    expect(a.peek("key")).toBeUndefined();
  });

  test("is no answer for who comes after its invalidation, also while it is on its way to the second tier", async () => {
    const { connections, caches } = await createNodes();
    const [a, b] = caches;
    for (const invalidate of [() => a.invalidateTags(["tag"]), () => b.invalidateTags(["tag"]), () => b.delete("key")]) {
      connections[0]!.tier.misbehave(HUNG);
      const setting = a.set("key", "set", { tags: ["tag"] });
      await shipped();
      expect(a.peek("key")).toBe("set");
      expect(await stateOf(setting)).toBe("pending");
      expect(await invalidate()).toBe("done");
      connections[0]!.tier.misbehave({});
      expect(await a.getOrLoad("key", () => "loaded")).toBe("loaded");
    }
  });

  test("loses to an invalidation that was called later, also before the process knows its log", async () => {
    const invalidations: ((cache: Cache) => Promise<unknown>)[] = [
      (cache) => cache.delete("key"),
      (cache) => cache.expire("key"),
      (cache) => cache.invalidateTags(["tag"]),
      (cache) => cache.flush(),
      (cache) => cache.clear(),
    ];
    for (const invalidate of invalidations) {
      const [cache] = createStrangers(1).caches;
      await Promise.all([cache.set("key", "set", { tags: ["tag"] }), invalidate(cache)]);
      expect(cache.peek("key")).toBeUndefined();
    }
  });
});

test("a process whose log hangs does not call itself verified for longer than the lease", async () => {
  const { clock, connections, caches } = await createNodes(1);
  const [a] = caches;
  connections[0]!.authority.misbehave(HUNG);
  await pass(clock, 1_895);
  expect(a.stats().coherence).toMatchObject({ verified: true });
  await pass(clock, 5);
  expect(a.stats().coherence).toMatchObject({ verified: false, stalenessBoundMs: 1_900 });
  const closing = a.close();
  await pass(clock, 3_000);
  await closing;
  expect(clock.alarms).toBe(0);
});

describe("a log that is put back as it was before", () => {
  /** Two processes, and a store whose log can be put back. */
  async function createNodesOnLog(maxChanges = 20_000) {
    const clock = new ManualClock();
    const log = new SharedLog({ brief: false, fromZero: true });
    const memory = createMemoryBackend({ clock });
    const authority = {
      poll: async (since: Parameters<SharedLog["poll"]>[0]) => log.poll(since),
      bump: async (words: readonly string[]) => log.bump(words),
      flush: async (hard: boolean) => log.flush(hard),
    };
    const authorities = [{ ...authority }, { ...authority }];
    let count = 0;
    const backend: Backend = { connect: (namespace) => ({ ...memory.connect(namespace), authority: authorities[count++]! }) };
    const l2 = { backend, coherence: { maxChanges } };
    const [a, b] = [createCache({ namespace: "test", clock, l2 }), createCache({ namespace: "test", clock, l2 })];
    await shipped();
    return { clock, log, authorities, a, b };
  }

  test("takes back no delete: who has polled it makes everything go, also where it had not been heard of", async () => {
    const { clock, log, authorities, a, b } = await createNodesOnLog();
    const dump = log.dump();
    await b.getOrLoad("key", () => "old");
    await shipped();
    const hung = holdPolls({ authority: authorities[1]! });
    expect(await a.delete("key")).toBe("done");
    log.restore(dump);
    hung();
    await pass(clock, 800);
    expect(b.peek("key")).toBeUndefined();
    expect(await a.getOrLoad("key", () => "new")).toBe("new");
  });

  test("takes back nothing that was invalidated in another epoch since", async () => {
    const { clock, log, a, b } = await createNodesOnLog();
    await b.delete("other");
    const dump = log.dump();
    await b.set("key", "old", { tags: ["tag"] });
    log.loseEverything();
    await pass(clock, 400);
    expect(await a.invalidateTags(["tag"])).toBe("done");
    log.restore(dump);
    await pass(clock, 400);
    expect(await a.getOrLoad("key", () => "new")).toBe("new");
  });

  test("is told again what it loses before it has said it, however much else it is told meanwhile", async () => {
    for (const maxChanges of [20_000, 2]) {
      const { clock, log, authorities, a, b } = await createNodesOnLog(maxChanges);
      await b.getOrLoad("key", () => "old");
      await shipped();
      const dump = log.dump();
      const [release, hung] = [holdPolls({ authority: authorities[0]! }), holdPolls({ authority: authorities[1]! })];
      const deleting = a.delete("key");
      await shipped();
      log.restore(dump);
      for (const word of ["=1", "=2", "=3"]) log.bump([word]);
      release();
      hung();
      expect(await deleting).toBe("deferred");
      await pass(clock, 800);
      expect(b.peek("key")).toBeUndefined();
      expect(a.stats().coherence).toMatchObject({ journal: 0 });
    }
  });
});
