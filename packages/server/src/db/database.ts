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
  /** For `transaction`. SQLite: a queue of its own, since an edit that waits for another process must not hold what readers need. */
  readonly writer: Kysely<Schema>;
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
  /** Called with each statement's SQL: for tests that count them. */
  readonly onStatement?: (sql: string) => void;
}

/** Opens the database without touching its schema (see `migrate`). The folder of a SQLite file is made if absent. */
export function openDatabase(options: DatabaseOptions): Database {
  const { url, onStatement } = options;
  const log = onStatement ? (event: { query: { sql: string } }) => onStatement(event.query.sql) : undefined;
  if (url.startsWith("sqlite:")) {
    const filename = resolve(url.slice("sqlite:".length));
    mkdirSync(dirname(filename), { recursive: true });
    const db = new Kysely<Schema>({ dialect: createSqliteDialect({ filename }), ...(log && { log }) });
    const writer = new Kysely<Schema>({ dialect: createSqliteDialect({ filename, connections: 1 }), ...(log && { log }) });
    const close = async () => {
      await Promise.all([db.destroy(), writer.destroy()]);
    };
    return { kind: "sqlite", db, writer, label: filename, filename, close };
  }
  if (/^postgres(ql)?:\/\//.test(url)) {
    const pool = new pg.Pool({
      connectionString: url,
      max: options.connections ?? 10,
      connectionTimeoutMillis: 5_000,
      // bigint arrives as a number: our counters and instants stay far below 2^53.
      types: {
        getTypeParser: (oid: number, format?: "text" | "binary") => (oid === 20 ? Number : pg.types.getTypeParser(oid, format as "text")),
      } as pg.CustomTypesConfig,
    });
    // An idle connection that breaks is replaced at its next use; without a listener it would end the process.
    pool.on("error", () => {});
    const db = new Kysely<Schema>({ dialect: new PostgresDialect({ pool }), ...(log && { log }) });
    return { kind: "postgres", db, writer: db, label: url.replace(/:\/\/[^@/]*@/, "://"), filename: undefined, close: () => db.destroy() };
  }
  throw new QRCardsError(
    "config-invalid",
    `DATABASE_URL is "${url.replace(/:\/\/[^@/]*@/, "://…@")}"; it must start with "sqlite:" or "postgres://".`,
  );
}

/**
 * Runs an edit in one transaction. All its changes of one trip count as one change (one version, one row in `changes`),
 * and readers see all of it or nothing.
 */
export async function transaction<T>(database: Database, edit: (trx: Transaction<Schema>) => Promise<T>): Promise<T> {
  return database.writer.transaction().execute(async (trx) => {
    if (database.kind === "sqlite") await sql`update meta set batch = seq`.execute(trx);
    // Locks are taken in the order meta, trips: the triggers do so too, at commit.
    else await sql`select seq from meta for update`.execute(trx);
    const result = await edit(trx);
    if (database.kind === "sqlite") await sql`update meta set batch = null`.execute(trx);
    return result;
  });
}

/** PostgreSQL: runs the deferred triggers now, so that the transaction can read the version it is about to commit. */
export async function settleVersion(database: Database, trx: Transaction<Schema>): Promise<void> {
  if (database.kind === "postgres") await sql`set constraints all immediate`.execute(trx);
}
