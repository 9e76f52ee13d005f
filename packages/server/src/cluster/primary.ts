import cluster from "node:cluster";
import type { Logger } from "pino";
import type { ToPrimary } from "./messages.ts";
import { Questions } from "./questions.ts";
import { Seat } from "./seat.ts";
import { Watchdog } from "./watchdog.ts";
import { type End, WorkerProcess } from "./worker-process.ts";

export interface PrimaryOptions {
  /** How many serve at once: 2 or more. */
  readonly workers: number;
  /** Command line of a worker, behind this process's own program. */
  readonly args: readonly string[];
  readonly log: Pick<Logger, "warn" | "error">;
  /** A worker that has not beaten for so long is killed and replaced. Default 5,000. */
  readonly silenceLimitMs?: number;
  /** A worker that is not ready after so long is killed; the first one, which may have a database to migrate, never. Default 60,000. */
  readonly startLimitMs?: number;
  /** A worker that drains and has not ended after so long is killed. Default 12,000: above the 10 s that it gives itself. */
  readonly drainLimitMs?: number;
}

/** All workers are ready, with what the first one said; or that one ended before it was. Undefined: stopped meanwhile. */
export type Start = { readonly report: string } | { readonly failed: End } | undefined;

/**
 * Supervises the workers, and nothing else: it opens no database and answers no request, so that there is little that could
 * end it. It listens for the workers and hands each new connection to one that is free (Node's round robin), and passes on what
 * they tell each other.
 */
export class Primary {
  readonly #options: Required<PrimaryOptions>;
  /** All that have not ended. */
  readonly #workers = new Set<WorkerProcess>();
  readonly #seats: Seat[] = [];
  readonly #watchdog: Watchdog<WorkerProcess>;
  readonly #watching: NodeJS.Timeout;
  readonly #questions = new Questions();
  /** Ids in the registry of workers that have ended, until a worker is there to be told. */
  #gone: string[] = [];
  #restarting: Promise<unknown> = Promise.resolve();
  #nextRestart: Promise<boolean | undefined> | undefined;
  #stopping = false;

  constructor(options: PrimaryOptions) {
    this.#options = { silenceLimitMs: 5_000, startLimitMs: 60_000, drainLimitMs: 12_000, ...options };
    cluster.setupPrimary({ args: [...options.args] });
    const { silenceLimitMs } = this.#options;
    const lookEveryMs = silenceLimitMs / 10;
    this.#watchdog = new Watchdog({ silenceLimitMs, lookEveryMs }, performance.now());
    this.#watching = setInterval(() => {
      for (const worker of this.#watchdog.look(performance.now())) worker.kill(`silent for ${silenceLimitMs / 1000} s`);
    }, lookEveryMs);
  }

  /** Starts one worker, which finds out whether the settings and the database are good, and then the others. */
  start(): Promise<Start> {
    const starting = this.#startAll();
    this.#restarting = starting;
    return starting;
  }

  /**
   * Puts a new worker in the place of each, one after the other: as many serve at any time as before. While that goes on, it is
   * done once more afterwards, however often it is asked for.
   *
   * @returns false when a new worker did not get ready; it and those that were still to be replaced go on as they are.
   *   Undefined: stopped meanwhile
   */
  restart(): Promise<boolean | undefined> {
    this.#nextRestart ??= this.#restarting.then(() => {
      this.#nextRestart = undefined;
      return this.#replaceAll();
    });
    this.#restarting = this.#nextRestart;
    return this.#nextRestart;
  }

  /**
   * Has all workers finish what is under way, and resolves when the last one has ended. Patient: connections that are idle end
   * by themselves. Call it again to lose patience.
   */
  async stop({ patient }: { readonly patient: boolean }): Promise<void> {
    this.#stopping = true;
    for (const seat of this.#seats) seat.close();
    for (const worker of this.#workers) worker.drain(patient);
    await Promise.all([...this.#workers].map((worker) => worker.ended));
    clearInterval(this.#watching);
  }

  /** Leaves nobody behind. */
  kill(): void {
    for (const worker of this.#workers) worker.kill("stopped at once");
  }

  /** Asks all workers that serve; see `WorkerLink.answer`. The answers are by the workers' numbers; who is silent for 1 s is left out. */
  ask(question: string): Promise<ReadonlyMap<number, string>> {
    return this.#questions.ask(
      [...this.#workers].filter((worker) => worker.isReady),
      question,
    );
  }

  async #startAll(): Promise<Start> {
    const first = this.#startWorker(Number.POSITIVE_INFINITY);
    const report = await first.ready;
    if (this.#stopping) return undefined;
    if (report === undefined) {
      clearInterval(this.#watching);
      return { failed: await first.ended };
    }
    this.#seats.push(this.#createSeat(first));
    const others = Array.from({ length: this.#options.workers - 1 }, () => this.#startWorker());
    for (const worker of others) this.#seats.push(this.#createSeat(worker));
    await Promise.all(this.#seats.map((seat) => seat.filled));
    return this.#stopping ? undefined : { report };
  }

  async #replaceAll(): Promise<boolean | undefined> {
    for (const seat of this.#seats) {
      if (this.#stopping) return undefined;
      if (!(await seat.replace())) return this.#stopping ? undefined : false;
    }
    return this.#stopping ? undefined : true;
  }

  #createSeat(worker: WorkerProcess): Seat {
    const { log } = this.#options;
    return new Seat(worker, () => this.#startWorker(), {
      lost: (worker, { code, signal, killedFor }, pauseMs) =>
        log.warn({ ...nameOf(worker), code, signal, killedFor, pauseMs }, "a worker has ended: another one takes its place"),
      leaving: (worker) => log.warn(nameOf(worker), "a worker was told to leave: another one takes its place"),
    });
  }

  #startWorker(startLimitMs = this.#options.startLimitMs): WorkerProcess {
    const { drainLimitMs, log } = this.#options;
    const worker = new WorkerProcess({ startLimitMs, drainLimitMs }, (message, from) => this.#hear(message, from));
    this.#workers.add(worker);
    void worker.ended.then(({ code, signal, killedFor, wasLeaving }) => {
      if (wasLeaving && code !== 0)
        log.warn({ ...nameOf(worker), code, signal, killedFor }, "a worker has ended with something still under way");
      this.#workers.delete(worker);
      this.#watchdog.forget(worker);
      this.#questions.forget(worker);
      this.#gone.push(...worker.registeredIds);
      this.#tellGone();
    });
    return worker;
  }

  #hear(message: ToPrimary, from: WorkerProcess): void {
    switch (message.kind) {
      case "beat":
        this.#watchdog.heard(from, performance.now());
        break;
      case "ready":
        this.#tellGone();
        break;
      case "relay":
        for (const worker of this.#workers) if (worker !== from) worker.tell(message);
        break;
      case "answer":
        this.#questions.hear(from, message.question, message.text);
        break;
      case "draining":
      case "registered":
        // `WorkerProcess` has taken note of it.
        break;
    }
  }

  /** One would do, as the registry is everybody's; but that one may be stopped just then, and be killed before it hears of it. */
  #tellGone(): void {
    const ready = [...this.#workers].filter(({ isReady }) => isReady);
    if (ready.length === 0 || this.#gone.length === 0) return;
    for (const worker of ready) worker.tell({ kind: "gone", ids: this.#gone });
    this.#gone = [];
  }
}

/** For the log, in which `pid` is that of the process that writes it. */
function nameOf({ number, pid }: WorkerProcess): { readonly worker: number; readonly workerPid: number } {
  return { worker: number, workerPid: pid };
}
