import { randomInt } from "node:crypto";
import { expect, test } from "vitest";
import { openDatabase, settleVersion, transaction } from "../../src/db/database.ts";
import { createNode, editNode, type Trx } from "../../src/trips/edits.ts";
import { eachDatabase } from "../support/databases.ts";
import { AT, createEditKit, EMPTY } from "../trips/edit-kit.ts";

eachDatabase((makeDatabase, kind) => {
  test("40 edits at once over several trips, renamed trips among them, each get a change of their own", async () => {
    const database = await makeDatabase({ busyLimitMs: 60_000 });
    // Two processes' worth of connections.
    const second = openDatabase({ url: database.url, busyLimitMs: 60_000 });
    try {
      const kit = await createEditKit(database);
      const roots = [await kit.trip("x"), await kit.trip("y"), await kit.trip("z")];
      const pages = [await kit.page(roots[0]!, "page"), await kit.page(roots[1]!, "page"), await kit.page(roots[2]!, "page")];
      const { seq: before } = await database.db.selectFrom("meta").select("seq").executeTakeFirstOrThrow();

      const receipts = await Promise.all(
        Array.from({ length: 40 }, (_, number) => {
          const root = roots[number % 3]!;
          const page = pages[(number + 1) % 3]!;
          return transaction(number % 2 === 0 ? database : second, async (trx) => {
            // Two trips an edit, in both orders.
            const steps = [
              () =>
                number % 4 === 0
                  ? editNode(trx, root.id, { slug: `${"xyz"[number % 3]}-${number}` }, AT)
                  : editNode(trx, root.id, { title: `Title ${number}` }, AT),
              () => createNode(trx, { title: `Page ${number}`, parentId: page.id, contentHash: EMPTY }, AT),
            ];
            if (randomInt(2) === 0) steps.reverse();
            for (const step of steps) await step();
            await settleVersion(database, trx);
            return trx.selectFrom("trips").select(["id", "version", "stamp"]).where("id", "in", [root.tripId, page.tripId]).execute();
          });
        }),
      );

      const changes = await database.db.selectFrom("changes").selectAll().where("seq", ">", before).orderBy("seq").execute();
      const { seq: after } = await database.db.selectFrom("meta").select("seq").executeTakeFirstOrThrow();
      // None lost, none double.
      expect(changes.map((change) => change.seq)).toEqual(Array.from({ length: after - before }, (_, index) => before + index + 1));
      for (const { id, version, stamp } of receipts.flat()) {
        expect(changes.find((change) => change.seq === version)).toMatchObject({ trip_id: id, stamp });
      }
      expect(new Set(receipts.flat().map((receipt) => receipt.version)).size).toBe(80);
      for (const root of roots) {
        const { version } = await database.db.selectFrom("trips").select("version").where("id", "=", root.tripId).executeTakeFirstOrThrow();
        expect(version).toBe(changes.findLast((change) => change.trip_id === root.tripId)?.seq);
      }
    } finally {
      await second.close();
    }
  });

  if (kind === "postgres") {
    test("edits made with psql, of different pages and in whatever order, never wait for each other in a ring and never lose a change", async () => {
      const database = await makeDatabase();
      const kit = await createEditKit(database);
      const trips = [await kit.trip("x"), await kit.trip("y")];
      for (const root of trips) for (let number = 0; number < 20; number += 1) await kit.page(root, `page-${number}`);
      const { seq: before } = await database.db.selectFrom("meta").select("seq").executeTakeFirstOrThrow();
      await Promise.all(
        Array.from({ length: 20 }, (_, number) =>
          database.db.transaction().execute(async (trx) => {
            for (const { tripId } of number % 2 === 0 ? trips : trips.toReversed()) {
              await trx
                .updateTable("nodes")
                .set({ segment: `renamed-${number}` })
                .where("trip_id", "=", tripId)
                .where("segment", "=", `page-${number}`)
                .execute();
            }
          }),
        ),
      );
      const changes = await database.db.selectFrom("changes").select(["seq", "trip_id"]).where("seq", ">", before).orderBy("seq").execute();
      expect(changes.map((change) => change.seq)).toEqual(Array.from({ length: 40 }, (_, index) => before + index + 1));
      for (const { tripId } of trips) expect(changes.filter((change) => change.trip_id === tripId)).toHaveLength(20);
    });
  }

  /** Holds the lock as another process's edit would, until it is told to finish. */
  async function holdLock(url: string, edit: (trx: Trx) => Promise<unknown>): Promise<() => Promise<void>> {
    const other = openDatabase({ url });
    const holds = Promise.withResolvers<void>();
    const finish = Promise.withResolvers<void>();
    const holding = transaction(other, async (trx) => {
      await edit(trx);
      holds.resolve();
      await finish.promise;
    });
    await holds.promise;
    return async () => {
      finish.resolve();
      await holding;
      await other.close();
    };
  }

  test("readers are served while more edits than connections wait for another's, and these succeed when it has finished", async () => {
    const database = await makeDatabase({ busyLimitMs: 60_000 });
    const kit = await createEditKit(database);
    const root = await kit.trip("t");
    const finish = await holdLock(database.url, (trx) => editNode(trx, root.id, { title: "Slowly" }, AT));
    const waiting = Array.from({ length: 20 }, (_, number) => kit.page(root, `page-${number}`));
    const read = await Promise.all(Array.from({ length: 20 }, () => kit.snapshot(root.tripId)));
    expect(read.map((snapshot) => [snapshot.title(0), snapshot.size])).toEqual(read.map(() => ["t", 1]));
    await finish();
    await Promise.all(waiting);
    const snapshot = await kit.snapshot(root.tripId);
    expect([snapshot.title(0), snapshot.size]).toEqual(["Slowly", 21]);
  });

  test("an edit that another keeps waiting beyond the limit is refused as busy", async () => {
    const database = await makeDatabase({ busyLimitMs: 100 });
    const kit = await createEditKit(database);
    const root = await kit.trip("t");
    const finish = await holdLock(database.url, (trx) => editNode(trx, root.id, { title: "Slowly" }, AT));
    const outcomes = await Promise.allSettled(
      Array.from({ length: 10 }, () => kit.edit((trx) => editNode(trx, root.id, { title: "Now" }, AT))),
    );
    for (const outcome of outcomes) expect(outcome).toMatchObject({ status: "rejected", reason: { code: "busy", status: 503 } });
    await finish();
    await kit.edit((trx) => editNode(trx, root.id, { title: "At last" }, AT));
    expect((await kit.snapshot(root.tripId)).title(0)).toBe("At last");
  });
});
