import { fork, spawn } from "node:child_process";
import { on, once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Question } from "./server-process.ts";

/** Ask one thing at a time: answers carry no name. */
export interface ServerProcess {
  readonly port: number;
  /** CPU time that it has used so far, all threads, in microseconds. */
  cpu(): Promise<number>;
  /** The longest time, in ms, for which its event loop did nothing else, since this was asked last. */
  longestPause(): Promise<number>;
  /** Edits a page and returns how long that took, in ms. */
  edit(nodeId: string, title: string): Promise<number>;
  stop(): Promise<void>;
}

/** Starts one of this folder's servers. It ends with this process at the latest. */
export async function startServer(file: "server-process.ts" | "bare-server.ts", argument: string): Promise<ServerProcess> {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), [argument]);
  const answers = on(child, "message", { close: ["exit"] });
  const answer = async (): Promise<unknown> => {
    const { done, value } = await answers.next();
    if (done) throw new Error(`The server ended with code ${child.exitCode}.`);
    return (value as unknown[])[0];
  };
  const { port } = (await answer()) as { port: number };
  const ask = async (question: Question): Promise<number> => {
    child.send(question);
    return (await answer()) as number;
  };
  return {
    port,
    cpu: () => ask({ ask: "cpu" }),
    longestPause: () => ask({ ask: "longest pause" }),
    edit: (nodeId, title) => ask({ ask: "edit", nodeId, title }),
    async stop() {
      const exit = once(child, "exit");
      child.disconnect();
      await exit;
    },
  };
}

export interface CommandResult {
  readonly seconds: number;
  readonly peakBytes: number;
  readonly cpuSeconds: number;
  /** What it printed with `--json`. */
  readonly output: unknown;
}

const CLI = fileURLToPath(new URL("../../packages/server/src/cli/main.ts", import.meta.url));
const REPORT_USAGE = new URL("report-usage.ts", import.meta.url).href;

/** Runs a command of the product as its users do, in a process of its own, and says what that took. */
export async function runCommand(args: readonly string[], databaseUrl: string): Promise<CommandResult> {
  const env = { ...process.env, DATABASE_URL: databaseUrl, LOG_LEVEL: "silent" };
  const began = performance.now();
  const child = spawn(process.execPath, ["--import", REPORT_USAGE, CLI, ...args, "--json"], {
    env,
    stdio: ["ignore", "pipe", "inherit", "pipe"],
  });
  const texts = { output: "", usage: "" };
  child.stdout!.setEncoding("utf8").on("data", (text: string) => {
    texts.output += text;
  });
  child.stdio[3]!.on("data", (bytes: Buffer) => {
    texts.usage += String(bytes);
  });
  const [code] = await once(child, "close");
  const seconds = (performance.now() - began) / 1000;
  if (code !== 0) throw new Error(`qrcards ${args.join(" ")} ended with code ${code}: ${texts.output}`);
  const { maxRSS, userCPUTime, systemCPUTime } = JSON.parse(texts.usage) as NodeJS.ResourceUsage;
  return { seconds, peakBytes: maxRSS * 1024, cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, output: JSON.parse(texts.output) };
}
