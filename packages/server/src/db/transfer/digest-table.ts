import { createHash } from "node:crypto";
import { type Reader, type Row, readByKey } from "./read-rows.ts";
import type { MovedTable } from "./tables.ts";

export interface TableDigest {
  readonly rows: number;
  /** Hex. Equal for equal rows, whichever database they are in. */
  readonly sha256: string;
}

/**
 * SHA-256 of a table: of each row, in the order of the key, one line of JSON with the values of its columns; bytes stand
 * there as their own SHA-256. The epoch is left out: no two databases have the same one.
 */
export async function digestTable(reader: Reader, table: MovedTable): Promise<TableDigest> {
  const hash = createHash("sha256");
  const columns = table.columns.filter((column) => column !== "epoch");
  let count = 0;
  for await (const rows of readByKey(reader, table)) {
    for (const row of rows) hash.update(`${JSON.stringify(columns.map((column) => toJson(row[column]!)))}\n`);
    count += rows.length;
  }
  return { rows: count, sha256: hash.digest("hex") };
}

function toJson(value: Row[string]): unknown {
  return value instanceof Uint8Array ? { sha256: createHash("sha256").update(value).digest("hex") } : value;
}
