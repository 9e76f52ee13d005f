import type { Clock } from "./clock.ts";

/** One call's time limit. Made by `Deadlines.set`, and opaque to everybody else. */
export interface Deadline {
  readonly at: number;
  readonly onMissed: () => void;
  isSet: boolean;
  earlier: Deadline | undefined;
  later: Deadline | undefined;
}

/** An alarm that comes later than this does not say that an answer is late, but that this process was busy meanwhile. */
const AWAY_MS = 5;

/**
 * So long before a limit the alarm rings for the first time. Timers come before sockets are read: if the process was busy until
 * now, the answer may have lain there all the while, and is read before the alarm rings again.
 */
const LOOK_MS = 10;

/**
 * The time limits of many calls, with one alarm for all. A timer a call would be set and cancelled for nothing by nearly every
 * one of them, as answers come long before; but limits are (nearly) equal, so whoever began first is due first. They stand in
 * a row by when they are due, which costs a look at the last of them, and the alarm is for the first. It is not moved when the
 * first is met: it then rings in vain, at most twice a limit, finds who is first now, and is set again only if somebody is.
 */
export class Deadlines {
  readonly #clock: Clock;
  #first: Deadline | undefined;
  #last: Deadline | undefined;
  #alarmAt = Number.POSITIVE_INFINITY;
  #cancelAlarm: (() => void) | undefined;
  #waited = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls `onMissed` in `limitMs` (`Infinity`: never) unless it is met before. */
  set(limitMs: number, onMissed: () => void): Deadline {
    const at = this.#clock.now() + limitMs;
    let earlier = this.#last;
    while (earlier !== undefined && earlier.at > at) earlier = earlier.earlier;
    const later = earlier === undefined ? this.#first : earlier.later;
    const deadline: Deadline = { at, onMissed, isSet: true, earlier, later };
    if (earlier === undefined) this.#first = deadline;
    else earlier.later = deadline;
    if (later === undefined) this.#last = deadline;
    else later.earlier = deadline;
    this.#setAlarm(limitMs > LOOK_MS ? at - LOOK_MS : at);
    return deadline;
  }

  /** @returns false if it was missed */
  meet(deadline: Deadline): boolean {
    if (!deadline.isSet) return false;
    this.#remove(deadline);
    return true;
  }

  /** All that are set are missed, now. */
  close(): void {
    this.#cancelAlarm?.();
    this.#alarmAt = Number.POSITIVE_INFINITY;
    this.#miss(Number.POSITIVE_INFINITY);
  }

  #setAlarm(at: number): void {
    if (at >= this.#alarmAt) return;
    this.#cancelAlarm?.();
    this.#alarmAt = at;
    this.#cancelAlarm = this.#clock.after(at - this.#clock.now(), () => this.#ring());
  }

  #ring(): void {
    const now = this.#clock.now();
    const wasAway = now - this.#alarmAt > AWAY_MS;
    this.#alarmAt = Number.POSITIVE_INFINITY;
    if (wasAway && !this.#waited) {
      this.#waited = true;
      this.#setAlarm(now + LOOK_MS);
      return;
    }
    this.#waited = false;
    this.#miss(now);
    if (this.#first === undefined) return;
    const { at } = this.#first;
    this.#setAlarm(now < at - LOOK_MS ? at - LOOK_MS : at);
  }

  #miss(until: number): void {
    for (let due = this.#first; due !== undefined && due.at <= until; due = this.#first) {
      this.#remove(due);
      due.onMissed();
    }
  }

  #remove(deadline: Deadline): void {
    const { earlier, later } = deadline;
    if (earlier === undefined) this.#first = later;
    else earlier.later = later;
    if (later === undefined) this.#last = earlier;
    else later.earlier = earlier;
    deadline.isSet = false;
  }
}
