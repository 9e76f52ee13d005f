import { DEFAULT_LEASE_MS, type PollAnswer, type Position } from "@qrcards/cache";
import type pg from "pg";
import { SOFT_FLUSH } from "../db/change-kinds.ts";
import type { Database } from "../db/database.ts";
import { createPostgresPool } from "../db/postgres-pool.ts";
import { SqliteFile } from "../db/sqlite-file.ts";
import { QRCardsError } from "../errors.ts";
import { tripTag } from "../trips/keys.ts";

/** What `pollStatement` selects: a row for each change, or one without a change. */
export interface PollRow {
  /** Whether the worker that polls is registered; of no meaning for a process that is none. */
  readonly registered: number;
  readonly epoch: string;
  readonly generation: number;
  readonly seq: number;
  readonly changeSeq: number | null;
  readonly tripId: number | null;
  readonly stamp: string | null;
  readonly soft: number | null;
}

/** A poll's answer, and whether its snapshot has the living row of the worker that polls. */
export interface Polled {
  readonly registered: boolean;
  readonly answer: PollAnswer;
}

/** Asks a database how its history goes on, each time of one snapshot. */
export interface Polls {
  /** @param id the row to look for in the same snapshot */
  poll(since: Position | undefined, id: string): Promise<Polled>;
  close(): Promise<void>;
}

/** Connections are opened with the first poll. */
export function openPolls({ kind, url, filename }: Database): Polls {
  return kind === "sqlite" ? new SqlitePolls(filename!) : new PostgresPolls(url);
}

/** For a connection, and for an answer over it: what is slower than half of a lease would come too late. */
const LIMIT_MS = DEFAULT_LEASE_MS / 2;

/**
 * Polls on a connection of its own: no poll queues behind what readers ask, and one that hangs is given up and replaced
 * while the lease still lasts.
 */
class PostgresPolls implements Polls {
  readonly #pool: pg.Pool;

  constructor(url: string) {
    this.#pool = createPostgresPool(url, { most: 1, waitLimitMs: LIMIT_MS, silenceLimitMs: LIMIT_MS });
  }

  async poll(since: Position | undefined, id: string): Promise<Polled> {
    const { rows } = await this.#pool.query<PollRow>(pollStatement("$1", "$2"), [since?.seq ?? Number.MAX_SAFE_INTEGER, id]);
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
  /** The file that was opened last. */
  #newest: SqliteFile | undefined;
  /** What the polling process must be told until a poll counts for it. */
  #broken: string | undefined;

  constructor(filename: string) {
    this.#filename = filename;
  }

  async poll(since: Position | undefined, id: string): Promise<Polled> {
    if (this.#open?.file.isReplaced()) await this.close();
    this.#open ??= { file: new SqliteFile(this.#filename, { before: this.#newest }) };
    const { file } = this.#open;
    if (this.#newest !== undefined && this.#newest.identity !== file.identity) this.#broken = "the database file was replaced";
    this.#newest = file;
    try {
      const { registered, answer } = this.#ask(this.#open, since, id);
      const told = { registered, answer: { ...answer, ...(this.#broken !== undefined && { broken: this.#broken }) } };
      // Of a worker that is not registered it will be asked once more.
      if (registered || id === "") this.#broken = undefined;
      return told;
    } catch (error) {
      // What has failed once is not asked again.
      await this.close();
      throw error;
    }
  }

  #ask(open: OpenFile, since: Position | undefined, id: string): Polled {
    // Read before the statement, so that a commit in between shows at the next poll and is not missed.
    const { data_version: dataVersion } = open.file.connection.prepare("pragma data_version").get() as { data_version: number };
    const { last } = open;
    if (last?.dataVersion === dataVersion && last.id === id && isAt(since, last.polled.answer))
      return { ...last.polled, answer: { ...last.polled.answer, changes: [] } };
    const statement = open.file.connection.prepare(pollStatement("?", "?"));
    const polled = toPolled(statement.all(id, since?.seq ?? Number.MAX_SAFE_INTEGER) as unknown as PollRow[]);
    open.last = { dataVersion, id, polled };
    return polled;
  }

  async close(): Promise<void> {
    this.#open?.file.connection.close();
    this.#open = undefined;
  }
}

interface OpenFile {
  readonly file: SqliteFile;
  /** The answer to the last poll, with the version of the file by this connection's own count. */
  last?: { readonly dataVersion: number; readonly id: string; readonly polled: Polled };
}

function isAt(since: Position | undefined, { seq, stamp }: Position): boolean {
  return since !== undefined && since.seq === seq && since.stamp === stamp;
}

/** The head, whatever was polled before, and all changes from the one that was polled last; and whether the worker is registered. */
export function pollStatement(since: string, id: string): string {
  return `
    select m.epoch, m.generation, m.seq, c.seq as "changeSeq", c.trip_id as "tripId", c.stamp,
      case when c.kind = '${SOFT_FLUSH}' then 1 end as soft,
      (select count(*) from workers where id = ${id} and removed_at is null) as registered
    from meta m left join changes c on c.seq >= ${since} or c.seq = m.seq order by c.seq`;
}

/** @throws QRCardsError `database-unavailable` if there is not even a head */
export function toPolled(rows: readonly PollRow[]): Polled {
  const first = rows[0];
  if (first === undefined) throw noCounters();
  const { epoch, generation, seq } = first;
  const changes = rows.flatMap((row) =>
    row.changeSeq === null || row.tripId === null || row.stamp === null
      ? []
      : { seq: row.changeSeq, tag: tripTag(row.tripId), stamp: row.stamp, ...(row.soft !== null && { soft: true }) },
  );
  // As the readings of loads have it: without its row, which somebody may have deleted, the head has no stamp.
  const head = changes.findLast((change) => change.seq === seq);
  return { registered: first.registered > 0, answer: { epoch, generation, seq, stamp: head?.stamp ?? "", changes } };
}

export function noCounters(): QRCardsError {
  return new QRCardsError("database-unavailable", "The database has lost its counters (table meta is empty).");
}
