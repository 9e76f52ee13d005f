import type { Socket } from "node:net";
import pg from "pg";

export interface PostgresPoolOptions {
  /** Connections at most. */
  readonly most: number;
  /** How long to wait for one, be it that all are in use or that nobody answers. */
  readonly waitLimitMs: number;
  /**
   * A connection over which nothing has come for so long is given up, and who waits for an answer gets an error. Default
   * 60,000: no statement of ours takes so long, and a server that has vanished without a word would else be waited for
   * until TCP gives up, a quarter of an hour later, with all connections in use by then.
   */
  readonly silenceLimitMs?: number;
}

/** Connections to a PostgreSQL; none is made before it is needed. bigint arrives as a number: our counters and instants stay far below 2^53. */
export function createPostgresPool(url: string, { most, waitLimitMs, silenceLimitMs = 60_000 }: PostgresPoolOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: most,
    connectionTimeoutMillis: waitLimitMs,
    types: {
      getTypeParser: (oid: number, format?: "text" | "binary") => (oid === 20 ? Number : pg.types.getTypeParser(oid, format as "text")),
    } as pg.CustomTypesConfig,
  });
  pool.on("connect", (client) => {
    const { stream } = (client as unknown as { readonly connection: { readonly stream: Socket } }).connection;
    stream.setTimeout(silenceLimitMs, () => stream.destroy());
    // One that breaks while it is lent out and has no statement under way, as between two of a transaction, has nobody else to
    // tell: without a listener it would end the process. The next statement over it fails.
    client.on("error", () => {});
  });
  // An idle connection that breaks is replaced at its next use; without a listener it would end the process.
  pool.on("error", () => {});
  return pool;
}
