import { DatabaseSync } from "node:sqlite";
import { Kysely } from "kysely";
import type { Database } from "../../src/db/database.ts";
import { migrate } from "../../src/db/migrate.ts";
import type { Schema } from "../../src/db/schema.ts";
import { type Ask, createSimulatedDialect, MemoryConnection } from "./simulated-dialect.ts";

/** The ways of one process to the database. */
export interface Ways {
  readonly reads: Ask;
  readonly writes: Ask;
}

/** What a loader finds of a trip, all of it in one snapshot. Each edit writes its number into two pages. */
export interface TripRow {
  readonly one: number;
  readonly other: number;
  readonly gone: boolean;
  readonly version: number;
  readonly stamp: string;
  readonly seq: number;
  readonly headStamp: string;
}

type Cell = string | number | null;
type Row = Readonly<Record<string, Cell>>;

/** Everything that a dump holds. */
export interface Dump {
  readonly seq: number;
  readonly meta: Row;
  readonly trips: readonly Row[];
  readonly pages: readonly Row[];
  readonly changes: readonly Row[];
  readonly workers: readonly Row[];
}

/** Opens one that is used by one simulated run after the other, as making one takes longer than most runs. */
export async function openMemoryDatabase(tripIds: readonly number[]): Promise<MemoryDatabase> {
  const memory = new MemoryConnection(new DatabaseSync(":memory:"));
  await migrate(connect(memory, "the schema", { reads: async (look) => look(), writes: async (look) => look() }));
  return new MemoryDatabase(memory, tripIds);
}

/**
 * A database in memory with our own schema, triggers included, and trips of two pages each. What processes do to it takes time
 * and goes through `connect`; what is done here happens at once, and nobody is told.
 */
export class MemoryDatabase {
  readonly #memory: MemoryConnection;
  readonly #fresh: Dump;

  /** Use `openMemoryDatabase`. */
  constructor(memory: MemoryConnection, tripIds: readonly number[]) {
    this.#memory = memory;
    this.#run("insert into contents (hash, body, created_at) values (?, '', 0)", CONTENT);
    for (const tripId of tripIds) this.#plant(tripId);
    this.#fresh = this.dump();
  }

  /** As if nothing had ever happened to it. */
  reset(): void {
    this.restore(this.#fresh, "first", []);
  }

  /** As one process sees it. */
  connect(label: string, ways: Ways): Database {
    return connect(this.#memory, label, ways);
  }

  /** Whether somebody left a transaction open. */
  get inTransaction(): boolean {
    return this.#memory.inTransaction;
  }

  get seq(): number {
    return Number(this.all("select seq from meta")[0]!.seq);
  }

  all<R = Row>(sql: string, ...parameters: Cell[]): R[] {
    return this.#memory.prepare(sql).all(...parameters) as R[];
  }

  readTrip(tripId: number): TripRow {
    const [row] = this.all<Omit<TripRow, "gone"> & { state: string }>(
      `select m.seq, c.stamp as headStamp, t.version, t.stamp, one.state, cast(one.title as integer) as one, cast(other.title as integer) as other
       from meta m left join changes c on c.seq = m.seq join trips t on t.id = ?
         join nodes one on one.trip_id = t.id and one.segment = 'one' join nodes other on other.trip_id = t.id and other.segment = 'other'`,
      tripId,
    );
    return { ...row!, gone: row!.state === "draft" };
  }

  /** What somebody does with another program. */
  runOutside(statements: readonly string[]): void {
    this.#inTransaction(() => {
      for (const statement of statements) this.#run(statement);
    });
  }

  /** Deletes all but the newest changes. */
  prune(keep: number): void {
    this.#run("delete from changes where seq <= ?", this.seq - keep);
  }

  dump(): Dump {
    return {
      seq: this.seq,
      meta: this.all("select * from meta")[0]!,
      trips: this.all("select id, version, stamp from trips"),
      pages: this.all("select id, title, state from nodes where parent_id is not null"),
      changes: this.all("select * from changes order by seq"),
      workers: this.all("select * from workers"),
    };
  }

  /** @param workers the registry that is there afterwards */
  restore(dump: Dump, epoch: string, workers: readonly Row[]): void {
    this.#inTransaction(() => {
      for (const { id, title, state } of dump.pages) this.#run("update nodes set title = ?, state = ? where id = ?", title!, state!, id!);
      // What the triggers made of that goes again.
      for (const { id, version, stamp } of dump.trips)
        this.#run("update trips set version = ?, stamp = ? where id = ?", version!, stamp!, id!);
      this.#run("update meta set epoch = ?, seq = ?, generation = ?", epoch, dump.meta.seq!, dump.meta.generation!);
      this.#replace("changes", dump.changes);
      this.#replace("workers", workers);
    });
  }

  #plant(tripId: number): void {
    const slug = `trip-${tripId}`;
    const idOf = (segment: string) => `${segment}-${tripId}`.padEnd(12, "-");
    this.#run("insert into trips (id, slug, created_at) values (?, ?, 0)", tripId, slug);
    for (const segment of [slug, "one", "other"]) {
      this.#run(
        `insert into nodes (id, trip_id, parent_id, segment, slug_explicit, position, title, content_hash, state, created_at, updated_at)
         values (?, ?, ?, ?, 0, 0, '', ?, 'public', 0, 0)`,
        ...[idOf(segment), tripId, segment === slug ? null : idOf(slug), segment, CONTENT],
      );
    }
  }

  #inTransaction(write: () => void): void {
    this.#run("begin");
    write();
    this.#run("commit");
  }

  #replace(table: string, rows: readonly Row[]): void {
    this.#run(`delete from ${table}`);
    for (const row of rows) {
      const columns = Object.keys(row);
      this.#run(`insert into ${table} (${columns.join()}) values (${columns.map(() => "?").join()})`, ...Object.values(row));
    }
  }

  #run(sql: string, ...parameters: Cell[]): void {
    this.#memory.prepare(sql).run(...parameters);
  }
}

/** The statements of an edit of a trip. */
export function editStatements(tripId: number, number: number, gone: boolean): readonly string[] {
  const state = gone ? "draft" : "public";
  return ["one", "other"].map(
    (segment) => `update nodes set title = '${number}', state = '${state}' where trip_id = ${tripId} and segment = '${segment}'`,
  );
}

const CONTENT = "-".repeat(27);

function connect(memory: MemoryConnection, label: string, { reads, writes }: Ways): Database {
  const open = (ask: Ask) => new Kysely<Schema>({ dialect: createSimulatedDialect(memory, ask) });
  const close = () => Promise.resolve();
  return { kind: "sqlite", db: open(reads), writer: open(writes), busyLimitMs: 5_000, url: "", label, filename: undefined, close };
}
