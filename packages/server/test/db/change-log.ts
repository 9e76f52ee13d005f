import { sql } from "kysely";
import { expect } from "vitest";
import type { Database } from "../../src/db/database.ts";

/** Does something, and tells which trips changed by it, each once, after checking that counters, stamps and rows agree. */
export async function changedBy({ db }: Database, act: () => Promise<unknown>): Promise<number[]> {
  const before = await readCounter(db);
  await act();
  const after = await readCounter(db);
  const rows = await db.selectFrom("changes").selectAll().where("seq", ">", before).orderBy("seq").execute();
  expect(rows.at(-1)?.seq ?? before).toBe(after);
  for (const row of rows) expect(row.stamp).toMatch(/^[0-9a-f]{16}$/);
  expect(new Set(rows.map((row) => row.stamp)).size).toBe(rows.length);
  for (const { id, version, stamp } of await db.selectFrom("trips").select(["id", "version", "stamp"]).execute()) {
    const last = rows.findLast((row) => row.trip_id === id);
    if (last) expect({ version, stamp }).toEqual({ version: last.seq, stamp: last.stamp });
    else expect(version).toBeLessThanOrEqual(before);
  }
  return [...new Set(rows.map((row) => row.trip_id))].sort((one, other) => one - other);
}

export async function countChanges({ db }: Database): Promise<number> {
  const { count } = await db
    .selectFrom("changes")
    .select((changes) => changes.fn.countAll<number>().as("count"))
    .executeTakeFirstOrThrow();
  return count;
}

async function readCounter(db: Database["db"]): Promise<number> {
  return (await db.selectFrom("meta").select("seq").executeTakeFirstOrThrow()).seq;
}

/** A statement as somebody would type it, outside of any transaction of ours. */
export async function byHand({ db }: Database, statement: string): Promise<void> {
  await sql.raw(statement).execute(db);
}
