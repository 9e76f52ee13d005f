import type { Generated } from "kysely";
import type { Direction, NodeState } from "../trips/types.ts";

/**
 * The tables as TypeScript sees them; the migrations create them, the same for SQLite and PostgreSQL.
 * Instants are milliseconds since 1970, booleans are 0 or 1, so that both databases hold the same values.
 */
export interface Schema {
  meta: MetaTable;
  trips: TripsTable;
  nodes: NodesTable;
  contents: ContentsTable;
  rendered: RenderedTable;
  assets: AssetsTable;
  trip_assets: TripAssetsTable;
  names: NamesTable;
  root_names: RootNamesTable;
  tombstones: TombstonesTable;
  cards: CardsTable;
  changes: ChangesTable;
  workers: WorkersTable;
  tokens: TokensTable;
  idempotency_keys: IdempotencyKeysTable;
  audit: AuditTable;
}

/** One row: where the database stands. */
export interface MetaTable {
  id: Generated<number>;
  /** Random; renewed when everything known about this database must be forgotten (hard flush, restore). */
  epoch: string;
  /** Raised by each change of a trip. */
  seq: Generated<number>;
  /** Raised by "flush everything soft". */
  generation: Generated<number>;
  /** SQLite only: `seq` at the start of the service's running transaction, else null. See the migration. */
  batch: Generated<number | null>;
}

/** Row 0 is the catalog: its version changes when a trip's slug, title, visibility or front page changes. */
export interface TripsTable {
  id: Generated<number>;
  slug: string;
  /** `seq` of the trip's last change, with the stamp that the same trigger drew. */
  version: Generated<number>;
  stamp: Generated<string>;
  created_at: number;
  /** The change since which the trip has its slug. Written by trigger. */
  named_seq: Generated<number>;
}

export interface NodesTable {
  id: string;
  trip_id: number;
  parent_id: string | null;
  /** Null while the node itself is deleted: its place then stands in `names`. */
  segment: string | null;
  slug_explicit: number;
  /** The change since which it stands in its place. Written by trigger. */
  placed_seq: Generated<number>;
  position: number;
  title: string;
  content_hash: string;
  state: NodeState;
  language: string | null;
  direction: Direction | null;
  /** Raised by edits of the node itself. */
  revision: Generated<number>;
  /** Raised when children come, go or change order: authors of the page and of its contents list do not collide. */
  children_revision: Generated<number>;
  source_path: string | null;
  created_at: number;
  updated_at: number;
}

/** Append-only: a trigger refuses to change a row. */
export interface ContentsTable {
  hash: string;
  body: string;
  created_at: number;
}

/** HTML made from a content by one version of the renderer. Derived: may be deleted at any time. */
export interface RenderedTable {
  content_hash: string;
  renderer: string;
  html: string;
  /** JSON: headings, excerpt, links, image. */
  outline: string;
}

export interface AssetsTable {
  hash: string;
  media_type: string;
  bytes: Uint8Array;
  size_bytes: number;
  width: number | null;
  height: number | null;
  created_at: number;
}

export interface TripAssetsTable {
  trip_id: number;
  filename: string;
  hash: string;
}

/**
 * Past places, one row a stay: written by trigger when a node leaves its place, whatever lies below it. It stood there
 * from change `held_from` up to, not with, `held_until`; both are 0 where an import tells of a place from before our time.
 */
export interface NamesTable {
  trip_id: number;
  parent_id: string;
  segment: string;
  node_id: string;
  held_from: Generated<number>;
  held_until: Generated<number>;
  retired_at: number;
}

/** The same for the slugs of trips. */
export interface RootNamesTable {
  slug: string;
  trip_id: number;
  held_from: Generated<number>;
  held_until: Generated<number>;
  retired_at: number;
}

/** A deleted subtree is one row, on its root; `segment` is where a restore puts it back. */
export interface TombstonesTable {
  node_id: string;
  trip_id: number;
  segment: string;
  deleted_at: number;
  successor_id: string | null;
}

/** A trigger refuses to let a code lead elsewhere. */
export interface CardsTable {
  code: string;
  trip_id: number;
  node_id: string;
  scans: Generated<number>;
  created_at: number;
}

export interface ChangesTable {
  seq: number;
  trip_id: number;
  kind: string;
  stamp: string;
  at: number;
}

export interface WorkersTable {
  id: string;
  seen_at: number;
  removed_at: number | null;
}

export interface TokensTable {
  id: string;
  name: string;
  /** SHA-256 of the secret, hex. */
  hash: string;
  /** Space-separated. */
  scopes: string;
  created_at: number;
  expires_at: number | null;
  revoked_at: number | null;
  last_used_at: number | null;
}

export interface IdempotencyKeysTable {
  token_id: string;
  key: string;
  request_hash: string;
  status: number;
  body: string;
  created_at: number;
}

/** What was done to the installation, and by whom. */
export interface AuditTable {
  id: string;
  at: number;
  /** `token:ID` or `command-line`. */
  actor: string;
  /** In a word: `flush`. */
  action: string;
  /** JSON. */
  details: string;
}
