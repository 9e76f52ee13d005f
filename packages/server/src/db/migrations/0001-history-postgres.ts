import { type Kysely, sql } from "kysely";

/**
 * History by trigger: whoever takes a page out of its place (our edits, an import, `psql`), the place is written down
 * in `names` with the changes between which the page stood there. So no edit can forget it, and an old path leads to the
 * page that stood there last, not to one whose names only happen to spell it.
 *
 * Time is counted in changes, not by a clock: `meta.seq` rises at commit, so a transaction is one moment, and places held
 * only inside of it were never seen by anybody.
 */
export async function createPostgresHistory(db: Kysely<never>): Promise<void> {
  const run = (statement: string) => sql.raw(statement).execute(db);
  const clock = "(extract(epoch from clock_timestamp()) * 1000)::bigint";

  await run(`
    create function qrcards_node_placed() returns trigger language plpgsql as $$
    declare moment bigint := (select seq + 1 from meta);
    begin
      if tg_op = 'INSERT' then
        if new.placed_seq = 0 then new.placed_seq := moment; end if;
        return new;
      end if;
      if (old.parent_id, old.segment) is not distinct from (new.parent_id, new.segment) then return new; end if;
      if old.parent_id is not null and old.segment is not null and old.placed_seq < moment then
        insert into names (trip_id, parent_id, segment, node_id, held_from, held_until, retired_at)
          values (old.trip_id, old.parent_id, old.segment, old.id, old.placed_seq, moment, ${clock});
      end if;
      if new.segment is not null then new.placed_seq := moment; end if;
      return new;
    end $$`);
  await run(`
    create trigger nodes_placed before insert or update of parent_id, segment on nodes
    for each row execute function qrcards_node_placed()`);

  await run(`
    create function qrcards_trip_named() returns trigger language plpgsql as $$
    declare moment bigint := (select seq + 1 from meta);
    begin
      if tg_op = 'INSERT' then
        if new.named_seq = 0 then new.named_seq := moment; end if;
        return new;
      end if;
      if old.slug = new.slug then return new; end if;
      if old.named_seq < moment then
        insert into root_names (slug, trip_id, held_from, held_until, retired_at) values (old.slug, old.id, old.named_seq, moment, ${clock});
      end if;
      new.named_seq := moment;
      return new;
    end $$`);
  await run(`
    create trigger trips_named before insert or update of slug on trips
    for each row execute function qrcards_trip_named()`);
}
