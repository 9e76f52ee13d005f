/**
 * Finds who has been silent for too long. Time in which the watcher itself stood still (stopped, starved, a machine that was
 * suspended) is nobody's silence: what was said meanwhile has not been heard yet.
 */
export class Watchdog<T> {
  readonly #silenceLimitMs: number;
  readonly #lookEveryMs: number;
  readonly #heardAt = new Map<T, number>();
  #lookedAt: number;

  /** @param now monotonic, in ms, as in the calls below */
  constructor(options: { readonly silenceLimitMs: number; readonly lookEveryMs: number }, now: number) {
    this.#silenceLimitMs = options.silenceLimitMs;
    this.#lookEveryMs = options.lookEveryMs;
    this.#lookedAt = now;
  }

  /** Whoever is heard for the first time is watched from then on. */
  heard(who: T, now: number): void {
    this.#heardAt.set(who, now);
  }

  forget(who: T): void {
    this.#heardAt.delete(who);
  }

  /** Call it every `lookEveryMs`. */
  look(now: number): readonly T[] {
    const lateMs = now - this.#lookedAt - this.#lookEveryMs;
    this.#lookedAt = now;
    if (lateMs > this.#lookEveryMs) for (const [who, at] of this.#heardAt) this.#heardAt.set(who, Math.min(now, at + lateMs));
    return [...this.#heardAt].filter(([, at]) => now - at > this.#silenceLimitMs).map(([who]) => who);
  }
}
