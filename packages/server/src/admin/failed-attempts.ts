interface Attempts {
  count: number;
  readonly sinceMs: number;
}

export interface FailedAttemptsOptions {
  /** So many may fail in a window. Default 20. */
  readonly limit?: number;
  /** Default 60,000. */
  readonly windowMs?: number;
  /** Addresses remembered at once; beyond, the one that began first is forgotten. Default 10,000. */
  readonly maxAddresses?: number;
}

/**
 * Counts failed authentications by address, in fixed windows and bounded memory.
 *
 * A token has 256 random bits, so this does not keep anybody from guessing one; it keeps a broken or curious client from
 * filling the log. Therefore only failures are ever limited: were valid tokens refused too, anybody behind the same
 * proxy could lock an author out.
 */
export class FailedAttempts {
  readonly #limit: number;
  readonly #windowMs: number;
  readonly #maxAddresses: number;
  readonly #attempts = new Map<string, Attempts>();

  constructor({ limit = 20, windowMs = 60_000, maxAddresses = 10_000 }: FailedAttemptsOptions = {}) {
    this.#limit = limit;
    this.#windowMs = windowMs;
    this.#maxAddresses = maxAddresses;
  }

  /** How many addresses are remembered. */
  get size(): number {
    return this.#attempts.size;
  }

  /**
   * Counts one failure.
   *
   * @param nowMs of any clock
   * @returns undefined within the limit, else how long until the address's window ends
   */
  count(address: string, nowMs: number): number | undefined {
    let attempts = this.#attempts.get(address);
    if (attempts === undefined || nowMs - attempts.sinceMs >= this.#windowMs) {
      this.#attempts.delete(address);
      if (this.#attempts.size >= this.#maxAddresses) this.#attempts.delete(this.#attempts.keys().next().value!);
      attempts = { count: 0, sinceMs: nowMs };
      this.#attempts.set(address, attempts);
    }
    attempts.count += 1;
    return attempts.count > this.#limit ? attempts.sinceMs + this.#windowMs - nowMs : undefined;
  }
}
