import type { DatabaseSync, StatementSync } from "node:sqlite";
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type Kysely,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from "kysely";

/** The one real connection to the database, with its statements prepared once. */
export class MemoryConnection {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  get inTransaction(): boolean {
    return this.#database.isTransaction;
  }

  prepare(sql: string): StatementSync {
    const statement = this.#statements.get(sql) ?? this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  run(sql: string): void {
    this.prepare(sql).run();
  }
}

/** Brings a question to the database and its answer back, both of which takes time; either may be lost. */
export type Ask = <T>(look: () => T) => Promise<T>;

/**
 * Kysely's dialect for many simulated connections to one database in memory. Each statement is asked by `ask`. A transaction
 * happens in one turn, when its `begin` arrives: so nobody else sees half of it, and what comes back late, or never, is the answer
 * to its `commit`.
 */
export function createSimulatedDialect(memory: MemoryConnection, ask: Ask): Dialect {
  return {
    createAdapter: () => new MemoryAdapter(),
    createDriver: () => new SimulatedDriver(memory, ask),
    createIntrospector: (db: Kysely<never>) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
}

class MemoryAdapter extends SqliteAdapter {
  override get supportsMultipleConnections(): boolean {
    return true;
  }
}

class SimulatedDriver implements Driver {
  readonly #memory: MemoryConnection;
  readonly #ask: Ask;

  constructor(memory: MemoryConnection, ask: Ask) {
    this.#memory = memory;
    this.#ask = ask;
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<SimulatedConnection> {
    return new SimulatedConnection(this.#memory, this.#ask);
  }

  async beginTransaction(connection: SimulatedConnection): Promise<void> {
    await this.#ask(() => {});
    this.#memory.run("begin immediate");
    connection.inTransaction = true;
  }

  async commitTransaction(connection: SimulatedConnection): Promise<void> {
    this.#memory.run("commit");
    connection.inTransaction = false;
    await this.#ask(() => {});
  }

  /** Also called when the answer to a commit was lost. */
  async rollbackTransaction(connection: SimulatedConnection): Promise<void> {
    if (connection.inTransaction) this.#memory.run("rollback");
    connection.inTransaction = false;
  }

  async releaseConnection(): Promise<void> {}
  async destroy(): Promise<void> {}
}

class SimulatedConnection implements DatabaseConnection {
  inTransaction = false;
  readonly #memory: MemoryConnection;
  readonly #ask: Ask;

  constructor(memory: MemoryConnection, ask: Ask) {
    this.#memory = memory;
    this.#ask = ask;
  }

  async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    const execute = () => this.#execute<R>(sql, parameters as (string | number | null)[]);
    return this.inTransaction ? execute() : this.#ask(execute);
  }

  // biome-ignore lint/correctness/useYield: nobody reads a simulated table row by row
  async *streamQuery(): AsyncIterableIterator<never> {
    throw new Error("A simulated connection has no streams.");
  }

  #execute<R>(sql: string, parameters: readonly (string | number | null)[]): QueryResult<R> {
    const statement = this.#memory.prepare(sql);
    if (statement.columns().length > 0) return { rows: statement.all(...parameters) as R[] };
    const { changes } = statement.run(...parameters);
    return { rows: [], numAffectedRows: BigInt(changes) };
  }
}
