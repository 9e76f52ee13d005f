import { closeSync, existsSync, mkdirSync, openSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { Kysely, PostgresDialect, sql, type Transaction } from "kysely";
import { isDiskFull } from "../database-errors.ts";
import { QRCardsError } from "../errors.ts";
import { createPostgresPool } from "./postgres-pool.ts";
import type { Schema } from "./schema.ts";
import { createSqliteDialect } from "./sqlite-dialect.ts";

export type DatabaseKind = "sqlite" | "postgres";

/** A Kysely of our schema that knows which database it talks to. A transaction is one too. */
export type Db = Kysely<Schema> | Transaction<Schema>;

export interface Database {
  readonly kind: DatabaseKind;
  readonly db: Kysely<Schema>;
  /** For transactions: connections of their own, since a write that waits for another process must not hold what readers need. */
  readonly writer: Kysely<Schema>;
  readonly busyLimitMs: number;
  /** As it was opened, password and all: for a thread that opens it too. */
  readonly url: string;
  /** Path of the SQLite file, or the PostgreSQL URL without user and password: for messages. */
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
  /** SQLite: only reads, and makes no file where there is none. Default false. */
  readonly readOnly?: boolean;
  /** SQLite: whether the file is made where there is none. Default true, unless it is only read. */
  readonly makesFile?: boolean;
  /** PostgreSQL: see `createPostgresPool`. */
  readonly silenceLimitMs?: number;
  /** Called with each statement's SQL: for tests that count them. */
  readonly onStatement?: (sql: string) => void;
}

/**
 * Opens the database without touching its schema (see `migrate`). A SQLite file and its folder are made if absent.
 *
 * @throws QRCardsError `config-invalid`, `database-unusable`
 */
export function openDatabase(options: DatabaseOptions): Database {
  const { url, onStatement, busyLimitMs = 5_000, readOnly = false, makesFile = !readOnly, silenceLimitMs } = options;
  const log = onStatement ? (event: { query: { sql: string } }) => onStatement(event.query.sql) : undefined;
  if (url.startsWith("sqlite:")) {
    const filename = resolve(url.slice("sqlite:".length));
    if (makesFile && !existsSync(filename)) makeFile(filename);
    const db = new Kysely<Schema>({ dialect: createSqliteDialect({ filename, busyLimitMs, readOnly }), ...(log && { log }) });
    const writer = new Kysely<Schema>({
      dialect: createSqliteDialect({ filename, busyLimitMs, readOnly, connections: 1 }),
      ...(log && { log }),
    });
    return { kind: "sqlite", db, writer, busyLimitMs, url, label: filename, filename, close: closing(db, writer) };
  }
  if (/^postgres(ql)?:\/\//.test(url)) {
    const connect = (most: number, waitLimitMs: number) =>
      new Kysely<Schema>({
        dialect: new PostgresDialect({ pool: createPostgresPool(url, { most, waitLimitMs, ...(silenceLimitMs && { silenceLimitMs }) }) }),
        ...(log && { log }),
      });
    const db = connect(options.connections ?? 10, 5_000);
    // One edit runs at a time; the second connection is ready when it ends.
    const writer = connect(2, busyLimitMs);
    return { kind: "postgres", db, writer, busyLimitMs, url, label: labelOf(url), filename: undefined, close: closing(db, writer) };
  }
  throw new QRCardsError("config-invalid", `DATABASE_URL is "${labelOf(url)}"; it must start with "sqlite:" or "postgres://".`);
}

/** Here and nowhere else: a file that is missing later was moved away, and an empty one in its place would be served. */
function makeFile(filename: string): void {
  // SQLite would take it for the new file's, and make one database of two.
  if (existsSync(`${filename}-wal`))
    throw new QRCardsError(
      "database-unusable",
      `The database ${filename} is not there, but its log ${filename}-wal is: put the file back, or move the log away to begin with an empty one.`,
    );
  makeFolder(dirname(filename));
  try {
    closeSync(openSync(filename, "a"));
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new QRCardsError("database-unusable", `The database ${filename} cannot be made (${code}).`, { cause });
  }
}

/** One folder after the other: where none can be made at all, as in /proc, `mkdirSync` with `recursive` tries for ever. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder));
  try {
    mkdirSync(folder);
  } catch (cause) {
    if (existsSync(folder)) return;
    const { code } = cause as NodeJS.ErrnoException;
    throw new QRCardsError("database-unusable", `The folder ${folder} of the database cannot be made (${code}).`, { cause });
  }
}

/** Without what is secret: user, password, and the parameters, which can name a password too. */
function labelOf(url: string): string {
  const parsed = URL.parse(url);
  return parsed === null ? url.replace(/:\/\/.*@/s, "://") : `${parsed.protocol}//${parsed.host}${parsed.pathname}`;
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
 * @throws QRCardsError `busy` when others have kept the lock for `busyLimitMs`; `storage-full`
 */
export function transaction<T>(database: Database, edit: (trx: Transaction<Schema>) => Promise<T>): Promise<T> {
  return withRoom(database.kind === "sqlite" ? sqliteTransaction(database, edit) : postgresTransaction(database, edit));
}

async function withRoom<T>(write: Promise<T>): Promise<T> {
  try {
    return await write;
  } catch (error) {
    if (!isDiskFull(error)) throw error;
    throw new QRCardsError("storage-full", "The disk of the database is full.", { cause: error });
  }
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
  return limitedTransaction(database, database.writer, async (trx) => {
    // Locks are taken in the order meta, trips: the triggers do so too, at commit.
    await sql`select seq from meta for update`.execute(trx);
    return edit(trx);
  });
}

/**
 * A transaction for what no page shows (texts that nothing points to yet, new cards, counts of scans): it raises no
 * version and, on PostgreSQL, waits for no edit. There it runs on a reader's connection, as both of the writers' may be
 * held by edits, one of them waiting for the other; on SQLite it has to wait for the one write lock.
 *
 * @throws QRCardsError `busy` when others have kept the lock for `busyLimitMs`; `storage-full`
 */
export function unversionedTransaction<T>(database: Database, write: (trx: Transaction<Schema>) => Promise<T>): Promise<T> {
  const { kind, db, writer } = database;
  return withRoom(kind === "sqlite" ? writer.transaction().execute(write) : limitedTransaction(database, db, write));
}

/** PostgreSQL: a transaction in which no statement waits longer for a lock than `busyLimitMs`. */
async function limitedTransaction<T>(
  { busyLimitMs }: Database,
  connections: Kysely<Schema>,
  write: (trx: Transaction<Schema>) => Promise<T>,
): Promise<T> {
  try {
    // Named, as a database can have another default: each statement sees what was committed before it, so what is read
    // after a lock was taken is what the lock protects.
    return await connections
      .transaction()
      .setIsolationLevel("read committed")
      .execute(async (trx) => {
        await sql`select set_config('lock_timeout', ${String(busyLimitMs)}, true)`.execute(trx);
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
