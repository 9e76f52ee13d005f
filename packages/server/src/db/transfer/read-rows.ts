import { CompiledQuery, type Kysely, sql } from "kysely";
import type { Database, DatabaseKind } from "../database.ts";
import type { Schema } from "../schema.ts";
import { nameFailure } from "./name-failure.ts";
import type { MovedTable } from "./tables.ts";

export type Row = Readonly<Record<string, string | number | Uint8Array | null>>;

/** One connection inside of a transaction. */
export interface Reader {
  /** Of the database, for messages. */
  readonly label: string;
  readonly kind: DatabaseKind;
  readonly connection: Kysely<Schema>;
}

/**
 * Lets `work` read one snapshot of the whole database, however long it takes. It holds no lock: on SQLite readers and the
 * writer do not wait for each other (its log grows meanwhile), nor do they on PostgreSQL.
 */
export function withSnapshot<T>({ label, kind, db }: Database, work: (reader: Reader) => Promise<T>): Promise<T> {
  return db.connection().execute(async (connection) => {
    const begin = kind === "sqlite" ? "begin" : "begin isolation level repeatable read read only";
    await sql.raw(begin).execute(connection);
    try {
      return await work({ label, kind, connection });
    } finally {
      await sql.raw("rollback").execute(connection);
    }
  });
}

/** All rows of a table, some at a time, in the order of its key: by bytes, whatever the database's own order of texts. */
export function readByKey(reader: Reader, table: MovedTable): AsyncGenerator<Row[]> {
  const order = table.key.map(({ column, type }) => `"${column}"${type === "text" && reader.kind === "postgres" ? ' collate "C"' : ""}`);
  return readRows(reader, table, `select ${listColumns(table)} from ${table.name} order by ${order.join(", ")}`);
}

/** All rows of a table in an order in which they can be written: each page after the one that it lies below. */
export function readInWritingOrder(reader: Reader, table: MovedTable): AsyncGenerator<Row[]> {
  if (table.name !== "nodes") return readByKey(reader, table);
  const query = `
    with recursive tree (id, depth) as (
      select id, 0 from nodes where parent_id is null
      union all select nodes.id, tree.depth + 1 from tree join nodes on nodes.parent_id = tree.id)
    select ${listColumns(table)} from tree join nodes using (id) order by depth`;
  return readRows(reader, table, query);
}

function listColumns({ columns }: MovedTable): string {
  return columns.map((column) => `"${column}"`).join(", ");
}

async function* readRows({ label, kind, connection }: Reader, { batchRows }: MovedTable, query: string): AsyncGenerator<Row[]> {
  try {
    yield* kind === "sqlite" ? streamRows(connection, query, batchRows) : fetchRows(connection, query, batchRows);
  } catch (error) {
    throw nameFailure(label, error);
  }
}

async function* streamRows(connection: Kysely<Schema>, query: string, batchRows: number): AsyncGenerator<Row[]> {
  let batch: Row[] = [];
  for await (const { rows } of connection.getExecutor().stream<Row>(CompiledQuery.raw(query), 1)) {
    batch.push(...rows);
    if (batch.length < batchRows) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

async function* fetchRows(connection: Kysely<Schema>, query: string, batchRows: number): AsyncGenerator<Row[]> {
  await sql.raw(`declare moved no scroll cursor for ${query}`).execute(connection);
  for (;;) {
    const { rows } = await sql.raw<Row>(`fetch ${batchRows} from moved`).execute(connection);
    if (rows.length === 0) break;
    yield rows;
  }
  await sql.raw("close moved").execute(connection);
}

export async function countRows({ connection }: Reader, { name }: MovedTable): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*) as count from ${sql.table(name)}`.execute(connection);
  return rows[0]!.count;
}
