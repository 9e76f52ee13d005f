import type { Clock, ManualClock } from "@qrcards/cache";

/** How fast a process's clock runs, and what it says at the beginning. */
export interface Pace {
  readonly rate: number;
  readonly startsAt: number;
}

/**
 * Whether the code of one process runs: while it is stopped, what happens to it waits, and its clock goes on; when it is killed,
 * nothing ever happens to it again.
 */
export class Life {
  readonly clock: Clock;
  /** How fast that runs. */
  readonly rate: number;
  /** Resolves when the process is killed. */
  readonly killed: Promise<void>;
  readonly #alarms = new Set<() => void>();
  readonly #waiting: (() => void)[] = [];
  #state: "runs" | "stopped" | "killed" = "runs";
  #end: () => void;

  constructor(truth: ManualClock, { rate, startsAt }: Pace) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.rate = rate;
    this.killed = promise;
    this.#end = resolve;
    this.clock = {
      now: () => startsAt + truth.now() * rate,
      after: (delayMs, callback) => this.#setAlarm(truth, delayMs / rate, callback),
    };
  }

  get runs(): boolean {
    return this.#state === "runs";
  }

  get isKilled(): boolean {
    return this.#state === "killed";
  }

  /** Runs it now, or as soon as the process goes on. */
  run(callback: () => void): void {
    if (this.#state === "runs") callback();
    else if (this.#state === "stopped") this.#waiting.push(callback);
  }

  /** What comes from outside, as this process gets it. */
  receive<T>(answer: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      answer.then(
        (value) => this.run(() => resolve(value)),
        (error: unknown) => this.run(() => reject(error)),
      );
    });
  }

  stop(): void {
    if (this.#state === "runs") this.#state = "stopped";
  }

  goOn(): void {
    if (this.#state !== "stopped") return;
    this.#state = "runs";
    for (const callback of this.#waiting.splice(0)) callback();
  }

  kill(): void {
    this.#state = "killed";
    this.#waiting.length = 0;
    for (const cancel of this.#alarms) cancel();
    this.#alarms.clear();
    this.#end();
  }

  #setAlarm(truth: ManualClock, delayMs: number, callback: () => void): () => void {
    let isCancelled = false;
    const cancel = truth.after(delayMs, () => {
      this.#alarms.delete(cancel);
      this.run(() => isCancelled || callback());
    });
    this.#alarms.add(cancel);
    return () => {
      isCancelled = true;
      this.#alarms.delete(cancel);
      cancel();
    };
  }
}
