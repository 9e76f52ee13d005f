import { sql } from "kysely";
import { type Database, openDatabase } from "../db/database.ts";
import { listPendingSteps } from "../db/migrate.ts";
import { RENDERER } from "../pages/renderer.ts";
import type { TripId } from "../trips/types.ts";

/** What a look at a database from outside shows. Nothing is changed, and the schema is left as it is. */
export interface DatabaseInspection {
  readonly label: string;
  /** Schema steps that the next start would run; what is below is only known when there are none. */
  readonly pendingSteps: readonly string[];
  /** What the database's own checks found: nothing, when it is sound. */
  readonly damage: readonly string[];
  /** SQLite: `wal`, so that readers and the writer do not wait for each other. PostgreSQL: null. */
  readonly journalMode: string | null;
  readonly contents: ContentCounts | null;
  /** Trips that have lost their own page, which can only happen by a hand in the database. */
  readonly rootless: readonly TripId[];
}

export interface ContentCounts {
  readonly total: number;
  /** Texts of pages whose HTML is not there for this version of the renderer: it is made at the first reading. */
  readonly unrendered: number;
  /** Texts that no page has any more: former versions. */
  readonly unreferenced: number;
}

/** @throws QRCardsError `schema-newer`; whatever the database says when it cannot be opened */
export async function inspectDatabase(url: string): Promise<DatabaseInspection> {
  const database = openDatabase({ url });
  try {
    const pendingSteps = await listPendingSteps(database);
    const isCurrent = pendingSteps.length === 0;
    return {
      label: database.label,
      pendingSteps,
      damage: database.kind === "sqlite" ? await findDamage(database) : [],
      journalMode: database.kind === "sqlite" ? await readJournalMode(database) : null,
      contents: isCurrent ? await countContents(database) : null,
      rootless: isCurrent ? await findRootless(database) : [],
    };
  } finally {
    await database.close();
  }
}

/** SQLite's look at every page of the file, and at rows whose counterpart is missing. PostgreSQL sees to both itself. */
async function findDamage({ db }: Database): Promise<string[]> {
  const integrity = await sql<{ integrity_check: string }>`pragma integrity_check(10)`.execute(db);
  const broken = integrity.rows.map((row) => row.integrity_check).filter((line) => line !== "ok");
  const references = await sql<{ table: string; parent: string }>`pragma foreign_key_check`.execute(db);
  const dangling = Map.groupBy(references.rows, ({ table, parent }) => `rows of ${table} whose row in ${parent} is missing`);
  return [...broken, ...[...dangling].map(([what, rows]) => `${what}: ${rows.length}`)];
}

async function readJournalMode({ db }: Database): Promise<string | null> {
  const { rows } = await sql<{ journal_mode: string }>`pragma journal_mode`.execute(db);
  return rows[0]?.journal_mode ?? null;
}

async function countContents({ db }: Database): Promise<ContentCounts> {
  const { rows } = await sql<{ total: number; unrendered: number; unreferenced: number }>`
    with used as (select distinct content_hash as hash from nodes)
    select (select count(*) from contents) as total,
           (select count(*) from used where not exists (select 1 from rendered where content_hash = hash and renderer = ${RENDERER})) as unrendered,
           (select count(*) from contents where not exists (select 1 from used where used.hash = contents.hash)) as unreferenced`.execute(
    db,
  );
  return rows[0]!;
}

async function findRootless({ db }: Database): Promise<TripId[]> {
  const rows = await db
    .selectFrom("trips")
    .select("id")
    .where("id", ">", 0)
    .where((row) =>
      row.not(
        row.exists(row.selectFrom("nodes").select("nodes.id").whereRef("nodes.trip_id", "=", "trips.id").where("parent_id", "is", null)),
      ),
    )
    .orderBy("id")
    .execute();
  return rows.map((row) => row.id);
}
