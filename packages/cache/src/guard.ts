import { Breaker, type BreakerOptions } from "./breaker.ts";
import type { Clock } from "./clock.ts";
import { Deadlines } from "./deadlines.ts";
import { CacheOptionError, NotConnectedError, SharedTierUnavailableError } from "./errors.ts";

export interface GuardOptions {
  readonly clock: Clock;
  /** How long a call may take, in milliseconds, where it does not say itself. Default 50. */
  readonly deadlineMs?: number;
  /** When the store is no longer asked, and when again. */
  readonly breaker?: BreakerOptions;
}

/**
 * Stands before a store outside of this process: whoever asks it gets an answer or an error by the deadline, and at once while
 * the store is known to be away. So the worst that a hung store does to a caller is to cost one deadline.
 */
export class Guard {
  /** Calls that the store was asked. */
  calls = 0;
  /** Of these, the ones that rejected in time. */
  failures = 0;
  /** Of these, the ones that did not settle in time. */
  lates = 0;
  /** Calls that the breaker refused; the store was not asked. */
  refused = 0;
  readonly breaker: Breaker;
  readonly #deadlines: Deadlines;
  readonly #deadlineMs: number;
  #closed = false;

  /** @throws CacheOptionError */
  constructor({ clock, deadlineMs = 50, breaker }: GuardOptions) {
    if (!(deadlineMs > 0)) throw new CacheOptionError(`deadlineMs must be a number of milliseconds above 0, not ${deadlineMs}.`);
    this.breaker = new Breaker(clock, breaker);
    this.#deadlines = new Deadlines(clock);
    this.#deadlineMs = deadlineMs;
  }

  /**
   * What `ask` resolves to. What it settles to after the deadline reaches nobody, and is never an unhandled rejection.
   *
   * Rejects with `SharedTierUnavailableError`, and with nothing else. Only questions to the store belong into `ask`: whatever
   * it throws or rejects with counts against the store.
   */
  run<T>(ask: () => Promise<T>, deadlineMs: number = this.#deadlineMs): Promise<T> {
    if (this.#closed) return Promise.reject(new SharedTierUnavailableError("closed"));
    const pass = this.breaker.enter();
    if (pass === undefined) {
      this.refused++;
      return Promise.reject(new SharedTierUnavailableError("open"));
    }
    this.calls++;
    return new Promise((resolve, reject) => {
      const deadline = this.#deadlines.set(deadlineMs, () => {
        if (this.#closed) return reject(new SharedTierUnavailableError("closed"));
        this.lates++;
        this.breaker.settle(pass, "late");
        reject(new SharedTierUnavailableError("late"));
      });
      const succeed = (value: T) => {
        if (!this.#deadlines.meet(deadline)) return;
        this.breaker.settle(pass, "answered");
        resolve(value);
      };
      const fail = (error: unknown) => {
        if (!this.#deadlines.meet(deadline)) return;
        this.failures++;
        this.breaker.settle(pass, error instanceof NotConnectedError ? "not-connected" : "failed");
        reject(new SharedTierUnavailableError("failed", { cause: error }));
      };
      try {
        ask().then(succeed, fail);
      } catch (error) {
        fail(error);
      }
    });
  }

  /** Refuses every later call, and those that are under way. Leaves no alarm. */
  close(): void {
    this.#closed = true;
    this.#deadlines.close();
  }
}
