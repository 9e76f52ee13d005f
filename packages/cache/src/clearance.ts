import type { Clock } from "./clock.ts";

/** After a clear that failed the next one is not tried sooner. */
const AGAIN_MS = 1_000;

/**
 * Whether anything that the second tier holds may be taken. It may not while everything there is to go and is not gone: where
 * nobody can be told so that it is refused, it must have been cleared first.
 */
export class Clearance {
  readonly #clear: () => Promise<unknown>;
  readonly #clock: Clock;
  #suspensions = 0;
  /** How often it has had to be cleared so far, and up to which of these times that has been done. */
  #needed = 0;
  #done = 0;
  #running = 0;
  #againAt = Number.NEGATIVE_INFINITY;

  /** @param clear drops everything there */
  constructor(clear: () => Promise<unknown>, clock: Clock) {
    this.#clear = clear;
    this.#clock = clock;
  }

  /**
   * To be asked by whoever is about to take something from there. A clear that failed is tried again by that alone: as long as
   * nobody asks, nobody needs what is there.
   */
  isGiven(): boolean {
    if (this.#suspensions > 0) return false;
    if (this.#done === this.#needed) return true;
    if (this.#running === 0 && this.#clock.now() >= this.#againAt) void this.#run();
    return false;
  }

  /** It is not given until as many calls of `resume`. */
  suspend(): void {
    this.#suspensions++;
  }

  resume(): void {
    this.#suspensions--;
  }

  /**
   * Drops everything there. Takes as long as it takes, and nobody waits for it, not even `close`, which ends it.
   *
   * @param isNeeded it is not given before that is done. Else a clear may fail without consequence
   */
  start(isNeeded: boolean): void {
    if (isNeeded) this.#needed++;
    void this.#run();
  }

  async #run(): Promise<void> {
    const needed = this.#needed;
    this.#running++;
    try {
      await this.#clear();
      this.#done = Math.max(this.#done, needed);
    } catch {
      this.#againAt = this.#clock.now() + AGAIN_MS;
    } finally {
      this.#running--;
    }
  }
}
