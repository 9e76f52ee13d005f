import { readdirSync, readFileSync } from "node:fs";
import pg from "pg";
import { startPostgres } from "../../../../scripts/services/postgres.mjs";

/** A PostgreSQL that a test may do anything to. */
export interface OwnPostgres {
  readonly url: string;
  /** SIGSTOP: connections stand, new ones are taken by the system, and nothing is ever answered. */
  stop(): void;
  goOn(): void;
  /** SIGKILL of a process that serves a connection: PostgreSQL then ends all others, and recovers, which takes some 100 ms. */
  crash(): Promise<void>;
  close(): Promise<void>;
}

/** On Linux alone: its processes are found in `/proc`. */
export async function startOwnPostgres(): Promise<OwnPostgres> {
  const started = await startPostgres();
  if (started === undefined) throw new Error("There is no PostgreSQL to start.");
  const { value: url } = started;
  const first = await ask<{ pid: string }>(url, "select split_part(pg_read_file('postmaster.pid'), chr(10), 1) as pid");
  const postmaster = Number(first.pid);
  const signalAll = (signal: NodeJS.Signals) => {
    // The postmaster first, so that it starts no other one meanwhile.
    for (const pid of [postmaster, ...childrenOf(postmaster)]) process.kill(pid, signal);
  };
  return {
    url,
    stop: () => signalAll("SIGSTOP"),
    goOn: () => signalAll("SIGCONT"),
    async crash() {
      const client = await connect(url);
      client.on("error", () => {});
      const { rows } = await client.query<{ pid: number }>("select pg_backend_pid() as pid");
      const ended = new Promise((resolve) => client.once("end", resolve));
      process.kill(rows[0]!.pid, "SIGKILL");
      await ended;
    },
    async close() {
      signalAll("SIGCONT");
      await started.stop();
    },
  };
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client(url);
  await client.connect();
  return client;
}

async function ask<Row extends pg.QueryResultRow>(url: string, sql: string): Promise<Row> {
  const client = await connect(url);
  const { rows } = await client.query<Row>(sql);
  await client.end();
  return rows[0]!;
}

/** By `/proc/PID/stat`: the parent stands second behind the name, which is in parentheses and can hold anything. */
function childrenOf(parent: number): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
        return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]) === parent;
      } catch {
        return false; // It has ended meanwhile.
      }
    })
    .map(Number);
}
