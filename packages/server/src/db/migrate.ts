import type { DatabaseSync } from "node:sqlite";
import { type Kysely, sql } from "kysely";
import { type Migration, Migrator } from "kysely/migration";
import { QRCardsError } from "../errors.ts";
import type { Database, DatabaseKind } from "./database.ts";
import * as initial from "./migrations/0001-initial.ts";
import * as audit from "./migrations/0002-audit.ts";

const STEPS: Readonly<Record<string, (db: Kysely<never>, kind: DatabaseKind) => Promise<void>>> = {
  "0001-initial": initial.up,
  "0002-audit": audit.up,
};

/**
 * Brings the schema up to this version: all steps or none, in one transaction that is also the lock (SQLite:
 * `BEGIN IMMEDIATE`; PostgreSQL: an advisory lock), so several processes may start at once.
 *
 * @returns the names of the steps that ran
 * @throws QRCardsError `schema-newer` when a newer version of QRCards has written this database; nothing is changed then
 */
export async function migrate(database: Database): Promise<readonly string[]> {
  await refuseNewerSchema(database);
  const migrator = new Migrator({
    db: database.db,
    provider: {
      getMigrations: async () =>
        Object.fromEntries(
          Object.entries(STEPS).map(([name, up]): [string, Migration] => [name, { up: (db) => up(db as Kysely<never>, database.kind) }]),
        ),
    },
  });
  const { error, results } = await migrator.migrateToLatest();
  if (error) throw error;
  return (results ?? []).map((result) => result.migrationName);
}

/**
 * The steps that `migrate` would run; none when the schema is up to date. Changes nothing.
 *
 * @throws QRCardsError `schema-newer`
 */
export async function listPendingSteps(database: Database): Promise<readonly string[]> {
  const applied = await refuseNewerSchema(database);
  return Object.keys(STEPS).filter((name) => !applied.includes(name));
}

/** @returns the names of the steps that have run */
async function refuseNewerSchema({ db, label }: Database): Promise<readonly string[]> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some((table) => table.name === "kysely_migration")) return [];
  const { rows } = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db);
  const applied = rows.map((row) => row.name);
  refuseUnknownSteps(label, applied);
  return applied;
}

function refuseUnknownSteps(label: string, applied: readonly string[]): void {
  const unknown = applied.filter((name) => !(name in STEPS));
  if (unknown.length > 0) {
    throw new QRCardsError(
      "schema-newer",
      `The database ${label} has schema step "${unknown.at(-1)}", which this version of QRCards does not know.`,
    );
  }
}

/**
 * For a SQLite file that comes to the place of another one while we run: it is too late to bring it up to date.
 *
 * @throws QRCardsError `schema-older`, `schema-newer`
 */
export function refuseOtherSchema(filename: string, connection: DatabaseSync): void {
  const isOurs = connection.prepare("select 1 from sqlite_schema where name = 'kysely_migration'").get() !== undefined;
  const applied = isOurs
    ? connection
        .prepare("select name from kysely_migration")
        .all()
        .map(({ name }) => String(name))
    : [];
  refuseUnknownSteps(filename, applied);
  if (Object.keys(STEPS).some((name) => !applied.includes(name)))
    throw new QRCardsError("schema-older", `The database ${filename} was replaced by one without the schema of this version of QRCards.`);
}
