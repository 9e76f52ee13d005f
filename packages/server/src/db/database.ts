import { mkdirSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { Kysely, PostgresDialect, sql, type Transaction } from "kysely";
import pg from "pg";
import { QRCardsError } from "../errors.ts";
import type { Schema } from "./schema.ts";
import { createSqliteDialect } from "./sqlite-dialect.ts";

export type DatabaseKind = "sqlite" | "postgres";

/** A Kysely of our schema that knows which database it talks to. A transaction is one too. */
export type Db = Kysely<Schema> | Transaction<Schema>;

export interface Database {
  readonly kind: DatabaseKind;
  readonly db: Kysely<Schema>;
  /** For `transaction`: connections of its own, since an edit that waits for another process must not hold what readers need. */
  readonly writer: Kysely<Schema>;
  readonly busyLimitMs: number;
  /** As it was opened, password and all: for a thread that opens it too. */
  readonly url: string;
  /** Path of the SQLite file, or the PostgreSQL URL without its password: for messages. */
  readonly label: string;
  /** SQLite: absolute path of the file. */
  readonly filename: string | undefined;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  /** `sqlite:PATH` (relative to the working directory) or `postgres://...`. */
  readonly url: string;
  /** PostgreSQL: connections at most. Default 10. */
  readonly connections?: number;
  /** How long an edit waits for others to finish theirs before it is refused as `busy`. Default 5,000. */
  readonly busyLimitMs?: number;
  /** Called with each statement's SQL: for tests that count them. */
  readonly onStatement?: (sql: string) => void;
}

/** Opens the database without touching its schema (see `migrate`). The folder of a SQLite file is made if absent. */
export function openDatabase(options: DatabaseOptions): Database {
  const { url, onStatement, busyLimitMs = 5_000 } = options;
  const log = onStatement ? (event: { query: { sql: string } }) => onStatement(event.query.sql) : undefined;
  if (url.startsWith("sqlite:")) {
    const filename = resolve(url.slice("sqlite:".length));
    mkdirSync(dirname(filename), { recursive: true });
    const db = new Kysely<Schema>({ dialect: createSqliteDialect({ filename, busyLimitMs }), ...(log && { log }) });
    const writer = new Kysely<Schema>({ dialect: createSqliteDialect({ filename, busyLimitMs, connections: 1 }), ...(log && { log }) });
    return { kind: "sqlite", db, writer, busyLimitMs, url, label: filename, filename, close: closing(db, writer) };
  }
  if (/^postgres(ql)?:\/\//.test(url)) {
    const db = new Kysely<Schema>({
      dialect: new PostgresDialect({ pool: createPool(url, options.connections ?? 10, 5_000) }),
      ...(log && { log }),
    });
    // One edit runs at a time; the second connection is ready when it ends.
    const writer = new Kysely<Schema>({ dialect: new PostgresDialect({ pool: createPool(url, 2, busyLimitMs) }), ...(log && { log }) });
    return {
      kind: "postgres",
      db,
      writer,
      busyLimitMs,
      url,
      label: url.replace(/:\/\/[^@/]*@/, "://"),
      filename: undefined,
      close: closing(db, writer),
    };
  }
  throw new QRCardsError(
    "config-invalid",
    `DATABASE_URL is "${url.replace(/:\/\/[^@/]*@/, "://…@")}"; it must start with "sqlite:" or "postgres://".`,
  );
}

function createPool(url: string, max: number, connectionTimeoutMillis: number): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max,
    connectionTimeoutMillis,
    // bigint arrives as a number: our counters and instants stay far below 2^53.
    types: {
      getTypeParser: (oid: number, format?: "text" | "binary") => (oid === 20 ? Number : pg.types.getTypeParser(oid, format as "text")),
    } as pg.CustomTypesConfig,
  });
  // An idle connection that breaks is replaced at its next use; without a listener it would end the process.
  pool.on("error", () => {});
  return pool;
}

function closing(...handles: Kysely<Schema>[]): () => Promise<void> {
  return async () => {
    await Promise.all(handles.map((handle) => handle.destroy()));
  };
}

/**
 * Runs an edit in one transaction. All its changes of one trip count as one change (one version, one row in `changes`),
 * and readers see all of it or nothing.
 *
 * @throws QRCardsError `busy` when others have kept the lock for `busyLimitMs`
 */
export function transaction<T>(database: Database, edit: (trx: Transaction<Schema>) => Promise<T>): Promise<T> {
  return database.kind === "sqlite" ? sqliteTransaction(database, edit) : postgresTransaction(database, edit);
}

function sqliteTransaction<T>({ writer }: Database, edit: (trx: Transaction<Schema>) => Promise<T>): Promise<T> {
  return writer.transaction().execute(async (trx) => {
    await sql`update meta set batch = seq`.execute(trx);
    const result = await edit(trx);
    await sql`update meta set batch = null`.execute(trx);
    return result;
  });
}

function postgresTransaction<T>(database: Database, edit: (trx: Transaction<Schema>) => Promise<T>): Promise<T> {
  return unversionedTransaction(database, async (trx) => {
    // Locks are taken in the order meta, trips: the triggers do so too, at commit.
    await sql`select seq from meta for update`.execute(trx);
    return edit(trx);
  });
}

/**
 * A transaction for what no page shows (texts that nothing points to yet, scan counts): it raises no version and, on
 * PostgreSQL, does not wait for edits.
 *
 * @throws QRCardsError `busy` when others have kept the lock for `busyLimitMs`
 */
export async function unversionedTransaction<T>(
  { kind, writer, busyLimitMs }: Database,
  write: (trx: Transaction<Schema>) => Promise<T>,
): Promise<T> {
  try {
    return await writer.transaction().execute(async (trx) => {
      if (kind === "postgres") await sql`select set_config('lock_timeout', ${String(busyLimitMs)}, true)`.execute(trx);
      return write(trx);
    });
  } catch (error) {
    if (!isLockedOut(error)) throw error;
    throw new QRCardsError("busy", `Other edits have kept the database busy for ${busyLimitMs / 1000} s.`, { cause: error });
  }
}

/** lock_not_available, or deadlock_detected with an edit made with `psql`, or no connection of the pool got free. */
function isLockedOut(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return code === "55P03" || code === "40P01" || message === "timeout exceeded when trying to connect";
}

/** PostgreSQL: runs the deferred triggers now, so that the transaction can read the version it is about to commit. */
export async function settleVersion(database: Database, trx: Transaction<Schema>): Promise<void> {
  if (database.kind === "postgres") await sql`set constraints all immediate`.execute(trx);
}
