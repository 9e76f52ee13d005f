/** How long the quickest round trip is preferred to newer ones: in that time two clocks drift apart by a millisecond at most. */
const TRUST_MS = 10_000;

/**
 * A server's time of day, as far as can be told without asking: what it answered last, and what this process's monotonic clock
 * has counted since. Never behind the server's clock, and ahead of it by at most the quickest round trip of the last seconds:
 * the answer is taken as given at the instant of the question.
 */
export class ServerClock {
  /** What must be added to the monotonic clock. */
  #offsetMs: number | undefined;
  #roundTripMs = 0;
  #heardAt = 0;

  /** In milliseconds since 1970; `undefined` before the first answer. */
  now(): number | undefined {
    return this.#offsetMs === undefined ? undefined : this.#offsetMs + performance.now();
  }

  /**
   * @param timeMs what the server answered
   * @param askedAt when it was asked, on the monotonic clock
   */
  hear(timeMs: number, askedAt: number): void {
    const heardAt = performance.now();
    const roundTripMs = heardAt - askedAt;
    const known = this.#offsetMs !== undefined && heardAt - this.#heardAt < TRUST_MS;
    if (known && roundTripMs > this.#roundTripMs) return;
    this.#offsetMs = timeMs - askedAt;
    this.#roundTripMs = roundTripMs;
    this.#heardAt = heardAt;
  }

  /** The next answer counts however long it takes: it may be another server's. */
  restart(): void {
    this.#roundTripMs = Number.POSITIVE_INFINITY;
  }
}
