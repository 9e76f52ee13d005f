import { describe, expect, test, vi } from "vitest";
import { createCache, createFreshness, ManualClock, MemoryTier, type Provenance } from "../src/index.ts";
import { settled } from "./support/deferred.ts";
import { ScriptedAuthority } from "./support/scripted-authority.ts";

/** One process: an authority, a freshness, and a cache that loads from it. */
function createProcess() {
  const clock = new ManualClock();
  const authority = new ScriptedAuthority();
  const freshness = createFreshness({ authority, clock });
  const cache = createCache({ namespace: "test", clock, freshness, policy: { ttlMs: Number.POSITIVE_INFINITY } });
  const breaks: string[] = [];
  freshness.on("break", ({ reason }) => breaks.push(reason));
  /** Reads `key`, which is made from the tag. */
  const read = (key: string, tag = "trip:1") => cache.getOrLoadEntry(key, () => authority.read(tag, "value"));
  return { clock, authority, freshness, cache, breaks, read };
}

/** As `createProcess`, started, and with a provenance that is current. */
async function createRunning() {
  const running = createProcess();
  running.authority.change("trip:1");
  await running.freshness.start();
  const { cache, authority } = running;
  const entry = await cache.getOrLoadEntry("key", () => authority.read("trip:1", "value"));
  const { tag, version, generation } = entry;
  return { ...running, current: { tag, version, generation } satisfies Provenance };
}

describe("the lease", () => {
  test("lasts for 0.95 L from the start of a poll, to the millisecond", async () => {
    const { clock, freshness, current, authority } = await createRunning();
    authority.hold();
    clock.advance(1_899);
    expect(freshness.isCurrent(current)).toBe(true);
    clock.advance(1);
    expect(freshness.isCurrent(current)).toBe(false);
  });

  test("counts from before the question, however long the answer travelled", async () => {
    const { clock, authority, freshness, current } = await createRunning();
    authority.hold();
    const heard = freshness.hear();
    clock.advance(1_000);
    authority.release();
    await heard;
    expect(freshness.leaseUntil).toBe(1_900);
    clock.advance(900);
    expect(freshness.isCurrent(current)).toBe(false);
  });

  test("is prolonged by each poll in the background, every 400 ms after the last", async () => {
    const { clock, authority, freshness, current } = await createRunning();
    for (let i = 1; i <= 20; i++) {
      clock.advance(400);
      await settled();
      expect(authority.polls).toHaveLength(1 + i);
      expect(freshness.isCurrent(current)).toBe(true);
    }
  });

  test("runs out while polls fail, and comes back with the first that succeeds", async () => {
    const { clock, authority, freshness, current } = await createRunning();
    const failures = vi.fn();
    freshness.on("pollFailed", failures);
    const poll = vi.spyOn(authority, "poll").mockRejectedValue(new Error("no database"));
    for (let i = 0; i < 5; i++) {
      clock.advance(400);
      await settled();
    }
    expect(failures).toHaveBeenCalledTimes(5);
    expect(freshness.isCurrent(current)).toBe(false);
    poll.mockRestore();
    clock.advance(400);
    await settled();
    expect(freshness.isCurrent(current)).toBe(true);
  });

  test("is not prolonged by an answer that took longer than L, which is not applied at all", async () => {
    const { clock, authority, freshness } = await createRunning();
    authority.hold();
    const heard = freshness.hear();
    const refused = expect(heard).rejects.toMatchObject({ code: "authority-unavailable" });
    clock.advance(2_000);
    await refused;
    const before = freshness.leaseUntil;
    authority.release();
    await settled();
    expect(freshness.leaseUntil).toBe(before);
  });
});

describe("start and close", () => {
  test("nothing is current before the first poll", async () => {
    const { freshness } = createProcess();
    expect(freshness.isCurrent({ tag: "trip:1", version: 1, generation: 0 })).toBe(false);
  });

  test("start resolves after the first poll; a second start is the same", async () => {
    const { authority, freshness } = createProcess();
    await Promise.all([freshness.start(), freshness.start()]);
    expect(authority.polls).toEqual([undefined]);
    expect(freshness.position).toEqual({ epoch: "epoch-1", seq: 1, stamp: "first" });
  });

  test("start rejects if the first poll fails, and goes on polling", async () => {
    const { clock, authority, freshness } = createProcess();
    vi.spyOn(authority, "poll").mockRejectedValueOnce(new Error("not yet"));
    await expect(freshness.start()).rejects.toMatchObject({ code: "authority-unavailable", cause: new Error("not yet") });
    clock.advance(400);
    await settled();
    expect(freshness.position?.seq).toBe(1);
  });

  test("a start that nobody waits for is no unhandled rejection", async () => {
    const { authority, freshness } = createProcess();
    vi.spyOn(authority, "poll").mockRejectedValueOnce(new Error("not yet"));
    void freshness.start();
    await settled();
  });

  test("close ends the lease, the polling and the timers, and a poll under way gives no lease", async () => {
    const { clock, authority, freshness, current } = await createRunning();
    authority.hold();
    clock.advance(400);
    const closing = freshness.close();
    expect(freshness.isCurrent(current)).toBe(false);
    authority.release();
    await closing;
    expect(freshness.isCurrent(current)).toBe(false);
    expect(clock.alarms).toBe(0);
    await expect(freshness.hear()).rejects.toMatchObject({ code: "closed" });
  });

  test.each([
    [{ leaseMs: 0 }],
    [{ pollEveryMs: 0 }],
    [{ pollEveryMs: 2_000 }],
    [{ leaseWaitMs: 0 }],
    [{ leaseMs: Number.NaN }],
    [{ standInMs: -1 }],
  ])("%o is refused", (options) => {
    expect(() => createFreshness({ authority: new ScriptedAuthority(), ...options })).toThrow(
      expect.objectContaining({ code: "option-invalid" }),
    );
  });
});

describe("hearing", () => {
  test("an edit is not current any more once it was heard", async () => {
    const { authority, freshness, current } = await createRunning();
    authority.change("trip:1");
    expect(freshness.isCurrent(current)).toBe(true);
    await freshness.hear();
    expect(freshness.isCurrent(current)).toBe(false);
  });

  test("a poll that had started before is not enough: another follows, shared by all who ask meanwhile", async () => {
    const { authority, freshness, current } = await createRunning();
    authority.hold();
    const first = freshness.hear();
    authority.change("trip:1");
    const [second, third] = [freshness.hear(), freshness.hear()];
    let heard = false;
    void second.then(() => {
      heard = true;
    });
    authority.release();
    await first;
    await settled();
    expect(heard).toBe(false);
    expect(freshness.isCurrent(current)).toBe(true);
    authority.release();
    await Promise.all([second, third]);
    expect(freshness.isCurrent(current)).toBe(false);
    expect(authority.polls).toHaveLength(3);
  });

  test("waits for a poll that starts after the call, in whichever turn around the end of another it comes", async () => {
    for (let turn = 0; turn < 12; turn++) {
      const { authority, freshness, current, clock } = await createRunning();
      authority.hold();
      clock.advance(400);
      const others = [freshness.hear()];
      // What the poll under way will bring is over when it arrives, so that a reader has to ask again.
      clock.advance(1_950);
      authority.release();
      for (let passed = 0; passed < turn; passed++) await Promise.resolve();
      others.push(freshness.renew());
      const settledOthers = Promise.allSettled(others);
      authority.change("trip:1");
      const heard = freshness.hear();
      for (let polls = 0; polls < 4; polls++) {
        await settled();
        authority.release();
      }
      await Promise.all([heard, settledOthers]);
      expect({ turn, current: freshness.isCurrent(current) }).toEqual({ turn, current: false });
    }
  });

  test("goes on after a poll that failed", async () => {
    const { authority, freshness } = await createRunning();
    authority.hold();
    const first = freshness.hear();
    const second = freshness.hear();
    const refused = expect(first).rejects.toMatchObject({ code: "authority-unavailable" });
    authority.release(new Error("lost"));
    await refused;
    await settled();
    authority.release();
    await second;
  });

  test("a change of one tag leaves the others current", async () => {
    const { authority, freshness, current } = await createRunning();
    authority.change("trip:2");
    await freshness.hear();
    expect(freshness.isCurrent(current)).toBe(true);
  });
});

describe("a break drops everything", () => {
  test.each<[string, (authority: ScriptedAuthority) => unknown]>([
    ["the epoch changed", (authority) => Object.assign(authority, { epoch: "epoch-2" })],
    ["the counter went back", (authority) => Object.assign(authority, { rows: authority.rows.slice(0, 1) })],
    [
      "the change polled last is another one",
      (authority) => {
        authority.rows = authority.rows.slice(0, 1);
        authority.change("trip:1", "after a restore");
      },
    ],
    [
      "the change polled last is another one",
      (authority) => {
        authority.rows = authority.rows.slice(0, 1);
        authority.change("trip:1", "after a restore");
        authority.change("trip:2", "and one more");
      },
    ],
    [
      "the change polled last is missing",
      (authority) => {
        authority.change("trip:2");
        authority.rows = authority.rows.slice(-1);
      },
    ],
    ["the file was replaced", (authority) => Object.assign(authority, { broken: "the file was replaced" })],
  ])("%s", async (reason, happen) => {
    const { authority, freshness, cache, breaks, current } = await createRunning();
    const pages = new MemoryTier<Provenance>({ maxEntries: 10, maxBytes: 10, sizeOf: () => 1, tagsOf: (page) => [page.tag] });
    freshness.addHolder(pages);
    pages.set("page", current);
    const generation = freshness.generation;
    happen(authority);
    await freshness.hear();
    expect(breaks).toEqual(["first poll", reason]);
    expect(freshness.isCurrent(current)).toBe(false);
    expect(freshness.generation).toBe(generation + 1);
    expect([pages.size, cache.stats().entries]).toEqual([0, 0]);
  });

  test("what is loaded after it is current", async () => {
    const { authority, freshness, cache, read } = await createRunning();
    authority.epoch = "epoch-2";
    await freshness.hear();
    expect(freshness.isCurrent(await read("key"))).toBe(true);
    expect(cache.peek("key")).toBe("value");
  });

  test("one holder that fails to clear keeps the process without a lease, not with an old value", async () => {
    const { clock, authority, freshness, current } = await createRunning();
    const holder = { holds: () => true, clear: vi.fn(() => void 0) };
    holder.clear.mockImplementationOnce(() => {
      throw new Error("cannot clear");
    });
    freshness.addHolder(holder);
    authority.epoch = "epoch-2";
    await expect(freshness.hear()).rejects.toThrow("cannot clear");
    expect(freshness.isCurrent(current)).toBe(false);
    clock.advance(400);
    await settled();
    expect(holder.clear).toHaveBeenCalledTimes(2);
    expect(freshness.isCurrent(current)).toBe(false);
    expect(freshness.position?.epoch).toBe("epoch-2");
  });

  test("nothing breaks while nothing but new changes come, nor when nothing comes", async () => {
    const { authority, freshness, breaks } = await createRunning();
    for (let i = 0; i < 5; i++) {
      if (i % 2 === 0) authority.change("trip:1");
      await freshness.hear();
    }
    expect(breaks).toEqual(["first poll"]);
  });

  test("an answer without rows is enough when the head is still the same", async () => {
    const { authority, freshness, breaks, current } = await createRunning();
    vi.spyOn(authority, "poll").mockResolvedValueOnce({ epoch: "epoch-1", generation: 0, seq: 2, stamp: "stamp-2", changes: [] });
    await freshness.hear();
    expect(breaks).toEqual(["first poll"]);
    expect(freshness.isCurrent(current)).toBe(true);
  });
});

test("a soft flush makes everything not current, and leaves the copies where they are", async () => {
  const { authority, freshness, cache, breaks, current, read } = await createRunning();
  authority.generation++;
  await freshness.hear();
  expect(freshness.isCurrent(current)).toBe(false);
  expect(cache.stats().entries).toBe(1);
  expect(breaks).toEqual(["first poll"]);
  expect(freshness.isCurrent(await read("key"))).toBe(true);
});

describe("what is known", () => {
  test("is forgotten when no holder holds it, and only then", async () => {
    const clock = new ManualClock();
    const authority = new ScriptedAuthority();
    const freshness = createFreshness({ authority, clock });
    await freshness.start();
    const cache = createCache({ namespace: "test", clock, freshness, l1: { maxEntries: 10 }, policy: { ttlMs: Number.POSITIVE_INFINITY } });
    const pages = new MemoryTier<Provenance>({ maxEntries: 10, maxBytes: 10, sizeOf: () => 1, tagsOf: (page) => [page.tag] });
    freshness.addHolder(pages);
    pages.set("page", await cache.getOrLoadEntry("kept", () => authority.read("kept", 1)));
    for (let i = 0; i < 10_000; i++) await cache.getOrLoad(`key ${i}`, () => authority.read(`trip:${i}`, i));
    expect(freshness.knownTags).toBeLessThan(1_100);
    expect(cache.peek("kept")).toBeUndefined();
    expect(freshness.isCurrent(pages.get("page")!)).toBe(true);
  });

  test("a holder that was taken back keeps nothing", async () => {
    const { freshness } = await createRunning();
    const remove = freshness.addHolder({ holds: () => true, clear: () => expect.unreachable() });
    remove();
    const other = createCache({ namespace: "other", freshness });
    await other.close();
    expect(freshness.generation).toBe(1);
  });
});
