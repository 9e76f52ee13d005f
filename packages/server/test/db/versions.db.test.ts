import { execFile, spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { promisify } from "node:util";
import { beforeAll, describe, expect, test } from "vitest";
import type { Database } from "../../src/db/database.ts";
import { settleVersion, transaction } from "../../src/db/database.ts";
import { contentHash } from "../../src/trips/content-hash.ts";
import { deleteNode, editNode, moveNode, restoreNode } from "../../src/trips/edits.ts";
import type { TripNode } from "../../src/trips/types.ts";
import { eachDatabase } from "../support/databases.ts";
import { AT, createEditKit, type EditKit, EMPTY } from "../trips/edit-kit.ts";
import { byHand, changedBy, countChanges } from "./change-log.ts";

const CATALOG = 0;

eachDatabase((makeDatabase, kind) => {
  let database: Database;
  let kit: EditKit;
  let one: TripNode;
  let other: TripNode;
  /** A page of each trip. */
  let page: TripNode;
  let otherPage: TripNode;

  beforeAll(async () => {
    database = await makeDatabase();
    kit = await createEditKit(database);
    one = await kit.trip("one");
    other = await kit.trip("other");
    page = await kit.page(one, "page");
    otherPage = await kit.page(other, "page");
  });

  const changed = (statement: string) => changedBy(database, () => byHand(database, statement));
  const node = (id: string, tripId: number, parentId: string | null, segment: string, title = "By hand") =>
    `('${id}', ${tripId}, ${parentId === null ? "null" : `'${parentId}'`}, '${segment}', 0, 1, '${title}', '${EMPTY}', 'public', 1, 1)`;
  const NODE_COLUMNS = "(id, trip_id, parent_id, segment, slug_explicit, position, title, content_hash, state, created_at, updated_at)";

  describe("a change made by hand raises its trip's version", () => {
    test("when a node is written", async () => {
      const id = "handmade0001";
      expect(await changed(`insert into nodes ${NODE_COLUMNS} values ${node(id, one.tripId, one.id, "hand")}`)).toEqual([one.tripId]);
      expect(await changed(`update nodes set title = 'Other' where id = '${id}'`)).toEqual([one.tripId]);
      expect(await changed(`update nodes set segment = 'second' where id = '${id}'`)).toEqual([one.tripId]);
      expect(await changed(`delete from names where node_id = '${id}'`)).toEqual([one.tripId]);
      expect(await changed(`delete from nodes where id = '${id}'`)).toEqual([one.tripId]);
    });

    test("when the past is written", async () => {
      const row = `(trip_id, parent_id, segment, node_id, retired_at) values (${one.tripId}, '${one.id}', 'past', '${page.id}', 1)`;
      expect(await changed(`insert into names ${row}`)).toEqual([one.tripId]);
      expect(await changed("update names set segment = 'past2' where segment = 'past'")).toEqual([one.tripId]);
      expect(await changed("delete from names where segment = 'past2'")).toEqual([one.tripId]);
    });

    test("when a tombstone is written, and the catalog's where it is a trip's own page", async () => {
      const row = (of: TripNode) => `(node_id, trip_id, segment, deleted_at) values ('${of.id}', ${of.tripId}, 'x', 1)`;
      expect(await changed(`insert into tombstones ${row(page)}`)).toEqual([one.tripId]);
      expect(await changed(`update tombstones set deleted_at = 2 where node_id = '${page.id}'`)).toEqual([one.tripId]);
      expect(await changed(`delete from tombstones where node_id = '${page.id}'`)).toEqual([one.tripId]);
      expect(await changed(`insert into tombstones ${row(one)}`)).toEqual([CATALOG, one.tripId]);
      expect(await changed(`update tombstones set deleted_at = 2 where node_id = '${one.id}'`)).toEqual([CATALOG, one.tripId]);
      expect(await changed(`delete from tombstones where node_id = '${one.id}'`)).toEqual([CATALOG, one.tripId]);
    });

    test("when a trip's assets are written", async () => {
      await byHand(
        database,
        "insert into assets (hash, media_type, bytes, size_bytes, created_at) values ('asset', 'image/png', '', 0, 1)",
      );
      expect(await changed(`insert into trip_assets (trip_id, filename, hash) values (${one.tripId}, 'a.png', 'asset')`)).toEqual([
        one.tripId,
      ]);
      expect(await changed("update trip_assets set filename = 'b.png'")).toEqual([one.tripId]);
      expect(await changed("delete from trip_assets")).toEqual([one.tripId]);
    });

    test("and the catalog's, when root slugs are written", async () => {
      const row = `(slug, trip_id, retired_at) values ('former', ${one.tripId}, 1)`;
      expect(await changed(`insert into root_names ${row}`)).toEqual([CATALOG, one.tripId]);
      expect(await changed("update root_names set slug = 'former2' where slug = 'former'")).toEqual([CATALOG, one.tripId]);
      expect(await changed("delete from root_names where slug = 'former2'")).toEqual([CATALOG, one.tripId]);
      expect(await changed(`update trips set slug = 'renamed' where id = ${one.tripId}`)).toEqual([CATALOG, one.tripId]);
      expect(await changed(`update trips set slug = 'one' where id = ${one.tripId}`)).toEqual([CATALOG, one.tripId]);
    });

    test("and the catalog's, when what the library shows of a trip is written, but not the rest of its page", async () => {
      for (const change of ["title = 'Shown'", "state = 'draft'", "state = 'public'", "language = 'de'", "direction = 'rtl'"]) {
        expect(await changed(`update nodes set ${change} where id = '${one.id}'`), change).toEqual([CATALOG, one.tripId]);
      }
      for (const change of ["children_revision = children_revision + 1", "revision = revision + 1", "source_path = 'x'"]) {
        expect(await changed(`update nodes set ${change} where id = '${one.id}'`), change).toEqual([one.tripId]);
      }
    });

    test("of both trips, when a row goes from one to the other", async () => {
      expect(await changed(`update nodes set trip_id = ${other.tripId} where id = '${page.id}'`)).toEqual([one.tripId, other.tripId]);
      expect(await changed(`update nodes set trip_id = ${one.tripId} where id = '${page.id}'`)).toEqual([one.tripId, other.tripId]);
    });

    test("of a new trip, and at last of one that is deleted", async () => {
      await byHand(database, "insert into trips (slug, created_at) values ('short-lived', 1)");
      const { id } = await database.db.selectFrom("trips").select("id").where("slug", "=", "short-lived").executeTakeFirstOrThrow();
      expect(await changed(`insert into nodes ${NODE_COLUMNS} values ${node("shortlived01", id, null, "")}`)).toEqual([CATALOG, id]);
      await byHand(database, `delete from nodes where trip_id = ${id}`);
      const before = await countChanges(database);
      expect(await changed(`delete from trips where id = ${id}`)).toEqual([CATALOG, id]);
      expect((await countChanges(database)) - before).toBe(2);
    });

    if (kind === "sqlite") {
      // The triggers run in the program that writes, and that may be older than the SQLite inside of Node.
      test.skipIf(spawnSync("sqlite3", ["--version"]).error)("when the writer is the sqlite3 of this machine", async () => {
        const run = promisify(execFile);
        const statement = `update nodes set segment = 'by-sqlite3' where id = '${page.id}'`;
        const before = Date.now();
        expect(await changedBy(database, () => run("sqlite3", [database.filename!, statement]))).toEqual([one.tripId]);
        const { at } = await database.db.selectFrom("changes").select("at").orderBy("seq", "desc").executeTakeFirstOrThrow();
        expect(at).toBeGreaterThanOrEqual(before - 1);
        expect(await database.db.selectFrom("names").select("segment").where("node_id", "=", page.id).execute()).toEqual([
          { segment: "page" },
        ]);
        await byHand(database, `update nodes set segment = 'page' where id = '${page.id}'`);
        await byHand(database, "delete from names");
      });

      test("when INSERT OR REPLACE pushes a row out: of its trip too", async () => {
        const id = "replaced0001";
        await byHand(database, `insert into nodes ${NODE_COLUMNS} values ${node(id, one.tripId, one.id, "replaced")}`);
        expect(
          await changed(`insert or replace into nodes ${NODE_COLUMNS} values ${node(id, other.tripId, other.id, "replaced")}`),
        ).toEqual([one.tripId, other.tripId]);
        expect(
          await changed(`insert or replace into nodes ${NODE_COLUMNS} values ${node("replaced0002", one.tripId, other.id, "replaced")}`),
        ).toEqual([one.tripId, other.tripId]);
        await byHand(database, "delete from nodes where segment = 'replaced'");
        const stone = (tripId: number) => `(node_id, trip_id, segment, deleted_at) values ('${page.id}', ${tripId}, 'x', 1)`;
        await byHand(database, `insert into tombstones ${stone(one.tripId)}`);
        expect(await changed(`insert or replace into tombstones ${stone(other.tripId)}`)).toEqual([one.tripId, other.tripId]);
        await byHand(database, "delete from tombstones");
      });
    } else {
      test("when INSERT ON CONFLICT takes a row over: of its trip too", async () => {
        const id = "replaced0001";
        await byHand(database, `insert into nodes ${NODE_COLUMNS} values ${node(id, one.tripId, one.id, "replaced")}`);
        const upsert = `insert into nodes ${NODE_COLUMNS} values ${node(id, other.tripId, other.id, "replaced")} on conflict (id) do update set trip_id = excluded.trip_id`;
        expect(await changed(upsert)).toEqual([one.tripId, other.tripId]);
        await byHand(database, `delete from nodes where id = '${id}'`);
      });

      test("or makes everything known void, when a table is truncated", async () => {
        const epoch = () => database.db.selectFrom("meta").select("epoch").executeTakeFirstOrThrow();
        const before = await epoch();
        await byHand(database, "truncate trip_assets");
        expect(await epoch()).not.toEqual(before);
      });
    }
  });

  describe("no version is raised", () => {
    test("by cards and their scans", async () => {
      const row = `(code, trip_id, node_id, created_at) values ('00000000', ${one.tripId}, '${page.id}', 1)`;
      expect(await changed(`insert into cards ${row}`)).toEqual([]);
      expect(await changed("update cards set scans = scans + 1")).toEqual([]);
      expect(await changed("delete from cards")).toEqual([]);
    });

    test("by contents, stored HTML and assets, to which nodes only point", async () => {
      const loose = contentHash("loose");
      expect(await changed(`insert into contents (hash, body, created_at) values ('${loose}', 'loose', 1)`)).toEqual([]);
      expect(await changed(`insert into rendered (content_hash, renderer, html, outline) values ('${loose}', 'r', '', '{}')`)).toEqual([]);
      expect(await changed("update rendered set html = 'x'")).toEqual([]);
      expect(await changed(`delete from contents where hash = '${loose}'`)).toEqual([]);
      expect(await changed("update assets set media_type = 'image/gif'")).toEqual([]);
    });

    test("by workers, tokens and keys", async () => {
      expect(await changed("insert into workers (id, seen_at) values ('w', 1)")).toEqual([]);
      expect(await changed("insert into tokens (id, name, hash, scopes, created_at) values ('t', 'n', 'h', 'read', 1)")).toEqual([]);
      expect(
        await changed(
          "insert into idempotency_keys (token_id, key, request_hash, status, body, created_at) values ('t', 'k', 'h', 200, '', 1)",
        ),
      ).toEqual([]);
    });

    test("by an edit that failed", async () => {
      const fail = () =>
        kit.edit(async (trx) => {
          await editNode(trx, page.id, { title: "Never" }, AT);
          throw new Error("changed my mind");
        });
      expect(await changedBy(database, () => expect(fail()).rejects.toThrow("changed my mind"))).toEqual([]);
    });
  });

  describe("one edit of the service is one change", () => {
    const count = async (act: () => Promise<unknown>) => {
      const before = await countChanges(database);
      await act();
      return (await countChanges(database)) - before;
    };

    test("however many rows it writes", async () => {
      const edits = await count(() =>
        kit.edit(async (trx) => {
          await editNode(trx, page.id, { slug: "renamed", title: "Renamed", state: "draft" }, AT);
          await editNode(trx, page.id, { slug: "page", title: "Page", state: "public" }, AT);
          await deleteNode(trx, page.id, {}, AT);
          await restoreNode(trx, page.id, AT);
        }),
      );
      expect(edits).toBe(1);
    });

    test("for each trip that it touches, and for the catalog", async () => {
      expect(
        await count(() =>
          kit.edit(async (trx) => {
            await editNode(trx, one.id, { slug: "one-b", title: "One" }, AT);
            await editNode(trx, one.id, { slug: "one" }, AT);
            await editNode(trx, page.id, { title: "Page" }, AT);
            await editNode(trx, otherPage.id, { title: "Page" }, AT);
          }),
        ),
      ).toBe(3);
    });

    test("whose version and stamp the edit can read before it commits", async () => {
      const read = () =>
        database.db.selectFrom("trips").select(["version", "stamp"]).where("id", "=", one.tripId).executeTakeFirstOrThrow();
      const inside = await kit.edit(async (trx) => {
        await editNode(trx, page.id, { title: "Read inside" }, AT);
        await settleVersion(database, trx);
        const version = await trx.selectFrom("trips").select(["version", "stamp"]).where("id", "=", one.tripId).executeTakeFirstOrThrow();
        await editNode(trx, page.id, { title: "And once more" }, AT);
        return version;
      });
      expect(await read()).toEqual(inside);
    });

    test("and leaves no trace of itself in the counters", async () => {
      expect(await database.db.selectFrom("meta").select("batch").execute()).toEqual([{ batch: null }]);
    });
  });

  test("38,000 rows in one transaction are one change and one version, and readers see all of them or none", async () => {
    const big = await kit.trip("big");
    const before = await countChanges(database);
    const count = 38_000;
    await transaction(database, async (trx) => {
      for (let start = 0; start < count; start += 1_000) {
        await trx
          .insertInto("nodes")
          .values(
            Array.from({ length: 1_000 }, (_, index) => ({
              id: `big${String(start + index).padStart(9, "0")}`,
              trip_id: big.tripId,
              parent_id: big.id,
              segment: `page-${start + index}`,
              slug_explicit: 0,
              position: start + index,
              title: "Page",
              content_hash: EMPTY,
              state: "public" as const,
              language: null,
              direction: null,
              source_path: null,
              created_at: AT,
              updated_at: AT,
            })),
          )
          .execute();
      }
      expect((await kit.snapshot(big.tripId)).size).toBe(1);
    });
    expect((await countChanges(database)) - before).toBe(1);
    const snapshot = await kit.snapshot(big.tripId);
    expect(snapshot.size).toBe(count + 1);
    // One moment for all of them: what was placed together is stored as one number.
    expect(new Set(Array.from({ length: snapshot.size }, (_, index) => snapshot.standsSince(index))).size).toBe(2);
  });

  describe("contents are append-only", () => {
    const TEACHES = /append-only.*its own hash.*point the node to it/;

    test("an update is refused, and the message says what to do", async () => {
      await expect(byHand(database, `update contents set body = 'x' where hash = '${EMPTY}'`)).rejects.toThrow(TEACHES);
    });

    test("so is another text under a hash that is there", async () => {
      const values = `(hash, body, created_at) values ('${EMPTY}', 'x', 1)`;
      const statement =
        kind === "sqlite"
          ? `insert or replace into contents ${values}`
          : `insert into contents ${values} on conflict (hash) do update set body = 'x'`;
      await expect(byHand(database, statement)).rejects.toThrow(TEACHES);
    });

    test("the same text once more is not", async () => {
      await byHand(database, `insert into contents (hash, body, created_at) values ('${EMPTY}', '', 2) on conflict (hash) do nothing`);
      expect(await database.db.selectFrom("contents").select("created_at").where("hash", "=", EMPTY).execute()).toEqual([
        { created_at: AT },
      ]);
    });
  });

  test("what a structure could not hold is refused, whoever writes it", async () => {
    const insert = (id: string, segment: string, title?: string) =>
      byHand(database, `insert into nodes ${NODE_COLUMNS} values ${node(id, one.tripId, one.id, segment, title)}`);
    await expect(insert("elevenchars", "refused")).rejects.toThrow(/check/i);
    await expect(insert("handmade0002", "x".repeat(61))).rejects.toThrow(/check/i);
    await expect(insert("handmade0002", "refused", "x".repeat(501))).rejects.toThrow(/check/i);
    await expect(byHand(database, "insert into contents (hash, body, created_at) values ('short', '', 1)")).rejects.toThrow(/check/i);
  });

  describe("history is written by the database", () => {
    test("also for a change made by hand", async () => {
      const moved = await kit.page(one, "moved-by-hand");
      await byHand(database, `update nodes set segment = 'elsewhere' where id = '${moved.id}'`);
      const names = await database.db
        .selectFrom("names")
        .select(["parent_id", "segment", "node_id"])
        .where("node_id", "=", moved.id)
        .execute();
      expect(names).toEqual([{ parent_id: one.id, segment: "moved-by-hand", node_id: moved.id }]);
      await byHand(database, `update trips set slug = 'other-by-hand' where id = ${other.tripId}`);
      expect(await database.db.selectFrom("root_names").select("slug").where("trip_id", "=", other.tripId).execute()).toEqual([
        { slug: "other" },
      ]);
    });

    test("but not for a place that nobody ever saw", async () => {
      const { id } = await kit.edit(async (trx) => {
        const made = await editNode(trx, otherPage.id, { slug: "inside-1" }, AT);
        await editNode(trx, otherPage.id, { slug: "inside-2" }, AT);
        await moveNode(trx, otherPage.id, { placement: "first" }, AT);
        return made;
      });
      expect(await database.db.selectFrom("names").select("segment").where("node_id", "=", id).execute()).toEqual([{ segment: "page" }]);
    });
  });

  test("a trip's number that somebody chose is never drawn again", async () => {
    const { max } = await database.db
      .selectFrom("trips")
      .select((trips) => trips.fn.max("id").as("max"))
      .executeTakeFirstOrThrow();
    const chosen = max + 2;
    await byHand(database, `insert into trips (id, slug, created_at) values (${chosen}, '${randomUUID()}', 1)`);
    const next = [await kit.trip(randomUUID()), await kit.trip(randomUUID())];
    expect(next.map((root) => root.tripId)).toEqual([chosen + 1, chosen + 2]);
  });
});
