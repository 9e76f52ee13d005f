/** Where a cache gets its time from. Monotonic: it never jumps, and has nothing to do with the time of day. */
export interface Clock {
  /** Milliseconds since some fixed instant, never going back. */
  now(): number;
  /**
   * Runs `callback` once, `delayMs` from now and never sooner by `now()`, unless the returned function is called before. Never keeps a
   * process alive.
   * A delay beyond 2^31-1 ms (24.9 days, `Infinity` included) never comes.
   */
  after(delayMs: number, callback: () => void): () => void;
}

/** The longest delay that Node's timers know; they turn a longer one into 1 ms. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The process's own monotonic clock. */
export const systemClock: Clock = {
  now: () => performance.now(),
  after(delayMs, callback) {
    if (delayMs > LONGEST_TIMER_MS) return () => {};
    const at = performance.now() + delayMs;
    // Node's timers drop what is less than 1 ms, and may come up to 1 ms too early.
    const ring = () => {
      const leftMs = at - performance.now();
      if (leftMs > 0) wait(leftMs);
      else callback();
    };
    let timer: NodeJS.Timeout;
    const wait = (ms: number) => {
      timer = setTimeout(ring, ms).unref();
    };
    wait(Math.max(0, delayMs));
    return () => clearTimeout(timer);
  },
};

/** A clock that stands still until it is told to go on. For tests: no test of a cache needs to sleep. */
export class ManualClock implements Clock {
  #now = 0;
  readonly #alarms = new Set<{ readonly at: number; readonly callback: () => void }>();

  now(): number {
    return this.#now;
  }

  after(delayMs: number, callback: () => void): () => void {
    if (delayMs > LONGEST_TIMER_MS) return () => {};
    const alarm = { at: this.#now + Math.max(0, delayMs), callback };
    this.#alarms.add(alarm);
    return () => this.#alarms.delete(alarm);
  }

  /** Goes `ms` on, ringing each alarm at its own instant, in order. Promise reactions run only once the caller awaits something. */
  advance(ms: number): void {
    const until = this.#now + ms;
    for (let alarm = this.#next(until); alarm !== undefined; alarm = this.#next(until)) {
      this.#alarms.delete(alarm);
      this.#now = alarm.at;
      alarm.callback();
    }
    this.#now = until;
  }

  /** How many alarms are set: 0 after a clean close. */
  get alarms(): number {
    return this.#alarms.size;
  }

  #next(until: number) {
    let next: { readonly at: number; readonly callback: () => void } | undefined;
    for (const alarm of this.#alarms) if (alarm.at <= until && (next === undefined || alarm.at < next.at)) next = alarm;
    return next;
  }
}

/**
 * The result of `work`, or a rejection with `late()` once `limitMs` have passed. The work itself goes on, unheard: what it
 * settles to afterwards reaches nobody, and is never an unhandled rejection.
 */
export function within<T>(clock: Clock, limitMs: number, work: Promise<T>, late: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(limitMs, () => reject(late()));
    work.finally(cancel).then(resolve, reject);
  });
}
