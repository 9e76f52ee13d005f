import { resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as pass } from "node:timers/promises";
import pg from "pg";

/** One statement's rows. Parameters are `?`. */
export type Query = (statement: string, ...values: readonly (string | number)[]) => Promise<readonly Record<string, unknown>[]>;

/** The site's database as its operator has it at hand: past the servers, and past all that is done to their lines. */
export interface SiteDatabase {
  readonly query: Query;
  /** All of it or nothing. Waits for its turn. Rejects when that does not come. */
  transaction<T>(work: (query: Query) => Promise<T>): Promise<T>;
  /** Makes the deferred triggers run, so that a transaction can read the version that it is about to commit. */
  readonly settle: string | undefined;
  close(): Promise<void>;
}

export function openSiteDatabase(url: string): SiteDatabase {
  return url.startsWith("sqlite:") ? openSqlite(resolve(url.slice("sqlite:".length))) : openPostgres(url);
}

/** How long an edit from outside waits for the lock. */
const PATIENCE_MS = 15_000;

function openSqlite(filename: string): SiteDatabase {
  const connection = new DatabaseSync(filename);
  // The harness has one thread: it waits for a lock beside its other work.
  connection.exec("pragma busy_timeout = 0");
  const query: Query = async (statement, ...values) => connection.prepare(statement).all(...values) as Record<string, unknown>[];
  let turn: Promise<unknown> = Promise.resolve();

  async function begin(): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      try {
        connection.exec("begin immediate");
        return;
      } catch (error) {
        if (performance.now() > deadline) throw error;
        await pass(10);
      }
    }
  }

  return {
    query,
    settle: undefined,
    transaction(work) {
      const done = turn.then(async () => {
        await begin();
        try {
          const result = await work(query);
          connection.exec("commit");
          return result;
        } catch (error) {
          connection.exec("rollback");
          throw error;
        }
      });
      turn = done.catch(() => {});
      return done;
    },
    close: async () => connection.close(),
  };
}

function openPostgres(url: string): SiteDatabase {
  const pool = new pg.Pool({ connectionString: url, max: 4, application_name: "faults" });
  pool.on("error", () => {});
  const queryOver =
    (client: pg.Pool | pg.PoolClient): Query =>
    async (statement, ...values) => {
      let last = 0;
      const numbered = statement.replaceAll("?", () => `$${++last}`);
      const { rows } = await client.query(numbered, [...values]);
      return rows as Record<string, unknown>[];
    };
  return {
    query: queryOver(pool),
    settle: "set constraints all immediate",
    async transaction(work) {
      const client = await pool.connect();
      try {
        await client.query("begin");
        const result = await work(queryOver(client));
        await client.query("commit");
        client.release();
        return result;
      } catch (error) {
        // Its transaction goes with it.
        client.release(true);
        throw error;
      }
    },
    close: () => pool.end(),
  };
}
