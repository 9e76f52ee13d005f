import { randomBytes } from "node:crypto";
import { DEFAULT_LEASE_MS } from "@qrcards/cache";
import { type Kysely, sql } from "kysely";
import { QRCardsError } from "../../errors.ts";
import { type Database, unversionedTransaction } from "../database.ts";
import { newEpoch } from "../new-epoch.ts";
import type { Schema } from "../schema.ts";
import { digestTable, type TableDigest } from "./digest-table.ts";
import { countRows, type Reader, type Row, readInWritingOrder, withSnapshot } from "./read-rows.ts";
import { silenceTriggers } from "./silence-triggers.ts";
import { LINKED_TABLES, type MovedTable, UNLINKED_TABLES } from "./tables.ts";

export interface TableReport extends TableDigest {
  readonly table: string;
}

export interface MoveOptions {
  /** Whether what the target holds may go. Default false: it must be empty then. */
  readonly replace?: boolean;
  /** L, for which a process may serve what it polled before; see `PollOptions.leaseMs`. Default 2,000. */
  readonly leaseMs?: number;
  readonly onProgress?: (table: string, done: number, total: number) => void;
}

/**
 * Gives one database exactly the contents of another one, of either kind: one snapshot of the source, one transaction in the
 * target, compared before it commits. Both have this version's schema.
 *
 * What is not the same afterwards: the target has a new epoch, so that no process and no second tier believes anything from
 * before; and those who serve it must register anew, as a row that lingered would be believed.
 *
 * @returns each table's rows and hash, equal in both, when no process can serve any more what was in the target before: at
 *   once where none is registered, else after `leaseMs`
 * @throws QRCardsError `target-not-empty`; `copy-mismatch`; `busy`; `storage-full`. Nothing is changed then
 */
export async function moveContents(source: Database, target: Database, options: MoveOptions = {}): Promise<TableReport[]> {
  const { reports, formerWorkers } = await withSnapshot(source, (snapshot) => write(snapshot, target, options));
  if (formerWorkers !== undefined) {
    await new Promise((resolve) => setTimeout(resolve, options.leaseMs ?? DEFAULT_LEASE_MS));
    const forget = unversionedTransaction(target, (trx) => trx.deleteFrom("workers").where("id", "=", formerWorkers).execute());
    // The contents are there, whatever becomes of this: a row that cannot be deleted now is found silent.
    await forget.catch(() => {});
  }
  return reports;
}

interface Written {
  readonly reports: TableReport[];
  readonly formerWorkers: string | undefined;
}

function write(snapshot: Reader, target: Database, { replace = false, onProgress }: MoveOptions): Promise<Written> {
  return unversionedTransaction(target, async (connection) => {
    const writer: Reader = { label: target.label, kind: target.kind, connection };
    // Edits begin with this lock. Whoever edits waits from here on, and not halfway.
    if (target.kind === "postgres") await sql`select seq from meta for update`.execute(connection);
    if (!replace) await refuseContents(target, connection);
    const restoreTriggers = await silenceTriggers(writer);
    const move = (table: MovedTable) => moveTable(snapshot, writer, table, onProgress);

    const reports: TableReport[] = [];
    for (const table of LINKED_TABLES.toReversed()) await empty(connection, table.name);
    for (const table of LINKED_TABLES) reports.push(await move(table));
    await numberTripsOn(writer);
    // Last and shortly: who serves writes into these even where nobody edits.
    for (const table of UNLINKED_TABLES) {
      // An edit that waits for the row of counters must find it again.
      if (table.name !== "meta") await empty(connection, table.name);
      reports.push(await move(table));
    }
    const formerWorkers = await dismissWorkers(writer);
    await restoreTriggers();
    return { reports, formerWorkers };
  });
}

/**
 * Whoever serves must register anew. Until their leases from before are over, one row stands for all of them that no process
 * will ever acknowledge for: who edits meanwhile, and finds nobody else registered, waits as long as they may serve.
 *
 * @returns the id of that row; undefined when nobody was registered
 */
async function dismissWorkers({ kind, connection }: Reader): Promise<string | undefined> {
  // Nobody registers between this and the commit: it would be by what was here before.
  if (kind === "postgres") await sql`lock table workers in share row exclusive mode`.execute(connection);
  const { numDeletedRows } = await connection.deleteFrom("workers").executeTakeFirstOrThrow();
  if (numDeletedRows === 0n) return undefined;
  const id = `former-${randomBytes(12).toString("base64url")}`;
  await connection.insertInto("workers").values({ id, seen_at: Date.now() }).execute();
  return id;
}

/** Tokens count too: somebody made them to use them. */
async function refuseContents({ label }: Database, connection: Kysely<Schema>): Promise<void> {
  const { rows } = await sql<{ trips: number; tokens: number }>`
    select (select count(*) from trips where id > 0) as trips, (select count(*) from tokens) as tokens`.execute(connection);
  const { trips, tokens } = rows[0]!;
  if (trips + tokens > 0)
    throw new QRCardsError("target-not-empty", `The database ${label} is not empty: trips: ${trips}, tokens: ${tokens}.`);
}

async function empty(connection: Kysely<Schema>, table: keyof Schema): Promise<void> {
  await connection.deleteFrom(table).execute();
}

async function moveTable(snapshot: Reader, writer: Reader, table: MovedTable, onProgress: MoveOptions["onProgress"]): Promise<TableReport> {
  const total = await countRows(snapshot, table);
  let done = 0;
  onProgress?.(table.name, done, total);
  try {
    for await (const rows of readInWritingOrder(snapshot, table)) {
      await insert(writer, table, table.name === "meta" ? rows.map(withNewEpoch) : rows);
      done += rows.length;
      onProgress?.(table.name, done, total);
    }
  } catch (error) {
    if (!isRefusedRow(error)) throw error;
    throw new QRCardsError("copy-mismatch", `A row of ${table.name} cannot be in ${writer.label}: ${error.message}.`, { cause: error });
  }
  // Both are read again, so that it does not matter how the rows came here.
  const [wanted, got] = [await digestTable(snapshot, table), await digestTable(writer, table)];
  if (wanted.rows !== got.rows || wanted.sha256 !== got.sha256) {
    throw new QRCardsError(
      "copy-mismatch",
      `The table ${table.name} has ${wanted.rows} rows with the hash ${wanted.sha256}; written to ${writer.label} it has ${got.rows} with ${got.sha256}.`,
    );
  }
  return { table: table.name, ...got };
}

function withNewEpoch(meta: Row): Row {
  return { ...meta, epoch: newEpoch() };
}

async function insert({ connection }: Reader, { name, columns, key }: MovedTable, rows: readonly Row[]): Promise<void> {
  const values = rows.map((row) => sql`(${sql.join(columns.map((column) => row[column]))})`);
  const others = columns.filter((column) => !key.some((part) => part.column === column));
  const place = sql`insert into ${sql.table(name)} (${sql.join(columns.map((column) => sql.ref(column)))}) values ${sql.join(values)}`;
  const replaced = sql.join(others.map((column) => sql`${sql.ref(column)} = ${sql.ref(`excluded.${column}`)}`));
  await (name === "meta" ? sql`${place} on conflict (id) do update set ${replaced}` : place).execute(connection);
}

/** A value that the other database's column does not take, or a row that its constraints do not: somebody's hand was in the source. */
function isRefusedRow(error: unknown): error is Error {
  const { code, errcode } = error as { code?: unknown; errcode?: unknown };
  const [SQLITE_CONSTRAINT, SQLITE_MISMATCH] = [19, 20];
  if (typeof errcode === "number") return [SQLITE_CONSTRAINT, SQLITE_MISMATCH].includes(errcode & 0xff);
  // PostgreSQL's classes 22 (data exception) and 23 (integrity constraint violation).
  return typeof code === "string" && /^2[23][0-9A-Z]{3}$/.test(code);
}

/** No number of a trip is drawn twice. A sequence is outside of the transaction, so it may only rise. SQLite counts by itself. */
async function numberTripsOn({ kind, connection }: Reader): Promise<void> {
  if (kind === "sqlite") return;
  await sql`
    select setval('trips_id_seq', largest) from (select max(id) as largest from trips) as ids, trips_id_seq
    where largest > last_value or (largest = last_value and not is_called)`.execute(connection);
}
