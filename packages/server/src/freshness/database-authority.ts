import type { Authority, PollAnswer, Position, Reading } from "@qrcards/cache";
import { sql } from "kysely";
import type { Database } from "../db/database.ts";
import { QRCardsError } from "../errors.ts";
import { tripOfTag } from "../trips/keys.ts";
import { noCounters, openPolls, type Polls } from "./polls.ts";
import type { WorkerRegistry } from "./registry.ts";

export interface DatabaseAuthority extends Required<Pick<Authority, "poll" | "versionOf">> {
  close(): Promise<void>;
}

/**
 * What is current, by the database's own change counter: one statement a poll, so one snapshot.
 *
 * @param registry of a worker: a poll gives no lease unless its snapshot has the worker's own row, so that whoever commits after
 *   it knows of the worker
 * @param polls are closed with it. Default: on connections of their own
 */
export function createDatabaseAuthority(
  database: Database,
  registry?: Pick<WorkerRegistry, "id" | "register">,
  polls: Polls = openPolls(database),
): DatabaseAuthority {
  async function poll(since: Position | undefined): Promise<PollAnswer> {
    const id = registry?.id ?? "";
    const { registered, answer } = await polls.poll(since, id);
    if (registered || registry === undefined) return answer;
    // It was taken for dead, or the database is another one. Whoever waits for the old row waits until the lease from it is over.
    // Unless a poll that was given up as too slow has seen to it meanwhile.
    if ((registry.id ?? "") === id) await registry.register();
    const again = await polls.poll(since, registry.id ?? "");
    if (again.registered) return again.answer;
    throw new QRCardsError("database-unavailable", "This worker could not be registered in the database.");
  }

  return {
    poll,
    versionOf: (tag) => versionOf(database, tag),
    close: () => polls.close(),
  };
}

interface VersionRow {
  readonly seq: number;
  readonly headStamp: string | null;
  readonly version: number | null;
  readonly stamp: string | null;
}

/**
 * One small statement on a reader's connection, as whoever asks is a reader: a poll must not wait behind it. Of a trip that
 * is not there nothing is left to say, and no value of it is current.
 */
async function versionOf({ db }: Database, tag: string): Promise<Reading> {
  const { rows } = await sql<VersionRow>`
    select m.seq, c.stamp as "headStamp", t.version, t.stamp
    from meta m left join changes c on c.seq = m.seq left join trips t on t.id = ${tripOfTag(tag) ?? null}`.execute(db);
  const [row] = rows;
  if (row === undefined) throw noCounters();
  const { seq, headStamp, version, stamp } = row;
  return { tag, version: version ?? seq, stamp: stamp ?? "", head: { seq, stamp: headStamp ?? "" } };
}
