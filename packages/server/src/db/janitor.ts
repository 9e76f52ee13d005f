import { sql } from "kysely";
import { type Database, transaction } from "./database.ts";

/** How long a change is told to workers that were away. */
export const KEPT_MS = 24 * 60 * 60 * 1000;
const FIRST_MS = 60 * 1000;
const EVERY_MS = 60 * 60 * 1000;

/**
 * Deletes the changes older than `KEPT_MS`. The newest one always stays: it is where every worker that is up to date
 * stands. A worker that stands at a deleted one forgets what it knows and reads anew.
 *
 * @param at the wall clock in ms
 */
export async function prune(database: Database, at: number): Promise<void> {
  await transaction(database, (trx) => sql`delete from changes where at < ${at - KEPT_MS} and seq < (select seq from meta)`.execute(trx));
}

/** Prunes a minute after the start and then every hour, without keeping the process alive. */
export function startJanitor(database: Database, onError: (error: unknown) => void): { close(): Promise<void> } {
  let running: Promise<void> = Promise.resolve();
  const run = () => {
    running = prune(database, Date.now()).catch(onError);
  };
  const first = setTimeout(run, FIRST_MS).unref();
  const rest = setInterval(run, EVERY_MS).unref();
  return {
    async close() {
      clearTimeout(first);
      clearInterval(rest);
      await running;
    },
  };
}
