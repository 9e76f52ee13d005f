import { sql } from "kysely";
import type { Database } from "../../../src/db/database.ts";

/**
 * Every row of every table that there is, whatever `transfer/` thinks that there is, as text in an order of its own. The
 * epoch, which no two databases share, and those who serve are left out.
 */
export async function readEverything({ db }: Database): Promise<Record<string, string[]>> {
  const tables = (await db.introspection.getTables()).filter(({ isView, name }) => !isView && name !== "workers");
  const all: Record<string, string[]> = {};
  for (const { name } of tables.sort((one, other) => (one.name < other.name ? -1 : 1))) {
    const { rows } = await sql<Record<string, unknown>>`select * from ${sql.table(name)}`.execute(db);
    all[name] = rows.map(asText).sort();
  }
  return all;
}

function asText(row: Record<string, unknown>): string {
  const { epoch: _, ...rest } = row;
  const entries = Object.entries(rest).sort(([one], [other]) => (one < other ? -1 : 1));
  return JSON.stringify(
    entries.map(([column, value]) => [column, value instanceof Uint8Array ? Buffer.from(value).toString("hex") : value]),
  );
}

/** Tables, columns, triggers, functions: to see that a schema is what it was. */
export async function readSchema({ kind, db }: Database): Promise<unknown> {
  const { rows } =
    kind === "sqlite"
      ? await sql`select type, name, sql from sqlite_master order by type, name`.execute(db)
      : await sql`
          select 'trigger' as type, tgname as name, tgenabled::text || pg_get_triggerdef(oid) as sql from pg_trigger
          union all select 'constraint', conname, pg_get_constraintdef(oid) from pg_constraint where connamespace = 'public'::regnamespace
          order by 1, 2, 3`.execute(db);
  return rows;
}
