import { existsSync } from "node:fs";
import { QRCardsError } from "../../errors.ts";
import { type Database, openDatabase } from "../database.ts";
import { listPendingSteps, migrate } from "../migrate.ts";
import { nameFailure } from "./name-failure.ts";

/** One statement may empty or sort a table of gigabytes, and nothing comes over its connection meanwhile. */
const SILENCE_LIMIT_MS = 60 * 60_000;

/** Longer than an edit waits: PostgreSQL may be cleaning up after the last copy, and has to be pushed aside. */
const BUSY_LIMIT_MS = 30_000;

/** Runs `work` on a database that is only read. It must be there, with this version's schema. */
export function withSource<T>(url: string, work: (source: Database) => Promise<T>): Promise<T> {
  return withDatabase(url, { readOnly: true }, async (source) => {
    if ((await listPendingSteps(source)).length > 0)
      throw new QRCardsError("schema-older", `The database ${source.label} does not have the schema of this version of QRCards.`);
    return work(source);
  });
}

/** Runs `work` on a database that is written. One that is not there is made; one of an older schema is brought up to date. */
export function withTarget<T>(url: string, work: (target: Database) => Promise<T>): Promise<T> {
  return withDatabase(url, {}, async (target) => {
    await migrate(target);
    return work(target);
  });
}

async function withDatabase<T>(url: string, { readOnly = false }, work: (database: Database) => Promise<T>): Promise<T> {
  const database = openDatabase({ url, readOnly, silenceLimitMs: SILENCE_LIMIT_MS, busyLimitMs: BUSY_LIMIT_MS });
  try {
    if (readOnly && database.filename !== undefined && !existsSync(database.filename))
      throw new QRCardsError("database-unusable", `There is no database ${database.label}.`);
    return await work(database);
  } catch (error) {
    throw nameFailure(database.label, error);
  } finally {
    await database.close();
  }
}
