import { statSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import type { Authority, PollAnswer, Position } from "@qrcards/cache";
import { sql } from "kysely";
import type { Database } from "../db/database.ts";
import { openSqlite } from "../db/sqlite-dialect.ts";
import { QRCardsError } from "../errors.ts";
import { tripTag } from "../trips/keys.ts";

interface Row {
  readonly epoch: string;
  readonly generation: number;
  readonly seq: number;
  readonly changeSeq: number | null;
  readonly tripId: number | null;
  readonly stamp: string | null;
}

export interface DatabaseAuthority extends Authority {
  close(): void;
}

/** What is current, by the database's own change counter: one statement a poll, so one snapshot. */
export function createDatabaseAuthority(database: Database): DatabaseAuthority {
  return database.kind === "sqlite" ? new SqliteAuthority(database.filename!) : createPostgresAuthority(database);
}

function createPostgresAuthority({ db }: Database): DatabaseAuthority {
  return {
    async poll(since) {
      const { rows } = await sql<Row>`
        select m.epoch, m.generation, m.seq, c.seq as "changeSeq", c.trip_id as "tripId", c.stamp
        from meta m left join changes c on c.seq >= ${since?.seq ?? Number.MAX_SAFE_INTEGER} or c.seq = m.seq order by c.seq`.execute(db);
      return toAnswer(rows, since);
    },
    close: () => {},
  };
}

const SQLITE_POLL = `
  select m.epoch, m.generation, m.seq, c.seq as changeSeq, c.trip_id as tripId, c.stamp
  from meta m left join changes c on c.seq >= ? or c.seq = m.seq order by c.seq`;

/**
 * Polls on a connection of its own that never writes: then `PRAGMA data_version` tells, without reading a page, whether
 * anybody else has committed.
 */
class SqliteAuthority implements DatabaseAuthority {
  readonly #filename: string;
  #connection: DatabaseSync | undefined;
  #file = "";
  #dataVersion = -1;
  #last: PollAnswer | undefined;

  constructor(filename: string) {
    this.#filename = filename;
  }

  async poll(since: Position | undefined): Promise<PollAnswer> {
    const file = this.#identity();
    if (this.#connection === undefined) {
      this.#connection = openSqlite(this.#filename);
      this.#file = file;
    }
    // The open connections still read the old file: whatever they say is not the truth any more.
    if (file !== this.#file)
      throw new QRCardsError("database-unavailable", "The database file was replaced while the server ran. Restart the server.");

    // Read before the statement, so that a commit in between shows at the next poll and is not missed.
    const dataVersion = (this.#connection.prepare("pragma data_version").get() as { data_version: number }).data_version;
    const last = this.#last;
    if (
      dataVersion === this.#dataVersion &&
      last !== undefined &&
      since !== undefined &&
      since.seq === last.seq &&
      since.stamp === last.stamp
    ) {
      return { ...last, changes: [] };
    }
    const rows = this.#connection.prepare(SQLITE_POLL).all(since?.seq ?? Number.MAX_SAFE_INTEGER) as unknown as Row[];
    this.#last = toAnswer(rows, since);
    this.#dataVersion = dataVersion;
    return this.#last;
  }

  #identity(): string {
    const { dev, ino } = statSync(this.#filename);
    return `${dev}:${ino}`;
  }

  close(): void {
    this.#connection?.close();
    this.#connection = undefined;
  }
}

function toAnswer(rows: readonly Row[], since: Position | undefined): PollAnswer {
  const first = rows[0];
  if (first === undefined) throw new QRCardsError("database-unavailable", "The database has lost its counters (table meta is empty).");
  const changes = rows.flatMap((row) =>
    row.changeSeq === null || row.tripId === null || row.stamp === null
      ? []
      : { seq: row.changeSeq, tag: tripTag(row.tripId), stamp: row.stamp },
  );
  const head = changes.at(-1);
  // Nothing has ever changed: there is no row to compare, so this stands for it.
  if (since?.seq === 0) changes.unshift({ seq: 0, tag: tripTag(0), stamp: "" });
  return { epoch: first.epoch, generation: first.generation, seq: first.seq, stamp: head?.stamp ?? "", changes };
}
