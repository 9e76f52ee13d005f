import type { Db } from "../db/database.ts";
import { createNodeId } from "../trips/node-id.ts";

/** Somebody did something to the installation. */
export interface AuditEntry {
  /** `token:ID` or `command-line`. */
  readonly actor: string;
  /** In a word: `flush`. */
  readonly action: string;
  /** Facts as JSON. Never a secret. */
  readonly details: Readonly<Record<string, unknown>>;
}

/** Writes an entry down, in the transaction of what it tells of: there is never one without the other. */
export async function recordAudit(trx: Db, { actor, action, details }: AuditEntry, at: number): Promise<void> {
  await trx
    .insertInto("audit")
    .values({ id: createNodeId(), at, actor, action, details: JSON.stringify(details) })
    .execute();
}

/** How many entries there are between two instants, and when the oldest of them was made. */
export async function countAudit(
  trx: Db,
  { actor, action }: Pick<AuditEntry, "actor" | "action">,
  { after, until }: { readonly after: number; readonly until: number },
) {
  const { count, oldest } = await trx
    .selectFrom("audit")
    .select(({ fn }) => [fn.countAll<number>().as("count"), fn.min("at").as("oldest")])
    .where("action", "=", action)
    .where("actor", "=", actor)
    .where("at", ">", after)
    .where("at", "<=", until)
    .executeTakeFirstOrThrow();
  return { count: Number(count), oldest: oldest === null ? null : Number(oldest) };
}
