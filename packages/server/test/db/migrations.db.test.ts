import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { type Database, openDatabase } from "../../src/db/database.ts";
import { migrate } from "../../src/db/migrate.ts";
import { eachDatabase } from "../support/databases.ts";

const STEPS = ["0001-initial", "0002-audit"];

describe("bringing the schema up to date", () => {
  eachDatabase((makeDatabase, kind) => {
    test("does all steps at first, and none the second time", async () => {
      const database = await makeDatabase({ migrated: false });
      expect(await migrate(database)).toEqual(STEPS);
      const schema = await readSchema(database);
      expect(await migrate(database)).toEqual([]);
      expect(await readSchema(database)).toEqual(schema);
    });

    test("leaves one row of counters and the catalog", async () => {
      const { db } = await makeDatabase();
      expect(await db.selectFrom("meta").select(["id", "seq", "generation", "batch"]).execute()).toEqual([
        { id: 1, seq: 0, generation: 0, batch: null },
      ]);
      expect(await db.selectFrom("trips").select(["id", "slug", "version"]).execute()).toEqual([{ id: 0, slug: "", version: 0 }]);
    });

    test("gives each database an epoch of its own", async () => {
      const databases = [await makeDatabase(), await makeDatabase()];
      const epochs = await Promise.all(databases.map(({ db }) => db.selectFrom("meta").select("epoch").executeTakeFirstOrThrow()));
      expect(epochs[0]?.epoch).toMatch(/^[0-9a-f]{32}$/);
      expect(epochs[0]).not.toEqual(epochs[1]);
    });

    test("is done once by several connections at the same time", async () => {
      const database = await makeDatabase({ migrated: false });
      const others = [1, 2, 3].map(() => openDatabase({ url: database.url }));
      try {
        const steps = await Promise.all([database, ...others].map((one) => migrate(one)));
        expect(steps.flat()).toEqual(STEPS);
      } finally {
        for (const other of others) await other.close();
      }
    });

    test("is done once by several processes at the same time", async () => {
      const database = await makeDatabase({ migrated: false });
      const steps = await Promise.all([1, 2, 3].map(() => migrateInProcess(database.url)));
      expect(steps.flat()).toEqual(STEPS);
      expect(await database.db.selectFrom("meta").select("seq").execute()).toEqual([{ seq: 0 }]);
    });

    test("refuses a schema that a newer version has written, and changes nothing", async () => {
      const database = await makeDatabase();
      await sql`insert into kysely_migration (name, timestamp) values ('0099-from-the-future', '2099-01-01')`.execute(database.db);
      const before = await readSchema(database);
      await expect(migrate(database)).rejects.toMatchObject({
        code: "schema-newer",
        message: expect.stringContaining("0099-from-the-future") as string,
      });
      expect(await readSchema(database)).toEqual(before);
    });

    test("refuses a newer schema even if steps of its own are missing", async () => {
      const database = await makeDatabase({ migrated: false });
      await sql`create table kysely_migration (name varchar(255) primary key, timestamp varchar(255))`.execute(database.db);
      await sql`insert into kysely_migration (name, timestamp) values ('0099-from-the-future', '2099-01-01')`.execute(database.db);
      const before = await readSchema(database);
      await expect(migrate(database)).rejects.toMatchObject({ code: "schema-newer" });
      expect(await readSchema(database)).toEqual(before);
    });

    if (kind === "postgres") {
      test("names a database in a message without its password", async () => {
        const database = openDatabase({ url: "postgres://someone:secret@127.0.0.1:1/nowhere" });
        expect(database.label).toBe("postgres://127.0.0.1:1/nowhere");
        await database.close();
      });
    }
  });
});

test("a database of an unknown kind is refused without showing its password", () => {
  const open = () => openDatabase({ url: "mysql://someone:secret@127.0.0.1/books" });
  expect(open).toThrow(expect.objectContaining({ code: "config-invalid" }) as Error);
  expect(open).not.toThrow(/secret/);
});

/** All that there is: tables, triggers, functions, and the list of steps. */
async function readSchema({ kind, db }: Database): Promise<unknown> {
  const { rows: steps } = await sql`select * from kysely_migration order by name`.execute(db);
  const { rows: objects } =
    kind === "sqlite"
      ? await sql`select type, name, sql from sqlite_master order by type, name`.execute(db)
      : await sql`
          select 'column' as type, table_name || '.' || column_name as name, data_type as sql from information_schema.columns where table_schema = 'public'
          union all select 'trigger', tgname, pg_get_triggerdef(oid) from pg_trigger where not tgisinternal
          union all select 'function', proname, prosrc from pg_proc where pronamespace = 'public'::regnamespace
          order by 1, 2, 3`.execute(db);
  return { steps, objects };
}

async function migrateInProcess(url: string): Promise<unknown[]> {
  const script = fileURLToPath(new URL("migrate-process.ts", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, ["--conditions=qrcards-source", script, url]);
  return JSON.parse(stdout) as unknown[];
}
