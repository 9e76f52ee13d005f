import type { Schema } from "../schema.ts";

/** Who serves is no content: every process enters itself there. */
type MovedName = Exclude<keyof Schema, "workers">;

type ColumnType = "integer" | "text" | "bytes";

interface Shape<Name extends MovedName> {
  readonly columns: Readonly<Record<keyof Schema[Name], ColumnType>>;
  /** What its rows are told apart by, and put in order by where they are compared. */
  readonly key: readonly (keyof Schema[Name])[];
  /** So many rows are in memory at a time. Default 500; less where a row can be large. */
  readonly batchRows?: number;
}

/** A table as it is moved from one database to another. */
export interface MovedTable {
  readonly name: MovedName;
  /** In the order in which they are compared. */
  readonly columns: readonly string[];
  readonly key: readonly { readonly column: string; readonly type: ColumnType }[];
  readonly batchRows: number;
}

const LINKED: { readonly [Name in Exclude<MovedName, keyof typeof UNLINKED>]: Shape<Name> } = {
  contents: { columns: { hash: "text", body: "text", created_at: "integer" }, key: ["hash"], batchRows: 20 },
  assets: {
    columns: {
      hash: "text",
      media_type: "text",
      bytes: "bytes",
      size_bytes: "integer",
      width: "integer",
      height: "integer",
      created_at: "integer",
    },
    key: ["hash"],
    batchRows: 1,
  },
  trips: {
    columns: { id: "integer", slug: "text", version: "integer", stamp: "text", created_at: "integer", named_seq: "integer" },
    key: ["id"],
  },
  nodes: {
    columns: {
      id: "text",
      trip_id: "integer",
      parent_id: "text",
      segment: "text",
      slug_explicit: "integer",
      placed_seq: "integer",
      position: "integer",
      title: "text",
      content_hash: "text",
      state: "text",
      language: "text",
      direction: "text",
      revision: "integer",
      children_revision: "integer",
      source_path: "text",
      created_at: "integer",
      updated_at: "integer",
    },
    key: ["id"],
  },
  rendered: {
    columns: { content_hash: "text", renderer: "text", html: "text", outline: "text" },
    key: ["content_hash", "renderer"],
    batchRows: 20,
  },
  trip_assets: { columns: { trip_id: "integer", filename: "text", hash: "text" }, key: ["trip_id", "hash", "filename"] },
  names: {
    columns: {
      trip_id: "integer",
      parent_id: "text",
      segment: "text",
      node_id: "text",
      held_from: "integer",
      held_until: "integer",
      retired_at: "integer",
    },
    key: ["parent_id", "segment", "node_id", "held_until"],
  },
  root_names: {
    columns: { slug: "text", trip_id: "integer", held_from: "integer", held_until: "integer", retired_at: "integer" },
    key: ["slug", "trip_id", "held_until"],
  },
  tombstones: {
    columns: { node_id: "text", trip_id: "integer", segment: "text", deleted_at: "integer", successor_id: "text" },
    key: ["node_id"],
  },
  cards: {
    columns: { code: "text", trip_id: "integer", node_id: "text", scans: "integer", created_at: "integer" },
    key: ["code"],
  },
};

const UNLINKED = {
  tokens: {
    columns: {
      id: "text",
      name: "text",
      hash: "text",
      scopes: "text",
      created_at: "integer",
      expires_at: "integer",
      revoked_at: "integer",
      last_used_at: "integer",
    },
    key: ["id"],
  },
  idempotency_keys: {
    columns: { token_id: "text", key: "text", request_hash: "text", status: "integer", body: "text", created_at: "integer" },
    key: ["token_id", "key"],
    batchRows: 20,
  },
  audit: { columns: { id: "text", at: "integer", actor: "text", action: "text", details: "text" }, key: ["id"] },
  changes: { columns: { seq: "integer", trip_id: "integer", kind: "text", stamp: "text", at: "integer" }, key: ["seq"] },
  meta: { columns: { id: "integer", epoch: "text", seq: "integer", generation: "integer", batch: "integer" }, key: ["id"] },
} as const satisfies { readonly [Name in MovedName]?: Shape<Name> };

/**
 * Tables that refer to each other, those referred to first: both databases check references as rows are written, so this is
 * the order to fill them in, and the reverse the order to empty them in.
 */
export const LINKED_TABLES: readonly MovedTable[] = listTables(LINKED);

/** Tables that stand alone. */
export const UNLINKED_TABLES: readonly MovedTable[] = listTables(UNLINKED);

function listTables(shapes: Readonly<Record<string, object>>): MovedTable[] {
  return Object.entries(shapes as Readonly<Record<MovedName, Shape<"nodes">>>).map(([name, { columns, key, batchRows = 500 }]) => ({
    name: name as MovedName,
    columns: Object.keys(columns),
    key: key.map((column) => ({ column, type: columns[column] })),
    batchRows,
  }));
}
