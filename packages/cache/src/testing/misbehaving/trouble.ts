import { type Clock, systemClock } from "../../clock.ts";
import { Random } from "../random.ts";

/**
 * What can go wrong with a call of anything that is elsewhere. Each is a chance from 0 to 1, drawn anew for each call;
 * `lateMs` is a duration.
 */
export interface CallTrouble {
  /** The call never arrives, and never settles. */
  readonly hangs: number;
  /** What was asked for is done, but the call never settles. */
  readonly losesAnswer: number;
  /** The call rejects at once, and nothing is done. */
  readonly rejects: number;
  /** What was asked for is done late, so that what was called after it may be done before it. */
  readonly arrivesLate: number;
  /** What was asked for is done at once, but the answer comes late: by then it may no longer be true. */
  readonly answersLate: number;
  /** The longest that anything is late, in milliseconds; how late is drawn each time. Default 100. */
  readonly lateMs: number;
}

export const NO_CALL_TROUBLE: CallTrouble = { hangs: 0, losesAnswer: 0, rejects: 0, arrivesLate: 0, answersLate: 0, lateMs: 100 };

/** Something that can be told to go wrong. */
export interface Misbehaving<T extends CallTrouble> {
  /** From now on this trouble and no other; `{}`: none. What is late or hangs already stays so. */
  misbehave(trouble: Partial<T>): void;
}

/** By which clock and which seed something goes wrong. */
export interface MisbehavingOptions {
  /** What is late is late by this clock. Default: the process's monotonic clock. */
  readonly clock?: Clock;
  /** The same seed and the same calls are the same trouble. Default 1. */
  readonly seed?: number;
}

/** The trouble that one part is in, and the calls that go through it. */
export class Trouble<T extends CallTrouble> implements Misbehaving<T> {
  readonly random: Random;
  readonly #clock: Clock;
  readonly #none: T;
  #now: T;

  constructor(none: T, { clock = systemClock, seed = 1 }: MisbehavingOptions = {}) {
    this.random = new Random(seed);
    this.#clock = clock;
    this.#none = none;
    this.#now = none;
  }

  misbehave(trouble: Partial<T>): void {
    this.#now = { ...this.#none, ...trouble };
  }

  /** Whether it happens this time. */
  happens(name: keyof T): boolean {
    // Without a chance nothing is drawn: trouble that is not there leaves the sequence of what is there alone.
    const chance = this.#now[name] as number;
    return chance > 0 && this.random.chance(chance);
  }

  /** What becomes of a call is decided when it is made. */
  async call<R>(act: () => Promise<R>): Promise<R> {
    const fate = FATES.find((name) => this.happens(name));
    const { lateMs } = this.#now;
    if (fate === "hangs") return never();
    if (fate === "rejects") throw new Error("Rejected by a fake that misbehaves.");
    if (fate === "arrivesLate") await this.delay(lateMs);
    const answer = await act();
    if (fate === "losesAnswer") return never();
    if (fate === "answersLate") await this.delay(lateMs);
    return answer;
  }

  /** Waits for up to so long. */
  delay(mostMs: number = this.#now.lateMs): Promise<void> {
    const delayMs = this.random.next() * mostMs;
    return new Promise((resolve) => this.#clock.after(delayMs, resolve));
  }
}

const FATES = ["hangs", "rejects", "arrivesLate", "losesAnswer", "answersLate"] as const;

const never = () => new Promise<never>(() => {});
