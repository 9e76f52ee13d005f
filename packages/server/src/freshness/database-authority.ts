import { statSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import type { Authority, PollAnswer, Position, Reading } from "@qrcards/cache";
import { sql } from "kysely";
import type pg from "pg";
import type { Database } from "../db/database.ts";
import { createPostgresPool } from "../db/postgres-pool.ts";
import { openSqlite } from "../db/sqlite-dialect.ts";
import { QRCardsError } from "../errors.ts";
import { tripOfTag, tripTag } from "../trips/keys.ts";
import type { WorkerRegistry } from "./registry.ts";

interface Row {
  /** Whether the worker that polls is registered; of no meaning for a process that is none. */
  readonly registered: number;
  readonly epoch: string;
  readonly generation: number;
  readonly seq: number;
  readonly changeSeq: number | null;
  readonly tripId: number | null;
  readonly stamp: string | null;
}

export interface DatabaseAuthority extends Required<Pick<Authority, "poll" | "versionOf">> {
  close(): Promise<void>;
}

/**
 * What is current, by the database's own change counter: one statement a poll, so one snapshot.
 *
 * @param registry of a worker: a poll gives no lease unless its snapshot has the worker's own row, so that whoever commits after
 *   it knows of the worker
 */
export function createDatabaseAuthority(database: Database, registry?: Pick<WorkerRegistry, "id" | "register">): DatabaseAuthority {
  const { kind, url, filename } = database;
  const polls = kind === "sqlite" ? new SqlitePolls(filename!) : new PostgresPolls(url);

  async function poll(since: Position | undefined): Promise<PollAnswer> {
    const { registered, answer } = await polls.poll(since, registry?.id ?? "");
    if (registered || registry === undefined) return answer;
    // It was taken for dead, or the database is another one. Whoever waits for the old row waits until the lease from it is over.
    await registry.register();
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

interface Polled {
  readonly registered: boolean;
  readonly answer: PollAnswer;
}

interface Polls {
  /** @param id the row to look for in the same snapshot */
  poll(since: Position | undefined, id: string): Promise<Polled>;
  close(): Promise<void>;
}

/** Half of a lease: what is slower would come too late. */
const CONNECT_LIMIT_MS = 1_000;
const ANSWER_LIMIT_MS = 1_000;

/**
 * Polls on a connection of its own: no poll queues behind what readers ask, and one that hangs is given up and replaced
 * while the lease still lasts.
 */
class PostgresPolls implements Polls {
  readonly #pool: pg.Pool;

  constructor(url: string) {
    this.#pool = createPostgresPool(url, { most: 1, waitLimitMs: CONNECT_LIMIT_MS, silenceLimitMs: ANSWER_LIMIT_MS });
  }

  async poll(since: Position | undefined, id: string): Promise<Polled> {
    const { rows } = await this.#pool.query<Row>(pollStatement("$1", "$2"), [since?.seq ?? Number.MAX_SAFE_INTEGER, id]);
    return toPolled(rows);
  }

  close(): Promise<void> {
    return this.#pool.end();
  }
}

/**
 * Polls on a connection of its own that never writes: then `PRAGMA data_version` tells, without reading a page, whether
 * anybody else has committed.
 */
class SqlitePolls implements Polls {
  readonly #filename: string;
  #open: OpenFile | undefined;

  constructor(filename: string) {
    this.#filename = filename;
  }

  async poll(since: Position | undefined, id: string): Promise<Polled> {
    const file = this.#identity();
    this.#open ??= { file, connection: openSqlite(this.#filename) };
    // The open connections still read the old file: whatever they say is not the truth any more.
    if (file !== this.#open.file)
      throw new QRCardsError("database-unavailable", "The database file was replaced while the server ran. Restart the server.");
    try {
      return this.#ask(this.#open, since, id);
    } catch (error) {
      // What has failed once is not asked again.
      await this.close();
      throw error;
    }
  }

  #ask(open: OpenFile, since: Position | undefined, id: string): Polled {
    // Read before the statement, so that a commit in between shows at the next poll and is not missed.
    const { data_version: dataVersion } = open.connection.prepare("pragma data_version").get() as { data_version: number };
    const { last } = open;
    if (last?.dataVersion === dataVersion && last.id === id && isAt(since, last.polled.answer))
      return { ...last.polled, answer: { ...last.polled.answer, changes: [] } };
    const statement = open.connection.prepare(pollStatement("?", "?"));
    const polled = toPolled(statement.all(id, since?.seq ?? Number.MAX_SAFE_INTEGER) as unknown as Row[]);
    open.last = { dataVersion, id, polled };
    return polled;
  }

  #identity(): string {
    const { dev, ino } = statSync(this.#filename);
    return `${dev}:${ino}`;
  }

  async close(): Promise<void> {
    this.#open?.connection.close();
    this.#open = undefined;
  }
}

interface OpenFile {
  readonly file: string;
  readonly connection: DatabaseSync;
  /** The answer to the last poll, with the version of the file by this connection's own count. */
  last?: { readonly dataVersion: number; readonly id: string; readonly polled: Polled };
}

function isAt(since: Position | undefined, { seq, stamp }: Position): boolean {
  return since !== undefined && since.seq === seq && since.stamp === stamp;
}

/** The head, whatever was polled before, and all changes from the one that was polled last; and whether the worker is registered. */
function pollStatement(since: string, id: string): string {
  return `
    select m.epoch, m.generation, m.seq, c.seq as "changeSeq", c.trip_id as "tripId", c.stamp,
      (select count(*) from workers where id = ${id} and removed_at is null) as registered
    from meta m left join changes c on c.seq >= ${since} or c.seq = m.seq order by c.seq`;
}

function toPolled(rows: readonly Row[]): Polled {
  const first = rows[0];
  if (first === undefined) throw noCounters();
  const { epoch, generation, seq } = first;
  const changes = rows.flatMap((row) =>
    row.changeSeq === null || row.tripId === null || row.stamp === null
      ? []
      : { seq: row.changeSeq, tag: tripTag(row.tripId), stamp: row.stamp },
  );
  // As the readings of loads have it: without its row, which somebody may have deleted, the head has no stamp.
  const head = changes.findLast((change) => change.seq === seq);
  return { registered: first.registered > 0, answer: { epoch, generation, seq, stamp: head?.stamp ?? "", changes } };
}

function noCounters(): QRCardsError {
  return new QRCardsError("database-unavailable", "The database has lost its counters (table meta is empty).");
}
