import { CacheClosedError } from "./errors.ts";

/** The only place where work is started that nobody awaits. `close` waits for it, so nothing outlives its owner. */
export class Background {
  readonly #running = new Set<Promise<void>>();
  #closed = false;

  get closed(): boolean {
    return this.#closed;
  }

  /** Keeps an eye on `work` until it settles. Its failure concerns whoever awaits it as well, so here it is no news. */
  run(work: Promise<unknown>): void {
    const watched: Promise<void> = work.then(
      () => {
        this.#running.delete(watched);
      },
      () => {
        this.#running.delete(watched);
      },
    );
    this.#running.add(watched);
  }

  /** Refuses new work, as far as owners ask `throwIfClosed`, and resolves when none is left. */
  async close(): Promise<void> {
    this.#closed = true;
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  throwIfClosed(what: string): void {
    if (this.#closed) throw new CacheClosedError(what);
  }
}
