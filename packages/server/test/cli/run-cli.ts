import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, vi } from "vitest";
import { run as runHere } from "../../src/cli/run.ts";

const MAIN = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));

// biome-ignore lint/suspicious/noExplicitAny: each test says what it expects of a document.
type Document = any;

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** stdout as the one JSON document that it is. */
  readonly json: Document;
}

export interface CliOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

/** The `qrcards` command on a data folder that nobody else sees. */
export interface Cli {
  /** Where it runs. */
  readonly folder: string;
  /** Runs it as a process of its own. */
  run(args: readonly string[], options?: CliOptions): Promise<CliResult>;
  /** Starts it as a process of its own: for a server. */
  start(args: readonly string[], env?: Readonly<Record<string, string>>): ChildProcess;
  /** Runs it in this process, which is ten times as fast; one at a time, and paths must be absolute. */
  runInside(...args: string[]): Promise<CliResult>;
  /** Its document, when it runs in this process with `--json`. */
  json(...args: string[]): Promise<Document>;
}

function withJson(result: Omit<CliResult, "json">): CliResult {
  return {
    ...result,
    get json() {
      return JSON.parse(result.stdout);
    },
  };
}

export function useCli(): Cli {
  // On a busy machine a process takes its time.
  vi.setConfig({ testTimeout: 60_000 });
  const folder = mkdtempSync(join(tmpdir(), "qrcards-cli-"));
  // One process, where several are not the subject.
  const settings = { QRCARDS_DATA: join(folder, "data"), WORKERS: "1", METRICS_PORT: "off" };
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function start(args: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
    return spawn(process.execPath, ["--conditions=qrcards-source", MAIN, ...args], {
      cwd: folder,
      env: { PATH: process.env.PATH, ...settings, ...env },
    });
  }

  async function run(args: readonly string[], { env, input = "" }: CliOptions = {}): Promise<CliResult> {
    const child = start(args, env);
    child.stdin!.end(input);
    const [stdout, stderr] = await Promise.all([text(child.stdout!), text(child.stderr!), once(child, "close")]);
    return withJson({ code: child.exitCode, stdout, stderr });
  }

  async function runInside(...args: string[]): Promise<CliResult> {
    const written = { stdout: "", stderr: "" };
    for (const [name, value] of Object.entries({ ...settings, FORCE_COLOR: undefined })) vi.stubEnv(name, value);
    const spies = (["stdout", "stderr"] as const).map((name) =>
      vi.spyOn(process[name], "write").mockImplementation((part) => {
        written[name] += part;
        return true;
      }),
    );
    try {
      await runHere(args);
      return withJson({ code: Number(process.exitCode ?? 0), ...written });
    } finally {
      for (const spy of spies) spy.mockRestore();
      vi.unstubAllEnvs();
      process.exitCode = undefined;
    }
  }

  return { folder, start, run, runInside, json: async (...args) => (await runInside(...args, "--json")).json };
}
