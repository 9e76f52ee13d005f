import cluster, { type Worker } from "node:cluster";
import { parseToPrimary, type ToPrimary, type ToWorker } from "./messages.ts";
import { returnUntakenConnections } from "./untaken-connections.ts";

/** How a worker ended. */
export interface End {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Why the primary killed it, if it did. */
  readonly killedFor: string | undefined;
  /** Whether it was draining, whoever told it to. */
  readonly wasLeaving: boolean;
}

export interface WorkerProcessOptions {
  /** It must be ready after so long, or is killed. Infinity: it may take its time. */
  readonly startLimitMs: number;
  /** It must have ended so long after it began to drain, or is killed. */
  readonly drainLimitMs: number;
}

/** A worker as the primary sees it, from its start to its end. */
export class WorkerProcess {
  /** By which the log names it; no two of one primary have the same. */
  readonly number: number;
  readonly pid: number;
  /** What it said of itself when it was ready; undefined when it ended, or was told to drain, before that. */
  readonly ready: Promise<string | undefined>;
  /** When it takes no new connections any more: it drains, whoever told it to, or has ended. */
  readonly leaving: Promise<void>;
  readonly ended: Promise<End>;
  readonly startedAt = performance.now();
  readonly #worker: Worker;
  readonly #drainLimitMs: number;
  readonly #registeredIds: string[] = [];
  readonly #ready = Promise.withResolvers<string | undefined>();
  readonly #leaving = Promise.withResolvers<void>();
  #state: "starting" | "ready" | "leaving" | "ended" = "starting";
  #killedFor: string | undefined;
  #limit: NodeJS.Timeout | undefined;

  /** @param onMessage gets what is sound, in the order in which it was sent */
  constructor({ startLimitMs, drainLimitMs }: WorkerProcessOptions, onMessage: (message: ToPrimary, from: WorkerProcess) => void) {
    this.#drainLimitMs = drainLimitMs;
    this.#worker = cluster.fork();
    returnUntakenConnections(this.#worker);
    this.number = this.#worker.id;
    this.pid = this.#worker.process.pid ?? 0;
    this.ready = this.#ready.promise;
    this.leaving = this.#leaving.promise;
    if (startLimitMs !== Number.POSITIVE_INFINITY) this.#killAfter(startLimitMs, `not ready after ${startLimitMs / 1000} s`);
    this.#worker.on("message", (raw: unknown) => {
      const message = parseToPrimary(raw);
      if (message === undefined) return;
      this.#hear(message);
      onMessage(message, this);
    });
    this.ended = new Promise((resolve) => {
      const end = (code: number | null, signal: NodeJS.Signals | null) => {
        const wasLeaving = this.#state === "leaving";
        this.#become("ended");
        resolve({ code, signal, killedFor: this.#killedFor, wasLeaving });
      };
      this.#worker.once("exit", end);
      // It could not be started at all, or not be written to, and then it ends.
      this.#worker.on("error", () => this.pid === 0 && end(1, null));
    });
  }

  /** Whether it takes connections. */
  get isReady(): boolean {
    return this.#state === "ready";
  }

  get hasEnded(): boolean {
    return this.#state === "ended";
  }

  /** Under all of which it may still stand in the registry. */
  get registeredIds(): readonly string[] {
    return this.#registeredIds;
  }

  /** Never throws, and is nothing to wait for: to who is not there any more nothing can be said. */
  tell(message: ToWorker): void {
    if (this.#worker.isConnected()) this.#worker.process.send?.(message, undefined, undefined, () => {});
  }

  /** Has it finish what is under way and end, within `drainLimitMs`. Patient: connections that are idle end by themselves. */
  drain(patient: boolean): void {
    if (this.hasEnded) return;
    this.#become("leaving");
    this.tell({ kind: "drain", patient });
  }

  /** SIGKILL, which ends a stopped process too. */
  kill(reason: string): void {
    if (this.hasEnded) return;
    this.#killedFor ??= reason;
    this.#worker.process.kill("SIGKILL");
  }

  #hear(message: ToPrimary): void {
    if (message.kind === "ready" && this.#state === "starting") {
      this.#become("ready");
      this.#ready.resolve(message.report);
    } else if (message.kind === "draining" && !this.hasEnded) {
      this.#become("leaving");
    } else if (message.kind === "registered") {
      this.#registeredIds.push(message.id);
    }
  }

  #become(state: "ready" | "leaving" | "ended"): void {
    // Told twice to drain, it has no more time than told once.
    if (this.#state === state) return;
    this.#state = state;
    clearTimeout(this.#limit);
    if (state === "leaving") this.#killAfter(this.#drainLimitMs, `not ended ${this.#drainLimitMs / 1000} s after it began to drain`);
    if (state === "ready") return;
    this.#ready.resolve(undefined);
    this.#leaving.resolve();
  }

  #killAfter(limitMs: number, reason: string): void {
    this.#limit = setTimeout(() => this.kill(reason), limitMs);
  }
}
