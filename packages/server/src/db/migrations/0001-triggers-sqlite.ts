import { type Kysely, sql } from "kysely";
import { CATALOG_COLUMNS } from "./0001-catalog-columns.ts";

/** Not `unixepoch('subsec')`, which the `sqlite3` of Debian 12 does not know: the triggers run in whatever program writes. */
export const NOW_MS = "cast(round((julianday('now') - 2440587.5) * 86400000) as integer)";

/**
 * Versions by trigger, so that an edit made with `sqlite3` counts like one of ours.
 *
 * SQLite has no trigger at commit and a trigger cannot see where a transaction began, so a row by itself cannot know
 * whether its trip was already counted in this transaction. The service's transactions write down where they began
 * (`meta.batch`, null in every committed state), and count a trip once; other writers count each row: more numbers,
 * the same truth.
 */
export async function createSqliteTriggers(db: Kysely<never>): Promise<void> {
  const run = (statement: string) => sql.raw(statement).execute(db);

  await run(`create view bumps as select 0 as trip_id, '' as kind`);
  await run(`
    create trigger bumps_insert instead of insert on bumps
    when (select version from trips where id = new.trip_id) <= coalesce((select batch from meta), 9223372036854775807)
    begin
      update meta set seq = seq + 1;
      update trips set version = (select seq from meta), stamp = lower(hex(randomblob(8))) where id = new.trip_id;
      insert into changes (seq, trip_id, kind, stamp, at)
        select version, id, new.kind, stamp, ${NOW_MS} from trips where id = new.trip_id;
    end`);

  for (const table of ["nodes", "names", "tombstones", "root_names", "trip_assets"]) {
    const bump = (trip: string) => `insert into bumps (trip_id, kind) values (${trip}, '${table}');`;
    await run(`create trigger ${table}_inserted after insert on ${table} begin ${bump("new.trip_id")} end`);
    await run(`create trigger ${table}_deleted after delete on ${table} begin ${bump("old.trip_id")} end`);
    // Both trips, where a row goes from one to another.
    await run(`
      create trigger ${table}_updated after update on ${table} begin
        ${bump("new.trip_id")}
        insert into bumps (trip_id, kind) select old.trip_id, '${table}' where old.trip_id <> new.trip_id;
      end`);
  }

  // INSERT OR REPLACE fires no delete trigger: the trips of the rows it will push out are counted before.
  const replaced: Record<string, string> = {
    nodes:
      "id = new.id or (parent_id = new.parent_id and segment = new.segment) or (new.parent_id is null and parent_id is null and trip_id = new.trip_id)",
    names: "parent_id = new.parent_id and segment = new.segment and node_id = new.node_id and held_until = new.held_until",
    tombstones: "node_id = new.node_id",
    root_names: "slug = new.slug and trip_id = new.trip_id and held_until = new.held_until",
  };
  for (const [table, match] of Object.entries(replaced)) {
    await run(`
      create trigger ${table}_replaced before insert on ${table} when exists (select 1 from ${table} where ${match})
      begin insert into bumps (trip_id, kind) select trip_id, '${table}' from ${table} where ${match}; end`);
  }

  // The catalog (trip 0) is what the library, the sitemap and the look-up of a root slug are made from.
  const catalog = "insert into bumps (trip_id, kind) values (0, 'catalog');";
  await run(
    `create trigger trips_inserted after insert on trips begin insert into bumps (trip_id, kind) values (new.id, 'trips'); ${catalog} end`,
  );
  await run(
    `create trigger trips_renamed after update of id, slug on trips begin insert into bumps (trip_id, kind) values (new.id, 'trips'); ${catalog} end`,
  );
  // Its own row is gone, so the trip's last change is written here.
  await run(`
    create trigger trips_deleted after delete on trips begin
      update meta set seq = seq + 1;
      insert into changes (seq, trip_id, kind, stamp, at)
        select seq, old.id, 'trips', lower(hex(randomblob(8))), ${NOW_MS} from meta;
      ${catalog}
    end`);
  const shown = (row: string) => `(${CATALOG_COLUMNS.map((column) => `${row}.${column}`).join(", ")})`;
  await run(`create trigger nodes_catalog_insert after insert on nodes when new.parent_id is null begin ${catalog} end`);
  await run(`create trigger nodes_catalog_delete after delete on nodes when old.parent_id is null begin ${catalog} end`);
  await run(`
    create trigger nodes_catalog_update after update on nodes
    when (old.parent_id is null or new.parent_id is null) and ${shown("old")} is not ${shown("new")} begin ${catalog} end`);
  for (const event of ["insert", "update", "delete"] as const) {
    const row = event === "delete" ? "old" : "new";
    await run(`create trigger root_names_catalog_${event} after ${event} on root_names begin ${catalog} end`);
    await run(`
      create trigger tombstones_catalog_${event} after ${event} on tombstones
      when exists (select 1 from nodes where id = ${row}.node_id and parent_id is null) begin ${catalog} end`);
  }

  const teach = "select raise(abort, 'contents are append-only: insert the new text under its own hash and point the node to it');";
  await run(`create trigger contents_append_only before update on contents begin ${teach} end`);
  // INSERT OR REPLACE would be an update that no update trigger sees.
  await run(`
    create trigger contents_not_replaced before insert on contents
    when exists (select 1 from contents where hash = new.hash and body <> new.body) begin ${teach} end`);

  await run(`
    create trigger cards_bound before update of code, trip_id, node_id on cards
    when old.code <> new.code or old.trip_id <> new.trip_id or old.node_id <> new.node_id
    begin select raise(abort, 'a printed card leads to its page for ever: merge the page into another one, or rename or move it'); end`);
}
