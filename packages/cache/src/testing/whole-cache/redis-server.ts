import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A Redis that a case may do anything to. */
export interface RedisUnderTest {
  readonly url: string;
  /** A working directory that the case may delete, which makes saving fail. */
  readonly folder: string;
  stop(): Promise<void>;
}

const PROGRAMS = ["redis-server", "valkey-server"];

/**
 * Ends the server as soon as its standard input ends, which is at the latest when this process does, however it does. Not by a
 * signal that it may refuse, as it does when it cannot save.
 */
const KEEP = '"$@" & server=$!; read -r _; kill -9 $server; wait $server';

/** Starts a Redis or Valkey from PATH, empty and with nothing kept on disk. Takes some 20 ms. */
export async function startRedis(): Promise<RedisUnderTest> {
  for (const program of PROGRAMS) {
    const server = await start(program);
    if (server !== undefined) return server;
  }
  throw new Error(`The suite needs a Redis of its own: neither ${PROGRAMS.join(" nor ")} is in PATH.`);
}

/** @returns `undefined` if there is no such program */
async function start(program: string): Promise<RedisUnderTest | undefined> {
  const port = await findFreePort();
  const folder = mkdtempSync(join(tmpdir(), "cache-contract-"));
  const settings = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", folder];
  const shell = spawn("sh", ["-c", KEEP, "sh", program, ...settings]);
  const ended = new Promise<void>((resolve) => shell.once("close", () => resolve()));
  let output = "";
  const started = await new Promise<boolean>((resolve) => {
    const hear = (chunk: Buffer) => {
      output += chunk.toString();
      if (/Ready to accept connections/.test(output)) resolve(true);
      if (/not found/.test(output)) resolve(false);
    };
    shell.stdout.on("data", hear);
    shell.stderr.on("data", hear);
    void ended.then(() => resolve(false));
  });
  const stop = async () => {
    shell.stdin.end();
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  if (started) return { url: `redis://127.0.0.1:${port}`, folder, stop };
  await stop();
  if (/not found/.test(output)) return undefined;
  throw new Error(`${program} did not start:\n${output}`);
}

function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
