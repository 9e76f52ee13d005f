import { type Kysely, sql } from "kysely";
import type { Schema } from "../schema.ts";
import type { Reader } from "./read-rows.ts";

/**
 * Lets rows be written without what triggers make of it (versions, stamps, history), until the function that it resolves
 * with is called. Part of the transaction: to all others, and after a rollback, the triggers have never been away.
 */
export function silenceTriggers({ kind, connection }: Reader): Promise<() => Promise<void>> {
  return kind === "sqlite" ? dropTriggers(connection) : disableTriggers(connection);
}

async function dropTriggers(connection: Kysely<Schema>): Promise<() => Promise<void>> {
  const { rows: triggers } = await sql<{ name: string; sql: string }>`select name, sql from sqlite_master where type = 'trigger'`.execute(
    connection,
  );
  for (const { name } of triggers) await sql`drop trigger ${sql.id(name)}`.execute(connection);
  return async () => {
    for (const trigger of triggers) await sql.raw(trigger.sql).execute(connection);
  };
}

/** USER: all but those that check references, so it takes no superuser. Readers go on beside it, writers wait. */
async function disableTriggers(connection: Kysely<Schema>): Promise<() => Promise<void>> {
  const { rows: tables } = await sql<{ name: string }>`
    select distinct relname as name from pg_trigger join pg_class on pg_class.oid = tgrelid
    where not tgisinternal and relnamespace = current_schema()::regnamespace order by name`.execute(connection);
  const alter = async (what: "disable" | "enable") => {
    for (const { name } of tables) await sql`alter table ${sql.id(name)} ${sql.raw(what)} trigger user`.execute(connection);
  };
  await alter("disable");
  return () => alter("enable");
}
