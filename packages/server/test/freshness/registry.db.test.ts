import { ManualClock } from "@qrcards/cache";
import { expect, onTestFinished, test } from "vitest";
import { parseConfig } from "../../src/config.ts";
import { openDatabase } from "../../src/db/database.ts";
import { createDatabaseAuthority } from "../../src/freshness/database-authority.ts";
import { WorkerRegistry } from "../../src/freshness/registry.ts";
import { createServices } from "../../src/services.ts";
import { eventually } from "../delivery/test-site.ts";
import { eachDatabase } from "../support/databases.ts";

eachDatabase((makeDatabase) => {
  async function open() {
    const { url } = await makeDatabase();
    const database = openDatabase({ url });
    onTestFinished(() => database.close());
    const clock = new ManualClock();
    const join = () => {
      const registry = new WorkerRegistry(database, { clock, leaseMs: 2_000, silenceLimitMs: 30_000, beatEveryMs: 5_000 });
      onTestFinished(() => registry.leave());
      return registry;
    };
    const rows = () => database.db.selectFrom("workers").selectAll().orderBy("id").execute();
    return { url, database, clock, join, rows };
  }

  test("a worker is in the registry before its first lease, and no more when it has closed", async () => {
    const { url, rows } = await open();
    const worker = await createServices(parseConfig({ DATABASE_URL: url, RENDER_THREADS: "1" }), { serving: true });
    expect((await rows()).map(({ id }) => id)).toEqual([worker.registry.id]);
    await worker.close();
    expect(await rows()).toEqual([]);
  });

  test("a poll without the worker's living row gives no answer under that name, and the worker registers under another one", async () => {
    const { database, join } = await open();
    const registry = join();
    const authority = createDatabaseAuthority(database, registry);
    onTestFinished(() => authority.close());
    const ids: string[] = [];
    registry.onRegistered((id) => ids.push(id));
    const answer = await authority.poll(undefined);
    const first = registry.id!;
    expect(ids).toEqual([first]);
    await authority.poll(answer);
    expect(registry.id).toBe(first);

    await database.writer.updateTable("workers").set({ removed_at: 1 }).where("id", "=", first).execute();
    await authority.poll(answer);
    expect(registry.id).not.toBe(first);
    // The old row still counts: a lease that was given under it may not be over.
    expect(await registry.list()).toEqual(expect.arrayContaining([first, registry.id]));

    await database.writer.deleteFrom("workers").execute();
    await authority.poll(answer);
    expect(await registry.list()).toEqual([registry.id]);
    expect(new Set(ids).size).toBe(3);
  });

  test("polls that wait for the registration at the same time register the worker once", async () => {
    const { database, join, rows } = await open();
    const registry = join();
    const authority = createDatabaseAuthority(database, registry);
    onTestFinished(() => authority.close());
    await Promise.all([authority.poll(undefined), authority.poll(undefined)]);
    expect((await rows()).map(({ id }) => id)).toEqual([registry.id]);
  });

  test("a worker that leaves while it registers is not in the registry afterwards", async () => {
    const { clock, join, rows } = await open();
    const registry = join();
    const registering = registry.register();
    await registry.leave();
    await registering;
    expect(await rows()).toEqual([]);
    expect(clock.alarms).toBe(0);
  });

  test("who is silent for 30 s is marked, and deleted when it was seen to be marked for longer than a lease", async () => {
    const { clock, database, join, rows } = await open();
    const one = join();
    await one.register();
    const dead = { id: "dead", seen_at: 1, removed_at: null };
    await database.writer.insertInto("workers").values(dead).execute();
    const pass = async (ms: number) => {
      clock.advance(ms);
      await one.beat();
      return (await rows()).find(({ id }) => id === dead.id);
    };
    await one.beat();
    expect(await pass(30_000)).toMatchObject({ removed_at: null });
    expect(await pass(1)).toMatchObject({ removed_at: expect.any(Number) });
    // Seen for the first time now: another janitor may have marked it a moment ago.
    expect(await pass(1_000)).toBeDefined();
    expect(await pass(2_000)).toBeDefined();
    expect(await pass(1)).toBeUndefined();
    expect(await one.list()).toEqual([one.id]);
  });

  test("who was marked, restored and marked again is waited for from the second time on", async () => {
    const { clock, database, join, rows } = await open();
    const one = join();
    await one.register();
    const mark = (at: number | null) => database.writer.updateTable("workers").set({ removed_at: at }).where("id", "=", "dead").execute();
    await database.writer.insertInto("workers").values({ id: "dead", seen_at: 1, removed_at: 1 }).execute();
    await one.beat();
    clock.advance(2_001);
    await mark(null);
    await mark(2);
    await one.beat();
    expect(await rows()).toHaveLength(2);
    clock.advance(2_001);
    await one.beat();
    expect(await rows()).toHaveLength(1);
  });

  test("who gives a sign of life is not marked, whatever time of day it is there", async () => {
    const { clock, database, join, rows } = await open();
    const [one, other] = [join(), join()];
    await one.register();
    await other.register();
    await one.beat();
    for (const seenAt of [1, 9_999_999_999_999, 3]) {
      clock.advance(29_000);
      await database.writer.updateTable("workers").set({ seen_at: seenAt }).where("id", "=", other.id!).execute();
      await one.beat();
    }
    expect((await rows()).map(({ removed_at }) => removed_at)).toEqual([null, null]);
  });

  test("beats go on by themselves, and end when it leaves", async () => {
    const { clock, database, join, rows } = await open();
    const registry = join();
    await registry.register();
    await database.writer.updateTable("workers").set({ seen_at: 0 }).execute();
    clock.advance(5_000);
    await eventually(5_000, rows, ([row]) => row!.seen_at > 0);
    await registry.leave();
    expect(await rows()).toEqual([]);
    expect(clock.alarms).toBe(0);
  });

  test("those who are known to be gone are forgotten at once", async () => {
    const { join, rows } = await open();
    const [one, gone] = [join(), join()];
    await one.register();
    await gone.register();
    await one.forget([gone.id!]);
    await one.forget([]);
    expect((await rows()).map(({ id }) => id)).toEqual([one.id]);
  });

  test("those whom the database would not forget at once are forgotten with a later beat", async () => {
    const { database, join, rows } = await open();
    const [one, gone] = [join(), join()];
    await one.register();
    await gone.register();
    await database.db.schema.alterTable("workers").renameTo("workers_away").execute();
    await expect(one.forget([gone.id!])).rejects.toThrow();
    await database.db.schema.alterTable("workers_away").renameTo("workers").execute();
    expect(await rows()).toHaveLength(2);
    await one.beat();
    expect((await rows()).map(({ id }) => id)).toEqual([one.id]);
  });
});
