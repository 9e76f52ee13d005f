import { type Kysely, sql } from "kysely";
import { CATALOG_COLUMNS } from "./0001-catalog-columns.ts";

/**
 * Versions by trigger, so that an edit made with `psql` counts like one of ours.
 *
 * The triggers are deferred: the counter rises once a transaction and trip, at commit. A bump per row is quadratic
 * (each updates the same two rows again; 29.9 s for 38,000 rows, measured), and holds the lock on `meta` for as long as
 * the transaction runs. Never a sequence: a reader would lose the row that commits later with a lower number.
 *
 * Whether a trip was counted in this transaction is read from the row itself: its `changes` row carries our xmin.
 * (A remembered transaction id would lie after a dump is restored into another cluster.)
 */
export async function createPostgresTriggers(db: Kysely<never>): Promise<void> {
  const run = (statement: string) => sql.raw(statement).execute(db);

  await run(`
    create function qrcards_bump(trip integer, what text) returns void language plpgsql as $$
    declare next bigint; mark text;
    begin
      perform 1 from trips where id = trip;
      if not found then return; end if;
      perform 1 from trips join changes on changes.seq = trips.version and changes.trip_id = trips.id
        where trips.id = trip and changes.xmin = pg_current_xact_id()::xid;
      if found then return; end if;
      update meta set seq = seq + 1 returning seq into next;
      mark := left(replace(gen_random_uuid()::text, '-', ''), 16);
      update trips set version = next, stamp = mark where id = trip;
      insert into changes (seq, trip_id, kind, stamp, at) values (next, trip, what, mark, (extract(epoch from clock_timestamp()) * 1000)::bigint);
    end $$`);

  await run(`
    create function qrcards_changed() returns trigger language plpgsql as $$
    begin
      if tg_op <> 'INSERT' then perform qrcards_bump(old.trip_id, tg_table_name); end if;
      if tg_op <> 'DELETE' then
        if tg_op = 'INSERT' or new.trip_id <> old.trip_id then perform qrcards_bump(new.trip_id, tg_table_name); end if;
      end if;
      return null;
    end $$`);
  for (const table of ["nodes", "names", "tombstones", "root_names", "trip_assets"]) {
    await run(`
      create constraint trigger ${table}_changed after insert or update or delete on ${table}
      deferrable initially deferred for each row execute function qrcards_changed()`);
  }

  // The catalog (trip 0) is what the library, the sitemap and the look-up of a root slug are made from.
  await run(`
    create function qrcards_trip_changed() returns trigger language plpgsql as $$
    declare next bigint;
    begin
      if tg_op = 'DELETE' then
        -- Its own row is gone, so the trip's last change is written here.
        update meta set seq = seq + 1 returning seq into next;
        insert into changes (seq, trip_id, kind, stamp, at)
          values (next, old.id, 'trips', left(replace(gen_random_uuid()::text, '-', ''), 16), (extract(epoch from clock_timestamp()) * 1000)::bigint);
      else
        perform qrcards_bump(new.id, 'trips');
      end if;
      perform qrcards_bump(0, 'catalog');
      return null;
    end $$`);
  await run(`
    create constraint trigger trips_changed after insert or delete or update of id, slug on trips
    deferrable initially deferred for each row execute function qrcards_trip_changed()`);

  await run(`
    create function qrcards_catalog_changed() returns trigger language plpgsql as $$
    begin perform qrcards_bump(0, 'catalog'); return null; end $$`);
  const catalog = (name: string, event: string, table: string, condition: string) =>
    run(`
      create constraint trigger ${name} after ${event} on ${table} deferrable initially deferred
      for each row ${condition} execute function qrcards_catalog_changed()`);
  const shown = (row: string) => `(${CATALOG_COLUMNS.map((column) => `${row}.${column}`).join(", ")})`;
  await catalog("nodes_catalog_inserted", "insert", "nodes", "when (new.parent_id is null)");
  await catalog(
    "nodes_catalog_updated",
    "update",
    "nodes",
    `when ((old.parent_id is null or new.parent_id is null) and ${shown("old")} is distinct from ${shown("new")})`,
  );
  await catalog("nodes_catalog_deleted", "delete", "nodes", "when (old.parent_id is null)");
  await catalog("root_names_catalog", "insert or update or delete", "root_names", "");

  // A tombstone counts for the catalog when it stands on a trip's own page; a WHEN clause cannot look that up.
  await run(`
    create function qrcards_tombstone_changed() returns trigger language plpgsql as $$
    declare node text := case when tg_op = 'DELETE' then old.node_id else new.node_id end;
    begin
      if exists (select 1 from nodes where id = node and parent_id is null) then perform qrcards_bump(0, 'catalog'); end if;
      return null;
    end $$`);
  await run(`
    create constraint trigger tombstones_catalog after insert or update or delete on tombstones
    deferrable initially deferred for each row execute function qrcards_tombstone_changed()`);

  // TRUNCATE does not say whose rows go, so everything that is known about this database must be forgotten.
  await run(`
    create function qrcards_truncated() returns trigger language plpgsql as $$
    begin update meta set epoch = replace(gen_random_uuid()::text, '-', ''); return null; end $$`);
  for (const table of ["trips", "nodes", "names", "tombstones", "root_names", "trip_assets"]) {
    await run(`create trigger ${table}_truncated after truncate on ${table} for each statement execute function qrcards_truncated()`);
  }

  // A number that somebody chose is never drawn again.
  await run(`
    create function qrcards_trip_numbered() returns trigger language plpgsql as $$
    begin
      perform setval('trips_id_seq', new.id) from trips_id_seq where new.id > last_value or (new.id = last_value and not is_called);
      return null;
    end $$`);
  await run(`create trigger trips_numbered after insert on trips for each row execute function qrcards_trip_numbered()`);

  await run(`
    create function qrcards_append_only() returns trigger language plpgsql as $$
    begin raise exception 'contents are append-only: insert the new text under its own hash and point the node to it'; end $$`);
  await run(`create trigger contents_append_only before update on contents for each row execute function qrcards_append_only()`);

  await run(`
    create function qrcards_card_bound() returns trigger language plpgsql as $$
    begin raise exception 'a printed card leads to its page for ever: merge the page into another one, or rename or move it'; end $$`);
  await run(`
    create trigger cards_bound before update of code, trip_id, node_id on cards for each row
    when ((old.code, old.trip_id, old.node_id) is distinct from (new.code, new.trip_id, new.node_id)) execute function qrcards_card_bound()`);
}
