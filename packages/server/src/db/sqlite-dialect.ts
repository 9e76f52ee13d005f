import type { StatementSync } from "node:sqlite";
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type Kysely,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from "kysely";
import { QRCardsError } from "../errors.ts";
import { SqliteFile } from "./sqlite-file.ts";

export interface SqliteDialectOptions {
  readonly filename: string;
  /** Connections at most. WAL lets readers go on beside the one writer. Default 4. */
  readonly connections?: number;
  /** How long a statement tries again while another process holds the write lock, or waits for a connection. Default 5,000. */
  readonly busyLimitMs?: number;
  /** Only reads. Default false. */
  readonly readOnly?: boolean;
}

/** Kysely's dialect for `node:sqlite`. */
export function createSqliteDialect(options: SqliteDialectOptions): Dialect {
  return {
    createAdapter: () => new FileAdapter(),
    createDriver: () => new SqliteDriver(options),
    createIntrospector: (db: Kysely<never>) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
}

class FileAdapter extends SqliteAdapter {
  /** Kysely thinks of one connection, and would let a reader wait for an edit that waits for another process. */
  override get supportsMultipleConnections(): boolean {
    return true;
  }

  /** All migrations run in one `BEGIN IMMEDIATE`: that is the migration lock. */
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

class SqliteDriver implements Driver {
  readonly #filename: string;
  readonly #readOnly: boolean;
  readonly #busyLimitMs: number;
  readonly #most: number;
  readonly #idle: SqliteConnection[] = [];
  readonly #waiting: ((connection: SqliteConnection) => void)[] = [];
  /** The file that was opened last. */
  #newest: SqliteFile | undefined;
  #open = 0;
  #destroyed = false;

  constructor(options: SqliteDialectOptions) {
    this.#filename = options.filename;
    this.#readOnly = options.readOnly ?? false;
    this.#most = options.connections ?? 4;
    this.#busyLimitMs = options.busyLimitMs ?? 5_000;
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<SqliteConnection> {
    const isFull = this.#open === this.#most;
    const connection = this.#idle.pop() ?? (await (isFull ? this.#nextReleased() : this.#openAnother()));
    if (!connection.file.isReplaced()) return connection;
    connection.close();
    this.#open -= 1;
    return this.acquireConnection();
  }

  async #openAnother(): Promise<SqliteConnection> {
    this.#open += 1;
    try {
      // Switching a new file to WAL takes a lock of its own, so opening can be busy too.
      const open = () => new SqliteFile(this.#filename, { readOnly: this.#readOnly, before: this.#newest });
      this.#newest = await retryWhileBusy(open, this.#busyLimitMs);
      return new SqliteConnection(this.#newest, this.#busyLimitMs);
    } catch (error) {
      this.#open -= 1;
      throw error;
    }
  }

  #nextReleased(): Promise<SqliteConnection> {
    return new Promise((resolve, reject) => {
      const give = (connection: SqliteConnection) => {
        clearTimeout(timer);
        resolve(connection);
      };
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(give), 1);
        reject(new QRCardsError("busy", `No connection to the database has been free for ${this.#busyLimitMs / 1000} s.`));
      }, this.#busyLimitMs);
      this.#waiting.push(give);
    });
  }

  async beginTransaction(connection: SqliteConnection): Promise<void> {
    // IMMEDIATE: a transaction that read first and then wrote could fail halfway; this one waits at its start or not at all.
    await connection.executeQuery(CompiledQuery.raw("begin immediate"));
    connection.inTransaction = true;
  }

  async commitTransaction(connection: SqliteConnection): Promise<void> {
    // It would be in a file that nobody reads any more. Kysely rolls back what could not be committed.
    if (connection.file.isReplaced())
      throw new QRCardsError("database-unavailable", `The database file ${this.#filename} was replaced during the edit.`);
    await connection.executeQuery(CompiledQuery.raw("commit"));
    connection.inTransaction = false;
  }

  async rollbackTransaction(connection: SqliteConnection): Promise<void> {
    connection.inTransaction = false;
    // Some errors (a full disk) have rolled back already.
    if (connection.file.connection.isTransaction) await connection.executeQuery(CompiledQuery.raw("rollback"));
  }

  async releaseConnection(connection: SqliteConnection): Promise<void> {
    const next = this.#waiting.shift();
    if (next) next(connection);
    else if (this.#destroyed) connection.close();
    else this.#idle.push(connection);
  }

  /** A connection in use is closed when it is given back. */
  async destroy(): Promise<void> {
    this.#destroyed = true;
    for (const connection of this.#idle.splice(0)) connection.close();
  }
}

class SqliteConnection implements DatabaseConnection {
  readonly file: SqliteFile;
  readonly #busyLimitMs: number;
  readonly #statements = new Map<string, StatementSync>();
  inTransaction = false;

  constructor(file: SqliteFile, busyLimitMs: number) {
    this.file = file;
    this.#busyLimitMs = busyLimitMs;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    // Inside a transaction the write lock is ours, so a busy answer would be final.
    return this.inTransaction ? this.#execute(query) : retryWhileBusy(() => this.#execute<R>(query), this.#busyLimitMs);
  }

  #execute<R>(query: CompiledQuery): QueryResult<R> {
    const statement = this.#prepare(query.sql);
    const parameters = query.parameters as (string | number | null | Uint8Array)[];
    if (statement.columns().length > 0) return { rows: statement.all(...parameters) as R[] };
    const { changes, lastInsertRowid } = statement.run(...parameters);
    return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) };
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.file.connection.prepare(sql);
      // Bounded: lists of placeholders of many lengths must not collect for ever.
      if (this.#statements.size >= 200) this.#statements.clear();
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  close(): void {
    this.file.connection.close();
  }

  async *streamQuery<R>(query: CompiledQuery): AsyncIterableIterator<QueryResult<R>> {
    for (const row of this.#prepare(query.sql).iterate(...(query.parameters as (string | number | null)[]))) yield { rows: [row as R] };
  }
}

/** SQLITE_BUSY is 5 and SQLITE_LOCKED 6; the upper bytes say more. */
function isBusy(error: unknown): boolean {
  const code = (error as { errcode?: unknown }).errcode;
  return typeof code === "number" && ((code & 0xff) === 5 || (code & 0xff) === 6);
}

/** Runs `attempt` again, with growing pauses, while another connection holds the lock. The event loop goes on meanwhile. */
async function retryWhileBusy<T>(attempt: () => T, limitMs: number): Promise<T> {
  const startedAt = performance.now();
  for (let pauseMs = 1; ; pauseMs = Math.min(pauseMs * 2, 50)) {
    try {
      return attempt();
    } catch (error) {
      if (!isBusy(error)) throw error;
      if (performance.now() - startedAt + pauseMs > limitMs) {
        throw new QRCardsError("busy", `Another process has been writing to the database for ${limitMs / 1000} s.`, { cause: error });
      }
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}
