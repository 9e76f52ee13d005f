import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** In another process, as somebody at a console would. */
const SQLITE = `
const { DatabaseSync } = await import("node:sqlite");
const database = new DatabaseSync(process.argv[1].slice("sqlite:".length), { timeout: 5000 });
database.exec(process.argv[2]);
database.close();`;

const POSTGRES = `
const { default: pg } = await import("pg");
const client = new pg.Client(process.argv[1]);
await client.connect();
await client.query(process.argv[2]);
await client.end();`;

/** Runs SQL behind the server's back. */
export async function runRawSql(databaseUrl: string, sql: string): Promise<void> {
  const script = databaseUrl.startsWith("sqlite:") ? SQLITE : POSTGRES;
  await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script, databaseUrl, sql], { cwd: import.meta.dirname });
}
