import { CacheClosedError } from "./errors.ts";

/** The only place where work is started that nobody awaits. `close` waits for it, so nothing outlives its owner. */
export class Background {
  #running = 0;
  #closed = false;
  #whenIdle: (() => void) | undefined;

  get closed(): boolean {
    return this.#closed;
  }

  /** Keeps an eye on `work` until it settles. Its failure concerns whoever awaits it as well, so here it is no news. */
  run(work: Promise<unknown>): void {
    this.#running++;
    work.then(this.#done, this.#done);
  }

  /** Refuses new work, as far as owners ask `throwIfClosed`, and resolves when none is left. */
  async close(): Promise<void> {
    this.#closed = true;
    while (this.#running > 0) {
      await new Promise<void>((resolve) => {
        const others = this.#whenIdle;
        this.#whenIdle = () => {
          others?.();
          resolve();
        };
      });
    }
  }

  throwIfClosed(what: string): void {
    if (this.#closed) throw new CacheClosedError(what);
  }

  readonly #done = (): void => {
    if (--this.#running > 0) return;
    const tell = this.#whenIdle;
    this.#whenIdle = undefined;
    tell?.();
  };
}
