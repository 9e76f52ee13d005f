import { type ColumnDefinitionBuilder, type Kysely, sql } from "kysely";
import type { DatabaseKind } from "../database.ts";
import { createPostgresHistory } from "./0001-history-postgres.ts";
import { createSqliteHistory } from "./0001-history-sqlite.ts";
import { createPostgresTriggers } from "./0001-triggers-postgres.ts";
import { createSqliteTriggers } from "./0001-triggers-sqlite.ts";

/** All tables. The two databases differ only in how a small key is counted, in the type of bytes, and in the triggers. */
export async function up(db: Kysely<never>, kind: DatabaseKind): Promise<void> {
  const sqlite = kind === "sqlite";
  const bytes = sqlite ? sql`blob` : sql`bytea`;
  const required = (column: ColumnDefinitionBuilder) => column.notNull();
  // What a snapshot's columns can hold; our edits refuse all else with better words.
  const shortSegment = (column: ColumnDefinitionBuilder) => column.check(sql`length(segment) <= 60`);

  await db.schema
    .createTable("meta")
    .addColumn("id", "integer", (column) => column.primaryKey().defaultTo(1).check(sql`id = 1`))
    .addColumn("epoch", "text", required)
    .addColumn("seq", "bigint", (column) => column.notNull().defaultTo(0))
    .addColumn("generation", "bigint", (column) => column.notNull().defaultTo(0))
    .addColumn("batch", "bigint")
    .execute();

  await db.schema
    .createTable("trips")
    .addColumn("id", "integer", (column) =>
      sqlite ? column.primaryKey().autoIncrement() : column.primaryKey().generatedByDefaultAsIdentity(),
    )
    .addColumn("slug", "text", (column) => column.notNull().unique())
    .addColumn("version", "bigint", (column) => column.notNull().defaultTo(0))
    .addColumn("stamp", "text", (column) => column.notNull().defaultTo(""))
    .addColumn("named_seq", "bigint", (column) => column.notNull().defaultTo(0))
    .addColumn("created_at", "bigint", required)
    .execute();

  await db.schema
    .createTable("contents")
    .addColumn("hash", "text", (column) => column.primaryKey().check(sql`length(hash) = 27`))
    .addColumn("body", "text", required)
    .addColumn("created_at", "bigint", required)
    .execute();

  await db.schema
    .createTable("rendered")
    .addColumn("content_hash", "text", (column) => column.notNull().references("contents.hash").onDelete("cascade"))
    .addColumn("renderer", "text", required)
    .addColumn("html", "text", required)
    .addColumn("outline", "text", required)
    .addPrimaryKeyConstraint("rendered_pk", ["content_hash", "renderer"])
    .execute();

  await db.schema
    .createTable("nodes")
    .addColumn("id", "text", (column) => column.primaryKey().check(sql`length(id) = 12`))
    .addColumn("trip_id", "integer", (column) => column.notNull().references("trips.id"))
    .addColumn("parent_id", "text", (column) => column.references("nodes.id"))
    .addColumn("segment", "text", shortSegment)
    .addColumn("slug_explicit", "integer", required)
    .addColumn("placed_seq", "bigint", (column) => column.notNull().defaultTo(0))
    .addColumn("position", "integer", required)
    .addColumn("title", "text", (column) => column.notNull().check(sql`length(title) <= 500`))
    .addColumn("content_hash", "text", (column) => column.notNull().references("contents.hash"))
    .addColumn("state", "text", (column) => column.notNull().check(sql`state in ('draft', 'unlisted', 'public')`))
    .addColumn("language", "text")
    .addColumn("direction", "text", (column) => column.check(sql`direction in ('ltr', 'rtl')`))
    .addColumn("revision", "integer", (column) => column.notNull().defaultTo(1))
    .addColumn("children_revision", "integer", (column) => column.notNull().defaultTo(1))
    .addColumn("source_path", "text")
    .addColumn("created_at", "bigint", required)
    .addColumn("updated_at", "bigint", required)
    // One living node a place. A deleted node has no segment, and null equals nothing.
    .addUniqueConstraint("nodes_place", ["parent_id", "segment"])
    .execute();
  await db.schema.createIndex("nodes_trip").on("nodes").column("trip_id").execute();
  await sql`create unique index nodes_root on nodes (trip_id) where parent_id is null`.execute(db);
  await db.schema.createIndex("nodes_content").on("nodes").column("content_hash").execute();

  await db.schema
    .createTable("assets")
    .addColumn("hash", "text", (column) => column.primaryKey())
    .addColumn("media_type", "text", required)
    .addColumn("bytes", bytes, required)
    .addColumn("size_bytes", "integer", required)
    .addColumn("width", "integer")
    .addColumn("height", "integer")
    .addColumn("created_at", "bigint", required)
    .execute();

  await db.schema
    .createTable("trip_assets")
    .addColumn("trip_id", "integer", (column) => column.notNull().references("trips.id"))
    .addColumn("filename", "text", required)
    .addColumn("hash", "text", (column) => column.notNull().references("assets.hash"))
    .addPrimaryKeyConstraint("trip_assets_pk", ["trip_id", "hash", "filename"])
    .execute();

  await db.schema
    .createTable("names")
    .addColumn("trip_id", "integer", (column) => column.notNull().references("trips.id"))
    .addColumn("parent_id", "text", (column) => column.notNull().references("nodes.id"))
    .addColumn("segment", "text", (column) => shortSegment(column).notNull())
    .addColumn("node_id", "text", (column) => column.notNull().references("nodes.id"))
    .addColumn("held_from", "bigint", (column) => column.notNull().defaultTo(0))
    .addColumn("held_until", "bigint", (column) => column.notNull().defaultTo(0))
    .addColumn("retired_at", "bigint", required)
    .addPrimaryKeyConstraint("names_pk", ["parent_id", "segment", "node_id", "held_until"])
    .execute();
  await db.schema.createIndex("names_trip").on("names").column("trip_id").execute();

  await db.schema
    .createTable("root_names")
    .addColumn("slug", "text", required)
    .addColumn("trip_id", "integer", (column) => column.notNull().references("trips.id"))
    .addColumn("held_from", "bigint", (column) => column.notNull().defaultTo(0))
    .addColumn("held_until", "bigint", (column) => column.notNull().defaultTo(0))
    .addColumn("retired_at", "bigint", required)
    .addPrimaryKeyConstraint("root_names_pk", ["slug", "trip_id", "held_until"])
    .execute();

  await db.schema
    .createTable("tombstones")
    .addColumn("node_id", "text", (column) => column.primaryKey().references("nodes.id"))
    .addColumn("trip_id", "integer", (column) => column.notNull().references("trips.id"))
    .addColumn("segment", "text", required)
    .addColumn("deleted_at", "bigint", required)
    .addColumn("successor_id", "text", (column) => column.references("nodes.id"))
    .execute();
  await db.schema.createIndex("tombstones_trip").on("tombstones").column("trip_id").execute();

  await db.schema
    .createTable("cards")
    .addColumn("code", "text", (column) => column.primaryKey())
    .addColumn("trip_id", "integer", (column) => column.notNull().references("trips.id"))
    .addColumn("node_id", "text", (column) => column.notNull().references("nodes.id"))
    .addColumn("scans", "bigint", (column) => column.notNull().defaultTo(0))
    .addColumn("created_at", "bigint", required)
    .execute();
  await db.schema.createIndex("cards_node").on("cards").column("node_id").execute();
  await db.schema.createIndex("cards_trip").on("cards").column("trip_id").execute();

  await db.schema
    .createTable("changes")
    .addColumn("seq", "bigint", (column) => column.primaryKey())
    .addColumn("trip_id", "integer", required)
    .addColumn("kind", "text", required)
    .addColumn("stamp", "text", required)
    .addColumn("at", "bigint", required)
    .execute();

  await db.schema
    .createTable("workers")
    .addColumn("id", "text", (column) => column.primaryKey())
    .addColumn("seen_at", "bigint", required)
    .addColumn("removed_at", "bigint")
    .execute();

  await db.schema
    .createTable("tokens")
    .addColumn("id", "text", (column) => column.primaryKey())
    .addColumn("name", "text", required)
    .addColumn("hash", "text", (column) => column.notNull().unique())
    .addColumn("scopes", "text", required)
    .addColumn("created_at", "bigint", required)
    .addColumn("expires_at", "bigint")
    .addColumn("revoked_at", "bigint")
    .addColumn("last_used_at", "bigint")
    .execute();

  await db.schema
    .createTable("idempotency_keys")
    .addColumn("token_id", "text", required)
    .addColumn("key", "text", required)
    .addColumn("request_hash", "text", required)
    .addColumn("status", "integer", required)
    .addColumn("body", "text", required)
    .addColumn("created_at", "bigint", required)
    .addPrimaryKeyConstraint("idempotency_keys_pk", ["token_id", "key"])
    .execute();

  const epoch = sqlite ? sql`lower(hex(randomblob(16)))` : sql`replace(gen_random_uuid()::text, '-', '')`;
  const stamp = sqlite ? sql`lower(hex(randomblob(8)))` : sql`left(replace(gen_random_uuid()::text, '-', ''), 16)`;
  await sql`insert into meta (id, epoch) values (1, ${epoch})`.execute(db);
  await sql`insert into trips (id, slug, stamp, created_at) values (0, '', ${stamp}, 0)`.execute(db);
  // The catalog comes into being with the first change, so that a head always has its row.
  await sql`insert into changes (seq, trip_id, kind, stamp, at) select version, id, 'catalog', stamp, 0 from trips`.execute(db);
  if (sqlite) {
    await createSqliteTriggers(db);
    await createSqliteHistory(db);
  } else {
    await createPostgresTriggers(db);
    await createPostgresHistory(db);
  }
}
