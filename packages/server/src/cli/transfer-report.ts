import type { TableReport } from "../db/transfer/move-contents.ts";
import { formatColumns, paint } from "./text.ts";

/** So much of a hash is shown; `--json` has all of it. */
const SHOWN_DIGITS = 16;

/** Each table with its rows and hash: what was found equal on both sides. */
export function formatTables(tables: readonly TableReport[]): string {
  const width = Math.max(...tables.map(({ rows }) => rows.toLocaleString("en").length));
  const lines = tables.map(({ table, rows, sha256 }) => [
    table,
    rows.toLocaleString("en").padStart(width),
    paint("dim", sha256.slice(0, SHOWN_DIGITS)),
  ]);
  return formatColumns(lines, "  ");
}
