import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import fc from "fast-check";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { parseConfig } from "../../../src/config.ts";
import type { Schema } from "../../../src/db/schema.ts";
import { copyDatabase } from "../../../src/db/transfer/copy-database.ts";
import { slugify } from "../../../src/paths/slugify.ts";
import { createServices, type Services } from "../../../src/services.ts";
import { restoreTrip } from "../../../src/trips/restore-trip.ts";
import { arbitraryExport } from "../../import/arbitrary-export.ts";
import { eachDatabase, type TestDatabase, useSqlite } from "../../support/databases.ts";
import { createEditKit } from "../../trips/edit-kit.ts";
import { byHand, changedBy } from "../change-log.ts";
import { readEverything, readSchema } from "./read-everything.ts";

const KILLED = fileURLToPath(new URL("killed-copy-process.ts", import.meta.url));

const storable = arbitraryExport.map((trip) => ({ ...trip, trip: { ...trip.trip, slug: slugify(`t ${trip.trip.slug}`) } }));

const text = fc.string({ unit: "grapheme" }).map((value) => value.replaceAll("\0", ""));
const counter = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const maybe = fc.option(counter);

/** What no trip brings along. */
const besides = fc.record({
  tokens: fc
    .uniqueArray(
      fc.record({ id: text, name: text, scopes: text, created_at: counter, expires_at: maybe, revoked_at: maybe, last_used_at: maybe }),
      {
        maxLength: 3,
        selector: ({ id }) => id,
      },
    )
    .map((tokens) => tokens.map((token) => ({ ...token, hash: `hash of ${token.id}` }))),
  keys: fc.uniqueArray(
    fc.record({
      token_id: text,
      key: text,
      request_hash: text,
      status: fc.integer({ min: 100, max: 599 }),
      body: text,
      created_at: counter,
    }),
    { maxLength: 3, selector: ({ token_id, key }) => `${token_id}/${key}` },
  ),
  generation: counter,
});

const epochOf = async ({ db }: Pick<TestDatabase, "db">) => (await db.selectFrom("meta").select("epoch").executeTakeFirstOrThrow()).epoch;

/** In the order in which they hold each other. */
const CONTENTS: readonly (keyof Schema)[] = [
  "cards",
  "tombstones",
  "names",
  "root_names",
  "trip_assets",
  "assets",
  "rendered",
  "nodes",
  "contents",
  "tokens",
  "idempotency_keys",
];

eachDatabase((makeDatabase, kind) => {
  const makeSqlite = useSqlite();

  describe(`a copy from SQLite to ${kind}`, () => {
    let services: Services;
    let there: TestDatabase;
    let back: TestDatabase;

    beforeAll(async () => {
      services = await createServices(parseConfig({ DATABASE_URL: (await makeSqlite()).url, RENDER_THREADS: "1" }));
      there = await makeDatabase();
      back = await makeSqlite();
    });
    afterAll(() => services.close());

    test("and back again has the rows of the source, whatever they are, and a new epoch", async () => {
      const { database } = services;
      const schemas = [await readSchema(there), await readSchema(back)];
      const clear = async () => {
        for (const table of CONTENTS) await database.db.deleteFrom(table).execute();
        await database.db.deleteFrom("trips").where("id", ">", 0).execute();
      };
      await fc.assert(
        fc
          .asyncProperty(fc.uniqueArray(storable, { maxLength: 2, selector: ({ trip }) => trip.slug }), besides, async (trips, rest) => {
            for (const trip of trips) await restoreTrip(services.trips, trip).catch(refusedAsDoubled);
            if (rest.tokens.length > 0) await database.db.insertInto("tokens").values(rest.tokens).execute();
            if (rest.keys.length > 0) await database.db.insertInto("idempotency_keys").values(rest.keys).execute();
            await database.db.updateTable("meta").set({ generation: rest.generation }).execute();

            const wanted = await readEverything(database);
            const epochs = new Set([await epochOf(database), await epochOf(there), await epochOf(back)]);
            await copyDatabase({ from: database.url, to: there.url, replace: true, leaseMs: 1 });
            expect(await readEverything(there)).toEqual(wanted);
            const { tables } = await copyDatabase({ from: there.url, to: back.url, replace: true, leaseMs: 1 });
            expect(await readEverything(back)).toEqual(wanted);

            expect(new Set([...epochs, await epochOf(there), await epochOf(back)]).size).toBe(5);
            for (const { table, rows } of tables) expect(rows).toBe(wanted[table]!.length);
          })
          .afterEach(clear),
        { numRuns: kind === "sqlite" ? 10 : 5 },
      );
      expect([await readSchema(there), await readSchema(back)]).toEqual(schemas);
    });
  });

  describe(`a database of ${kind} that was copied to`, () => {
    async function copied(): Promise<TestDatabase> {
      const source = await makeSqlite();
      const kit = await createEditKit(source);
      const trip = await kit.trip("book");
      await kit.rename(await kit.page(trip, "page"), "renamed");
      await byHand(source, "insert into workers (id, seen_at) values ('theirs', 1)");
      const target = await makeDatabase();
      await byHand(target, "insert into workers (id, seen_at) values ('ours', 1)");
      await copyDatabase({ from: source.url, to: target.url, leaseMs: 1 });
      return target;
    }

    test("counts changes, writes history and numbers trips on from there", async () => {
      const target = await copied();
      const kit = await createEditKit(target);
      const node = await target.db.selectFrom("nodes").select("id").where("segment", "=", "renamed").executeTakeFirstOrThrow();
      expect(await changedBy(target, () => byHand(target, `update nodes set segment = 'again' where id = '${node.id}'`))).toEqual([1]);
      expect(await kit.names({ tripId: 1 } as never)).toHaveLength(2);
      expect((await kit.trip("next")).tripId).toBe(2);
      await expect(byHand(target, "update contents set body = 'x'")).rejects.toThrow("append-only");
    });

    test("has no workers: whoever serves it registers anew", async () => {
      expect(await (await copied()).db.selectFrom("workers").selectAll().execute()).toEqual([]);
    });

    test("has a worker that nobody acknowledges for, as long as those that it had may serve what was there before", async () => {
      const [source, target] = [await makeSqlite(), await copied()];
      await (await createEditKit(source)).trip("new");
      const workers = async () => (await target.db.selectFrom("workers").select("id").execute()).map(({ id }) => id);
      await byHand(target, "insert into workers (id, seen_at) values ('ours', 1)");
      const leaseMs = 300;
      const copying = copyDatabase({ from: source.url, to: target.url, replace: true, leaseMs });
      const isDone = vi.fn();
      void copying.then(isDone);
      await vi.waitFor(async () => expect(await workers()).toEqual([expect.stringMatching(/^former-/)]), { timeout: 10_000, interval: 5 });
      const seenAt = performance.now();
      expect(isDone).not.toHaveBeenCalled();
      await copying;
      expect(performance.now() - seenAt).toBeGreaterThan(leaseMs / 2);
      expect(await workers()).toEqual([]);
    });

    test("counts as written where the row that stood for its former workers cannot be deleted: it is found silent", async () => {
      const [source, target] = [await makeSqlite(), await copied()];
      await (await createEditKit(source)).trip("new");
      await byHand(target, "insert into workers (id, seen_at) values ('ours', 1)");
      if (kind === "postgres")
        await byHand(target, "create function refuse() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$");
      const refuse = kind === "sqlite" ? "begin select raise(abort, 'no'); end" : "execute function refuse()";
      await byHand(target, `create trigger kept before delete on workers for each row when (old.id like 'former-%') ${refuse}`);
      await copyDatabase({ from: source.url, to: target.url, replace: true, leaseMs: 1 });
      expect(await readEverything(target)).toEqual(await readEverything(source));
      expect(await target.db.selectFrom("workers").select("id").execute()).toHaveLength(1);
    });

    test("is left as it is where it has a trip or a token, unless that may go", async () => {
      const [source, target] = [await makeSqlite(), await copied()];
      const before = await readEverything(target);
      await expect(copyDatabase({ from: source.url, to: target.url })).rejects.toMatchObject({ code: "target-not-empty" });
      expect(await readEverything(target)).toEqual(before);
      await copyDatabase({ from: source.url, to: target.url, replace: true, leaseMs: 1 });
      expect(await readEverything(target)).toEqual(await readEverything(source));
      await byHand(target, "insert into tokens (id, name, hash, scopes, created_at) values ('t', 'n', 'h', 'read', 1)");
      await expect(copyDatabase({ from: source.url, to: target.url })).rejects.toMatchObject({ code: "target-not-empty" });
    });

    test("gets no number of a trip again that it drew before", async () => {
      const [source, target] = [await makeSqlite(), await copied()];
      await copyDatabase({ from: source.url, to: target.url, replace: true, leaseMs: 1 });
      expect((await (await createEditKit(target)).trip("new")).tripId).toBe(2);
    });
  });

  describe("a copy that would not be exactly its source is taken back, triggers and all, when", () => {
    const HANDMADE: Record<string, string> = {
      sqlite: `
        drop table tokens;
        create table tokens (id text primary key, name numeric, hash text, scopes text, created_at bigint, expires_at bigint, revoked_at bigint, last_used_at bigint)`,
      postgres: "alter table tokens alter column name type char(12)",
    };

    test.each([
      ["the target's column makes something else of a value", HANDMADE[kind]!, /^The table tokens has 2 rows with the hash/],
      [
        "the target refuses a row",
        "create unique index one_name on tokens (name)",
        /^A row of tokens cannot be in .*one_name|tokens\.name/,
      ],
    ])("%s", async (_case, byHandInTarget, message) => {
      const [source, target] = [await makeSqlite(), await makeDatabase()];
      await (await createEditKit(source)).trip("book");
      const token = { name: "007", scopes: "read", created_at: 1 };
      await source.db
        .insertInto("tokens")
        .values(["one", "two"].map((id) => ({ ...token, id, hash: id })))
        .execute();
      for (const statement of byHandInTarget.split(";")) await byHand(target, statement);
      const before = [await readEverything(target), await readSchema(target), await epochOf(target)];
      await expect(copyDatabase({ from: source.url, to: target.url })).rejects.toMatchObject({
        code: "copy-mismatch",
        message: expect.stringMatching(message) as string,
      });
      expect([await readEverything(target), await readSchema(target), await epochOf(target)]).toEqual(before);
    });
  });

  test.each(["trips", "cards", "meta"])("a database is as it was when a copy to it was killed at the table %s", async (table) => {
    const [source, target] = [await makeSqlite(), await makeDatabase()];
    const kit = await createEditKit(source);
    await kit.page(await kit.trip("new"), "page");
    await (await createEditKit(target)).trip("old");
    const before = [await readEverything(target), await readSchema(target), await epochOf(target)];
    const killed = promisify(execFile)(process.execPath, ["--conditions=qrcards-source", KILLED, source.url, target.url, table]);
    await expect(killed).rejects.toMatchObject({ signal: "SIGKILL" });
    expect([await readEverything(target), await readSchema(target), await epochOf(target)]).toEqual(before);
    expect((await (await createEditKit(target)).trip("next")).tripId).toBe(2);
  });

  test("edits go on while a database is copied, and are not in the copy", async () => {
    const [source, target] = [await makeDatabase(), await makeSqlite()];
    const kit = await createEditKit(source);
    await kit.trip("before");
    const wanted = await readEverything(source);
    let edits: Promise<unknown> = Promise.resolve();
    let begun = false;
    const { tables } = await copyDatabase({
      from: source.url,
      to: target.url,
      onProgress: () => {
        if (begun) return;
        begun = true;
        edits = kit.trip("meanwhile");
      },
    });
    await edits;
    expect(tables.find(({ table }) => table === "trips")?.rows).toBe(2);
    expect(await readEverything(target)).toEqual(wanted);
    expect(await readEverything(source)).not.toEqual(wanted);
  });

  test("readers go on, and edits wait, while a database is copied to", async () => {
    const [source, target] = [await makeSqlite(), await makeDatabase()];
    await (await createEditKit(source)).trip("new");
    const kit = await createEditKit(target);
    await kit.trip("old");
    const slugs = async () => (await target.db.selectFrom("trips").select("slug").where("id", ">", 0).execute()).map(({ slug }) => slug);
    const seen: Promise<string[]>[] = [];
    let edit: Promise<unknown> = Promise.resolve();
    let begun = false;
    await copyDatabase({
      from: source.url,
      to: target.url,
      replace: true,
      leaseMs: 1,
      onProgress: () => {
        seen.push(slugs());
        if (!begun) edit = kit.trip("later");
        begun = true;
      },
    });
    await edit;
    expect((await Promise.all(seen)).filter(([first]) => first === "old").length).toBeGreaterThan(0);
    expect(await slugs()).toEqual(["new", "later"]);
  });

  test("a database without this version's schema is not copied, and one that is not there is not made", async () => {
    const [bare, target] = [await makeDatabase({ migrated: false }), await makeSqlite()];
    await sql`create table kysely_migration (name varchar(255) primary key, timestamp varchar(255))`.execute(bare.db);
    await expect(copyDatabase({ from: bare.url, to: target.url })).rejects.toMatchObject({ code: "schema-older" });
    await sql`insert into kysely_migration (name, timestamp) values ('0099-from-the-future', '2099-01-01')`.execute(bare.db);
    await expect(copyDatabase({ from: bare.url, to: target.url })).rejects.toMatchObject({ code: "schema-newer" });
    const nowhere = `${target.filename}-that-is-not-there`;
    await expect(copyDatabase({ from: `sqlite:${nowhere}`, to: target.url })).rejects.toMatchObject({ code: "database-unusable" });
    expect(existsSync(nowhere)).toBe(false);
    await expect(copyDatabase({ from: target.url, to: target.url, replace: true, leaseMs: 1 })).rejects.toMatchObject({ code: "usage" });
  });
});

/** Two arbitrary trips may share an id or a card. */
function refusedAsDoubled(error: unknown): void {
  if ((error as { code?: unknown }).code !== "import-refused") throw error;
}
