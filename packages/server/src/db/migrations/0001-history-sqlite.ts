import { type Kysely, sql } from "kysely";
import { NOW_MS } from "./0001-triggers-sqlite.ts";

/**
 * History by trigger: whoever takes a page out of its place (our edits, an import, `sqlite3`), the place is written down
 * in `names` with the changes between which the page stood there. So no edit can forget it, and an old path leads to the
 * page that stood there last, not to one whose names only happen to spell it.
 *
 * Time is counted in changes, not by a clock: a transaction of the service counts as one moment (see `meta.batch`), and
 * places held only inside of it were never seen by anybody.
 */
export async function createSqliteHistory(db: Kysely<never>): Promise<void> {
  const run = (statement: string) => sql.raw(statement).execute(db);
  const moment = "(select coalesce(batch, seq) + 1 from meta)";

  await run(`
    create trigger nodes_left before update of parent_id, segment on nodes
    when old.parent_id is not null and old.segment is not null and old.placed_seq < ${moment}
      and (old.parent_id is not new.parent_id or old.segment is not new.segment)
    begin
      insert into names (trip_id, parent_id, segment, node_id, held_from, held_until, retired_at)
        values (old.trip_id, old.parent_id, old.segment, old.id, old.placed_seq, ${moment}, ${NOW_MS});
    end`);
  await run(`
    create trigger nodes_placed after update of parent_id, segment on nodes
    when new.segment is not null and (old.parent_id is not new.parent_id or old.segment is not new.segment)
    begin update nodes set placed_seq = ${moment} where id = new.id; end`);
  await run(`
    create trigger nodes_created after insert on nodes when new.placed_seq = 0
    begin update nodes set placed_seq = ${moment} where id = new.id; end`);

  await run(`
    create trigger trips_left before update of slug on trips when old.slug <> new.slug and old.named_seq < ${moment}
    begin
      insert into root_names (slug, trip_id, held_from, held_until, retired_at) values (old.slug, old.id, old.named_seq, ${moment}, ${NOW_MS});
    end`);
  await run(`
    create trigger trips_named after update of slug on trips when old.slug <> new.slug
    begin update trips set named_seq = ${moment} where id = new.id; end`);
  await run(`
    create trigger trips_created after insert on trips when new.named_seq = 0
    begin update trips set named_seq = ${moment} where id = new.id; end`);
}
