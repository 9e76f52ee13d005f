import { beforeAll, expect, test } from "vitest";
import { Snapshot } from "../../src/trips/snapshot.ts";
import { loadStructure } from "../../src/trips/structure-query.ts";
import { eachDatabase } from "../support/databases.ts";
import { createEditKit, type EditKit } from "./edit-kit.ts";

eachDatabase((makeDatabase) => {
  let kit: EditKit;
  const statements: string[] = [];

  beforeAll(async () => {
    kit = await createEditKit(await makeDatabase({ onStatement: (sql) => statements.push(sql) }));
  });

  test("a whole structure is one statement, with the trip's version and where the database stood", async () => {
    const root = await kit.trip("whole");
    const page = await kit.page(root, "page");
    await kit.rename(page, "renamed");
    await kit.remove(await kit.page(page, "below"));
    const other = await kit.trip("whole-other");
    const { db } = kit.database;
    const meta = await db.selectFrom("meta").select(["seq", "epoch", "generation"]).executeTakeFirstOrThrow();
    const trip = await db.selectFrom("trips").select(["version", "stamp"]).where("id", "=", root.tripId).executeTakeFirstOrThrow();
    const head = await db.selectFrom("changes").select("stamp").where("seq", "=", meta.seq).executeTakeFirstOrThrow();
    statements.length = 0;
    const loaded = await loadStructure(db, root.tripId);
    expect(statements).toHaveLength(1);
    expect(loaded).toMatchObject({ ...trip, head: { seq: meta.seq, stamp: head.stamp } });
    const snapshot = new Snapshot(loaded!.bytes);
    expect(snapshot).toMatchObject({ tripId: root.tripId, slug: "whole", size: 3, ...trip });
    expect((await kit.snapshot(other.tripId)).version).toBeGreaterThan(snapshot.version);
  });

  test("there is none of a trip that is not there, nor of one without a page of its own", async () => {
    expect(await loadStructure(kit.database.db, 999)).toBeUndefined();
    await kit.database.db.insertInto("trips").values({ slug: "by-hand", created_at: 1 }).execute();
    const { id } = await kit.database.db.selectFrom("trips").select("id").where("slug", "=", "by-hand").executeTakeFirstOrThrow();
    expect(await loadStructure(kit.database.db, id)).toBeUndefined();
  });

  test("a node that somebody put into another trip by hand spoils neither", async () => {
    const [root, other] = [await kit.trip("one"), await kit.trip("other")];
    const page = await kit.page(root, "page");
    const gone = await kit.page(root, "gone");
    await kit.rename(page, "renamed");
    await kit.remove(gone, page);
    await kit.database.db.updateTable("nodes").set({ trip_id: other.tripId }).where("id", "in", [page.id, gone.id]).execute();
    expect(await kit.paths(root)).toEqual([]);
    expect(await kit.at(root, "page")).toBe("none");
    expect(await kit.paths(other)).toEqual([]);
  });
});
