import { type ChildProcess, fork } from "node:child_process";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import type { CacheAdapter, CacheNode, Load, NodeOptions, ReadOptions } from "./adapter.ts";
import type { FromChild, FromParent, ProcessTasks } from "./node-process.ts";

/** The program lies beside this file, as source or built. */
const PROGRAM = new URL(`./node-process${extname(new URL(import.meta.url).pathname)}`, import.meta.url);

export type ProcessTask = Exclude<keyof ProcessTasks, "open" | "letGo">;

/** A node in a process of its own. Loaders run here; functions cannot be part of its policy. */
export class NodeProcess {
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;
  readonly #answers = new Map<number, { resolve(value: unknown): void; reject(error: unknown): void }>();
  readonly #loads = new Map<string, Load>();
  #lastCall = 0;
  /** The methods of the node. */
  readonly methods: Partial<CacheNode> = {};

  static async start(adapter: CacheAdapter, options: NodeOptions, clockOffsetMs: number): Promise<NodeProcess> {
    const started = new NodeProcess(adapter, clockOffsetMs);
    await started.#expect(0);
    const names = (await started.#call("open", [options])) as (keyof CacheNode)[];
    for (const name of names) started.methods[name] = (...args: unknown[]) => started.#call(name, args) as never;
    started.methods.getOrLoad = (key: string, load: Load, read?: ReadOptions) => {
      started.#loads.set(key, load);
      return started.#call("getOrLoad", [key, read]);
    };
    return started;
  }

  private constructor(adapter: CacheAdapter, clockOffsetMs: number) {
    const args = [adapter.module, adapter.name, adapter.configuration, String(clockOffsetMs)];
    // Not the parent's own flags: those of a test runner are not for a node.
    const execArgv = ["--expose-gc"];
    this.#child = fork(fileURLToPath(PROGRAM), args, { execArgv, serialization: "advanced", stdio: ["ignore", "ignore", "pipe", "ipc"] });
    let complaints = "";
    this.#child.stderr?.on("data", (chunk: Buffer) => {
      complaints = (complaints + chunk.toString()).slice(-2_000);
    });
    this.#child.on("message", (message: FromChild) => {
      if (message.kind === "answer") this.#settle(message);
      else void this.#load(message.id, message.key);
    });
    // What it could not be told is known from its end.
    this.#child.on("error", () => {});
    this.#exited = new Promise((resolve) => this.#child.once("exit", () => resolve()));
    this.#child.on("exit", (code, signal) => {
      const error = new Error(`the process of the node ended by itself (${signal ?? `code ${code}`}) ${complaints}`.trim());
      for (const { reject } of this.#answers.values()) reject(error);
      this.#answers.clear();
    });
  }

  /** Asks for something that only a process has. */
  task<K extends ProcessTask>(name: K, ...args: Parameters<ProcessTasks[K]>): ReturnType<ProcessTasks[K]> {
    return this.#call(name, args) as ReturnType<ProcessTasks[K]>;
  }

  /** Ends it as a power failure would. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#answers.clear();
    this.#child.kill("SIGKILL");
    await this.#exited;
  }

  /** Lets go of it, and resolves to whether it then ended by itself: a closed node keeps no process alive. */
  async endsByItself(limitMs: number): Promise<boolean> {
    this.#child.send({ kind: "call", id: 0, method: "letGo", args: [] } satisfies FromParent);
    return Promise.race([this.#exited.then(() => true), new Promise<false>((resolve) => setTimeout(resolve, limitMs, false).unref())]);
  }

  async #load(id: number, key: string): Promise<void> {
    let reply: FromParent;
    try {
      reply = { kind: "loaded", id, value: await this.#loads.get(key)?.() };
    } catch (error) {
      reply = { kind: "loaded", id, error };
    }
    if (this.#child.connected) this.#child.send(reply);
  }

  #call(method: string, args: readonly unknown[]): Promise<unknown> {
    const id = ++this.#lastCall;
    if (!this.#child.connected) return Promise.reject(new Error("the process of the node has ended"));
    const answer = this.#expect(id);
    this.#child.send({ kind: "call", id, method, args } satisfies FromParent);
    return answer;
  }

  #expect(id: number): Promise<unknown> {
    return new Promise((resolve, reject) => this.#answers.set(id, { resolve, reject }));
  }

  #settle({ id, value, error }: FromChild & { kind: "answer" }): void {
    const answer = this.#answers.get(id);
    this.#answers.delete(id);
    if (error === undefined) answer?.resolve(value);
    else answer?.reject(error);
  }
}
