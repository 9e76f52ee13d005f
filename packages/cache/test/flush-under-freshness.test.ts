import { describe, expect, test, vi } from "vitest";
import type { Policy } from "../src/index.ts";
import { deferred } from "./support/deferred.ts";
import { never, shipped } from "./support/nodes.ts";
import { createShared, type Process } from "./support/processes.ts";

/** Both processes hold what one of them has loaded, and so does the second tier. */
async function createHolders(policy?: Policy) {
  const processes = await createShared(policy);
  const { a, b, authority } = processes;
  await b.read("not called");
  let keys = 0;
  /** Reads in the first process what neither tier holds. */
  const readElsewhere = () => a.cache.getOrLoad(`elsewhere ${keys++}`, () => authority.read("trip:1", 0));
  return { ...processes, readElsewhere };
}

const FLUSHES = {
  "a soft flush": ({ cache }: Process) => cache.flush(),
  "a hard one": ({ cache }: Process) => cache.flush({ hard: true }),
  clear: ({ cache }: Process) => cache.clear(),
};
const flushes = Object.entries(FLUSHES);

describe.each(flushes)("under a freshness whose authority can record it, %s", (what, flush) => {
  async function createFlushable(policy?: Policy) {
    const processes = await createHolders(policy);
    const { authority } = processes;
    const record = vi.fn(async (hard: boolean) => {
      if (hard) authority.epoch += "'";
      else authority.generation++;
    });
    Object.assign(authority, { flush: record });
    return { ...processes, record };
  }

  test("reaches every process, wherever it holds anything", async () => {
    const { a, b, start, record } = await createFlushable();
    expect(await flush(a)).toBe("done");
    expect(record).toHaveBeenCalledExactlyOnceWith(what !== "a soft flush");
    expect(await a.read("new")).toBe("new");
    await shipped();
    await b.freshness.hear();
    expect(await b.read("not called")).toBe("new");
    expect(await (await start()).read("not called")).toBe("new");
  });

  test("lets this process use the second tier again at once, however long it takes to clear it", async () => {
    const { a, b, connections } = await createFlushable();
    vi.spyOn(connections[0]!.tier, "clear").mockReturnValue(never());
    await flush(a);
    await b.freshness.hear();
    await b.read("new");
    await shipped();
    expect(await a.read("not called")).toBe("new");
  });

  test("says so if it cannot be recorded; in this process it counts all the same", async () => {
    const { a, record } = await createFlushable();
    record.mockRejectedValueOnce(new Error("no database"));
    await expect(flush(a)).rejects.toMatchObject({ code: "authority-unavailable", cause: new Error("no database") });
    expect(await a.read("new")).toBe("new");
  });

  test("counts in this process too where it was recorded, and the poll after it fails", async () => {
    const { a, authority } = await createFlushable();
    vi.spyOn(authority, "poll").mockRejectedValueOnce(new Error("no database"));
    expect(await flush(a)).toBe("done");
    expect(await a.read("new")).toBe("new");
  });
});

describe.each(flushes)("under a freshness whose authority cannot record it, %s", (_what, flush) => {
  test("is for this process, which takes nothing from the second tier that was there before", async () => {
    const { a, b } = await createHolders();
    expect(await flush(a)).toBe("done");
    expect(await a.read("new")).toBe("new");
    expect(await b.read("not called")).toBe("old");
  });

  test("holds while the second tier is slow to be cleared, and until then nobody waits for it", async () => {
    const { a, clock, connections, store, readElsewhere } = await createHolders();
    const cleared = deferred<number>();
    vi.spyOn(connections[0]!.tier, "clear").mockReturnValueOnce(cleared.promise);
    await flush(a);
    store.reset();
    expect(await a.read("new")).toBe("new");
    expect(await a.cache.explain("key")).toMatchObject({ l2: undefined });
    clock.advance(1_500);
    await readElsewhere();
    expect(store.commands.get).toBe(0);
    cleared.resolve(1);
    await shipped();
    await readElsewhere();
    expect(store.commands.get).toBe(1);
  });

  test("holds while the second tier is away, which is cleared once it is there and somebody has need of it", async () => {
    const { a, clock, connections, store, readElsewhere } = await createHolders();
    const clear = vi.spyOn(connections[0]!.tier, "clear");
    for (let times = 0; times < 2; times++) clear.mockRejectedValueOnce(new Error("away"));
    await flush(a);
    store.reset();
    for (const calls of [1, 2, 3]) {
      await shipped();
      await readElsewhere();
      expect(clear).toHaveBeenCalledTimes(calls);
      clock.advance(1_000);
      if (calls < 3) await readElsewhere();
    }
    expect(store.commands.get).toBe(1);
  });

  test("does not take what is on its way there either", async () => {
    const { a, connections, authority } = await createHolders();
    const { tier } = connections[0]!;
    const sent = deferred<void>();
    const set = tier.set.bind(tier);
    vi.spyOn(tier, "set").mockImplementationOnce(async (...frame) => {
      await sent.promise;
      return set(...frame);
    });
    await a.cache.getOrLoad("other", () => authority.read("trip:1", "old"));
    await shipped();
    await flush(a);
    await shipped();
    sent.resolve();
    await shipped();
    expect(await a.cache.getOrLoad("other", () => authority.read("trip:1", "new"))).toBe("new");
  });

  test("twice at once holds until both are done, or the second", async () => {
    const { a, connections, store, readElsewhere } = await createHolders();
    const [first, second] = [deferred<number>(), deferred<number>()];
    vi.spyOn(connections[0]!.tier, "clear").mockReturnValueOnce(first.promise).mockReturnValueOnce(second.promise);
    await Promise.all([flush(a), flush(a)]);
    store.reset();
    second.resolve(1);
    await shipped();
    await readElsewhere();
    expect(store.commands.get).toBe(1);
    first.reject(new Error("away"));
    await shipped();
    await readElsewhere();
    expect(store.commands.get).toBe(2);
  });
});

test("under a freshness an expired value is loaded anew, whatever the second tier holds", async () => {
  const { a } = await createHolders({ graceMs: 60_000 });
  expect(await a.cache.expire("key")).toBe("done");
  expect(await a.read("new")).toBe("new");
});
