import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, describe, inject } from "vitest";
import { type Database, type DatabaseKind, type DatabaseOptions, openDatabase } from "../../src/db/database.ts";
import { migrate } from "../../src/db/migrate.ts";

export interface TestDatabase extends Database {
  /** For tests that open the same database again, as another process would. */
  readonly url: string;
}

export interface TestDatabaseOptions extends Omit<DatabaseOptions, "url"> {
  /** Default true; false leaves the database empty. */
  readonly migrated?: boolean;
}

/** Makes a database that nobody else sees. It is closed and deleted when the tests around it have ended. */
export type MakeDatabase = (options?: TestDatabaseOptions) => Promise<TestDatabase>;

/**
 * Runs the same tests over SQLite and over PostgreSQL, for `*.db.test.ts` and `*.replay.test.ts`. Where there is no
 * PostgreSQL its half counts as skipped.
 */
export function eachDatabase(tests: (makeDatabase: MakeDatabase, kind: DatabaseKind) => void): void {
  describe("sqlite", () => tests(makeDatabases(createSqliteFile), "sqlite"));
  const server = inject("postgresUrl");
  describe.skipIf(server === undefined)("postgres", () =>
    tests(
      makeDatabases(() => createPostgresDatabase(server ?? "")),
      "postgres",
    ),
  );
}

/** SQLite alone, for tests of parts to which the kind of database makes no difference; needs no service. */
export function useSqlite(): MakeDatabase {
  return makeDatabases(createSqliteFile);
}

/** PostgreSQL alone, for tests that are skipped where there is none. */
export function usePostgres(): MakeDatabase {
  return makeDatabases(() => createPostgresDatabase(inject("postgresUrl") ?? ""));
}

interface Place {
  readonly url: string;
  remove(): Promise<void>;
}

function makeDatabases(create: () => Promise<Place>): MakeDatabase {
  const made: { readonly place: Place; readonly database: Database }[] = [];
  afterAll(async () => {
    for (const { place, database } of made) {
      await database.close();
      await place.remove();
    }
  });
  return async ({ migrated = true, ...options } = {}) => {
    const place = await create();
    const database = openDatabase({ ...options, url: place.url });
    made.push({ place, database });
    if (migrated) await migrate(database);
    return { ...database, url: place.url };
  };
}

async function createSqliteFile(): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), "qrcards-sqlite-"));
  return { url: `sqlite:${join(folder, "test.db")}`, remove: async () => rmSync(folder, { recursive: true, force: true }) };
}

async function createPostgresDatabase(server: string): Promise<Place> {
  const name = `test_${randomUUID().replaceAll("-", "")}`;
  await runAlone(server, `create database ${name}`);
  const url = new URL(server);
  url.pathname = name;
  return { url: url.href, remove: () => runAlone(server, `drop database ${name} with (force)`) };
}

/** Creating and dropping a database needs a connection to another one, outside of a transaction. */
async function runAlone(server: string, statement: string): Promise<void> {
  const client = new pg.Client(server);
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
