import { setTimeout as pause } from "node:timers/promises";
import { RespawnPace } from "./respawn-pace.ts";
import type { End, WorkerProcess } from "./worker-process.ts";

export interface SeatEvents {
  /** A worker has ended by itself, by somebody's signal or by the watchdog, and another one starts after the pause. */
  lost(worker: WorkerProcess, end: End, pauseMs: number): void;
  /** A worker drains although the primary did not tell it to, and another one starts at once. */
  leaving(worker: WorkerProcess): void;
}

/** One of the places for a worker: whenever its worker leaves, another one takes it. */
export class Seat {
  /** When a worker in it was ready for the first time, or it is closed. */
  readonly filled: Promise<void>;
  readonly #start: () => WorkerProcess;
  readonly #events: SeatEvents;
  readonly #pace = new RespawnPace();
  readonly #closing = new AbortController();
  readonly #filled = Promise.withResolvers<void>();
  #worker: WorkerProcess;
  #successor: WorkerProcess | undefined;

  constructor(worker: WorkerProcess, start: () => WorkerProcess, events: SeatEvents) {
    this.#worker = worker;
    this.#start = start;
    this.#events = events;
    this.filled = this.#filled.promise;
    void this.#keep();
  }

  /** Nobody takes the place any more. */
  close(): void {
    this.#closing.abort();
    this.#filled.resolve();
  }

  /**
   * Puts a new worker in the place of this one, which is told to drain when the new one is ready, and not before.
   *
   * @returns false when the new one did not get ready, and this one goes on
   */
  async replace(): Promise<boolean> {
    const worker = this.#worker;
    const successor = this.#start();
    this.#successor = successor;
    if ((await successor.ready) === undefined) {
      if (this.#successor === successor) this.#successor = undefined;
      return false;
    }
    worker.drain(true);
    await worker.ended;
    return true;
  }

  async #keep(): Promise<void> {
    const { signal } = this.#closing;
    for (;;) {
      const worker = this.#worker;
      void worker.ready.then((report) => report === undefined || this.#filled.resolve());
      await worker.leaving;
      if (signal.aborted) return;
      if (this.#successor === undefined) await this.#mourn(worker);
      if (signal.aborted) return;
      this.#worker = this.#successor ?? this.#start();
      this.#successor = undefined;
    }
  }

  async #mourn(worker: WorkerProcess): Promise<void> {
    if (!worker.hasEnded) {
      this.#events.leaving(worker);
      return;
    }
    const pauseMs = this.#pace.nextPauseMs(performance.now() - worker.startedAt);
    this.#events.lost(worker, await worker.ended, pauseMs);
    // Rejects when the seat is closed meanwhile.
    await pause(pauseMs, undefined, { signal: this.#closing.signal }).catch(() => {});
  }
}
