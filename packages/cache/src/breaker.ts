import type { Clock } from "./clock.ts";
import { CacheOptionError } from "./errors.ts";

/** `closed`: calls pass. `open`: none does. `half-open`: one passed to see whether the store is back, and is not settled yet. */
export type BreakerState = "closed" | "open" | "half-open";

/** How a call ended that had passed. `not-connected`: it was known at once that there is nobody to ask. */
export type Outcome = "answered" | "late" | "failed" | "not-connected";

/** When a store that does not answer is no longer asked, and when again. */
export interface BreakerOptions {
  /** After how many calls in a row that were not answered it opens. Default 3. */
  readonly failures?: number;
  /** How long it then stays open, in milliseconds. Doubled with each probe that fails, to four times as long at most. Default 1,000. */
  readonly retryAfterMs?: number;
  /** Called after each change of the state. Must not throw. */
  readonly onChange?: (state: BreakerState) => void;
}

/**
 * It also opens when every second of the last 20 calls was late, or of all since it closed if those are at least 10: a store
 * that answers just often enough to break each row of failures still costs its callers a deadline every other time. One late
 * reply in ten, let alone in a hundred, is far from that.
 */
const WINDOW = 20;
const FEWEST_CALLS = 10;
const LATE_SHARE = 0.5;

/** A probe is sent at most this many times `retryAfterMs` after the last, so that a store that came back is soon in use. */
const LONGEST_RETRY = 4;

/**
 * How long nobody asks a store that is not connected. Short, as the question costs nothing and is answered at once: it is only
 * to leave the connecting alone, and the store is in use as soon as it is there.
 */
const RECONNECT_MS = 100;

/**
 * Decides whether the shared store is asked at all. A pure state machine: it reads the clock, and sets no alarm. An open one
 * becomes half-open by the first call after its time; without calls nobody needs to know whether the store is back.
 */
export class Breaker {
  readonly #clock: Clock;
  readonly #failures: number;
  readonly #firstRetryMs: number;
  readonly #onChange: (state: BreakerState) => void;
  #state: BreakerState = "closed";
  /** Passes are numbered. Who passed before the state changed says nothing of this one by how they settle. */
  #passes = 0;
  #passesBefore = 0;
  /** Who passed before the last failure was noticed met with the same trouble: one stall counts once, however many were waiting. */
  #passesBeforeFailure = 0;
  #failuresInARow = 0;
  /** The last calls as bits, the newest lowest, 1 for a late one. */
  #lateBits = 0;
  #calls = 0;
  #retryMs: number;
  #retryAt = 0;

  /** @throws CacheOptionError */
  constructor(clock: Clock, { failures = 3, retryAfterMs = 1_000, onChange = () => {} }: BreakerOptions = {}) {
    if (!(failures >= 1)) throw new CacheOptionError(`failures must be a number from 1 on, not ${failures}.`);
    if (!(retryAfterMs > 0)) throw new CacheOptionError(`retryAfterMs must be a number of milliseconds above 0, not ${retryAfterMs}.`);
    this.#clock = clock;
    this.#failures = failures;
    this.#firstRetryMs = retryAfterMs;
    this.#retryMs = retryAfterMs;
    this.#onChange = onChange;
  }

  get state(): BreakerState {
    return this.#state;
  }

  /** @returns a pass to give back to `settle`, or `undefined` if the store must not be asked now */
  enter(): number | undefined {
    if (this.#state === "half-open") return undefined;
    if (this.#state === "open") {
      if (this.#clock.now() < this.#retryAt) return undefined;
      this.#change("half-open");
    }
    return ++this.#passes;
  }

  /** Every pass must be settled, within a bounded time: as long as a probe is not, nobody else passes. */
  settle(pass: number, outcome: Outcome): void {
    if (pass <= this.#passesBefore) return;
    if (this.#state === "half-open") this.#settleProbe(outcome);
    else if (outcome === "not-connected") this.#open(RECONNECT_MS);
    else if (this.#isEnough(pass, outcome)) this.#open(this.#firstRetryMs);
  }

  #settleProbe(outcome: Outcome): void {
    if (outcome === "answered") this.#change("closed");
    else if (outcome === "not-connected") this.#open(RECONNECT_MS);
    else this.#open(Math.min(Math.max(2 * this.#retryMs, this.#firstRetryMs), LONGEST_RETRY * this.#firstRetryMs));
  }

  /** Counts the call, and says whether it was one too many. */
  #isEnough(pass: number, outcome: Outcome): boolean {
    const answered = outcome === "answered";
    if (!answered && pass <= this.#passesBeforeFailure) return false;
    this.#failuresInARow = answered ? 0 : this.#failuresInARow + 1;
    this.#lateBits = ((this.#lateBits << 1) | (outcome === "late" ? 1 : 0)) & (2 ** WINDOW - 1);
    this.#calls = Math.min(this.#calls + 1, WINDOW);
    if (answered) return false;
    this.#passesBeforeFailure = this.#passes;
    if (this.#failuresInARow >= this.#failures) return true;
    return this.#calls >= FEWEST_CALLS && bitCount(this.#lateBits) >= LATE_SHARE * this.#calls;
  }

  #open(retryMs: number): void {
    this.#retryMs = retryMs;
    this.#retryAt = this.#clock.now() + retryMs;
    this.#change("open");
  }

  #change(state: BreakerState): void {
    this.#state = state;
    this.#passesBefore = this.#passes;
    this.#passesBeforeFailure = this.#passes;
    this.#failuresInARow = 0;
    this.#lateBits = 0;
    this.#calls = 0;
    this.#onChange(state);
  }
}

function bitCount(bits: number): number {
  let count = 0;
  for (let left = bits; left !== 0; left &= left - 1) count++;
  return count;
}
