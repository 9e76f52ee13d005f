import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pass } from "node:timers/promises";
import { findFreePort } from "../../../scripts/services/start-service.mjs";
import type { Recorder } from "../history/recorder.ts";

export interface MachineOptions {
  readonly name: string;
  /** Of the product, or of a copy of it with a mistake in it. */
  readonly sources: string;
  readonly env: Readonly<Record<string, string>>;
  /** How many processes serve. */
  readonly workers: number;
  readonly recorder: Pick<Recorder, "machine">;
}

/** How long a start may take on a busy machine. */
const START_LIMIT_MS = 90_000;
const STOP_LIMIT_MS = 10_000;
const RESTART_LIMIT_MS = 60_000;
/** Workers without a primary answer what is under way, 10 s at most. */
const ORPHANS_LIMIT_MS = 20_000;
/** The end of what it said: enough to show why it ended. */
const OUTPUT_LIMIT_CHARS = 4_000;

/** One `qrcards serve`, as an operator starts it, with the processes that it starts. It ends with the harness at the latest. */
export class Machine {
  readonly name: string;
  /** The same after each start. */
  readonly port: number;
  readonly #options: MachineOptions;
  #child: ChildProcess | undefined;
  #output = "";

  static async start(options: MachineOptions): Promise<Machine> {
    const machine = new Machine(options, await findFreePort());
    await machine.start();
    return machine;
  }

  private constructor(options: MachineOptions, port: number) {
    this.name = options.name;
    this.port = port;
    this.#options = options;
    process.on("exit", () => this.signal("SIGKILL"));
  }

  /** Whether one process serves, by itself. */
  get isAlone(): boolean {
    return this.#options.workers === 1;
  }

  /** The processes that serve. */
  get workers(): readonly number[] {
    const pid = this.#child?.pid;
    if (pid === undefined) return [];
    return this.isAlone ? [pid] : childrenOf(pid);
  }

  /** Resolves when it serves. */
  async start(): Promise<void> {
    const { sources, env, workers, recorder } = this.#options;
    const cli = join(sources, "packages/server/src/cli/main.ts");
    const options = ["--port", String(this.port), "--host", "127.0.0.1", "--workers", String(workers), "--json"];
    const child = spawn(process.execPath, ["--conditions=qrcards-source", cli, "serve", ...options], {
      env: { ...process.env, NODE_OPTIONS: "", PUBLIC_URL: "https://cards.example", LOG_LEVEL: "fatal", RENDER_THREADS: "1", ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child = child;
    this.#output = "";
    child.once("exit", () => recorder.machine(this.name, "died", this.#output.slice(-1_000)));
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        this.#output = (this.#output + text).slice(-OUTPUT_LIMIT_CHARS);
      });
    }
    await this.#untilSaid('"localUrl"', START_LIMIT_MS);
    recorder.machine(this.name, "born");
  }

  /** Has each of its workers replaced, one after the other, and waits until the old ones are gone. */
  async restartWorkers(): Promise<void> {
    const { workers } = this;
    this.signal("SIGHUP");
    await this.#untilOver(workers, RESTART_LIMIT_MS);
  }

  /** To its own process alone; nothing happens if that has ended. */
  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  /** Ends all its processes without a word, and waits until its first one is gone. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL", this.workers);
  }

  /**
   * Ends the process that supervises, without a word: its workers notice and end by themselves.
   *
   * @returns how to wait until they have
   */
  async killPrimary(): Promise<() => Promise<void>> {
    const { workers } = this;
    await this.#end("SIGKILL", []);
    return () => this.#untilOver(workers, ORPHANS_LIMIT_MS);
  }

  /** Ends it as an operator does who is in a hurry: told twice. */
  async stop(): Promise<void> {
    const hurry = setTimeout(() => this.signal("SIGTERM"), 500);
    const late = setTimeout(() => this.signal("SIGKILL"), STOP_LIMIT_MS);
    await this.#end("SIGTERM", []);
    clearTimeout(hurry);
    clearTimeout(late);
  }

  async #end(signal: NodeJS.Signals, workers: readonly number[]): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const over = once(child, "exit");
    child.kill(signal);
    for (const worker of workers) signalProcess(worker, signal);
    await over;
  }

  async #untilOver(workers: readonly number[], withinMs: number): Promise<void> {
    const deadline = performance.now() + withinMs;
    while (workers.some(isAlive)) {
      if (performance.now() > deadline) throw new Error(`${this.name}: a worker that should have ended lives after ${withinMs / 1_000} s.`);
      await pass(50);
    }
  }

  async #untilSaid(words: string, withinMs: number): Promise<void> {
    const child = this.#child!;
    const deadline = performance.now() + withinMs;
    while (!this.#output.includes(words)) {
      const ended = child.exitCode ?? child.signalCode;
      if (ended !== null) throw new Error(`${this.name} ended (${ended}) before it said ${words}: ${this.#output}`);
      if (performance.now() > deadline) throw new Error(`${this.name} did not say ${words} within ${withinMs / 1_000} s: ${this.#output}`);
      await pass(20);
    }
  }
}

function childrenOf(pid: number): number[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
    return children === "" ? [] : children.split(" ").map(Number);
  } catch {
    // It has ended.
    return [];
  }
}

function isAlive(pid: number): boolean {
  return existsSync(`/proc/${pid}`);
}

/** A process that has ended meanwhile hears nothing. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
