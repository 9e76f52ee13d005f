import { existsSync } from "node:fs";
import { sql } from "kysely";
import pg from "pg";
import { describe, expect, inject, test } from "vitest";
import { eachDatabase, type TestDatabase } from "./databases.ts";

describe("a database for tests", () => {
  const made: TestDatabase[] = [];

  eachDatabase((makeDatabase, kind) => {
    test("is of the kind that it says, and has the schema", async () => {
      const database = await makeDatabase();
      made.push(database);
      expect(database.kind).toBe(kind);
      expect(await database.db.selectFrom("meta").select("id").execute()).toEqual([{ id: 1 }]);
    });

    test("is not seen by another one", async () => {
      const one = await makeDatabase({ migrated: false });
      const other = await makeDatabase({ migrated: false });
      made.push(one, other);
      await sql`create table mine (id integer)`.execute(one.db);
      expect((await one.db.introspection.getTables()).map((table) => table.name)).toEqual(["mine"]);
      expect(await other.db.introspection.getTables()).toEqual([]);
    });
  });

  test("is gone when its tests have ended", async () => {
    const left = await databaseNames();
    expect(made.length).toBeGreaterThan(0);
    for (const { filename, url } of made) {
      if (filename !== undefined) expect(existsSync(filename)).toBe(false);
      else expect(left).not.toContain(new URL(url).pathname.slice(1));
    }
  });
});

async function databaseNames(): Promise<string[]> {
  const server = inject("postgresUrl");
  if (server === undefined) return [];
  const client = new pg.Client(server);
  await client.connect();
  try {
    const { rows } = await client.query<{ datname: string }>("select datname from pg_database");
    return rows.map((row) => row.datname);
  } finally {
    await client.end();
  }
}
