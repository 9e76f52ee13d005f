import type { Announcement, Authority, Position } from "./authority.ts";
import { type Clock, within } from "./clock.ts";
import { AuthorityUnavailableError } from "./errors.ts";
import { Journal } from "./journal.ts";

/** An authority that keeps the log of the caches' own invalidations. */
export type SharedLog = Authority & Required<Pick<Authority, "bump" | "flush">>;

/** The part of this process that polls the log. */
export interface Ear {
  /** How far was polled, and in which history; see `Poller`. */
  readonly position: Position | undefined;
  readonly history: string | undefined;
  /** Whether a change of these words, made after `since` had been polled, has come back with a poll, or everything has gone. */
  contains(change: Position, words: readonly string[], since: Position | undefined): boolean;
  /** Resolves when a poll that began after the call has been applied. */
  hear(): Promise<void>;
}

export interface OutboxOptions {
  readonly log: SharedLog;
  readonly ear: Ear;
  /** Lets the other processes know that there is something to poll. */
  readonly signal: () => void;
  readonly clock: Clock;
  /** How long the log may take to record an invalidation before it is put off. */
  readonly timeoutMs: number;
  /** How many different words wait at most; beyond that everything is invalidated. */
  readonly maxWords: number;
}

/** What the log took down. */
interface Recorded {
  /** The number of the change; `undefined` if it has none. */
  readonly seq: number | undefined;
  /** Whether it came back with a poll. Until then it may be lost: to a log that is emptied, or put back as it was before. */
  isHeard(): boolean;
}

/** The part of the journal that is being told, or was and has not come back yet. */
interface Told {
  readonly journal: Journal;
  /** `undefined` as long as the log has not answered. */
  recorded: Recorded | undefined;
}

/**
 * This process's invalidations on their way into the log that all processes poll. Each is recorded, and then waited for: it
 * counts as told when a poll brings it back. What does not get so far in time waits in a journal, and is told before the next
 * poll; until a poll has brought it back this process must not believe anything that others have judged without it.
 */
export class Outbox {
  readonly #options: OutboxOptions;
  #journal: Journal;
  #told: Told | undefined;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#journal = new Journal(options.maxWords);
  }

  /** Whether nothing waits, and all that waited came back. */
  get empty(): boolean {
    return this.#journal.empty && this.#told === undefined;
  }

  /** How many different words wait; 1 if everything must go. */
  get size(): number {
    const all = new Journal(Number.POSITIVE_INFINITY);
    all.merge(this.#journal);
    if (this.#told !== undefined) all.merge(this.#told.journal);
    return all.size;
  }

  announce(words: readonly string[]): Promise<Announcement> {
    return this.#announce(
      () => this.#bump(words),
      () => this.#journal.add(words),
    );
  }

  announceAll(hard: boolean): Promise<Announcement> {
    return this.#announce(
      () => this.#flush(hard),
      () => this.#journal.addEverything(),
    );
  }

  /** With the next poll everything is invalidated. */
  addEverything(): void {
    this.#journal.addEverything();
  }

  /** Tells what waits, if anything does. Rejects if the log does not take it down in time. To be called before a poll, and not during one. */
  tell(): Promise<void> | undefined {
    this.#takeBack();
    return this.#journal.empty ? undefined : this.#tell();
  }

  /** To be called when a poll succeeded. */
  heard(): void {
    if (this.#told?.recorded?.isHeard()) this.#told = undefined;
    else this.#takeBack();
  }

  async #announce(record: () => Promise<Recorded>, putOff: () => void): Promise<Announcement> {
    const { ear, signal } = this.#options;
    try {
      // What could not be told before goes first; until then whoever waits would wait in vain.
      if (!this.empty) throw late();
      const recorded = await this.#inTime(record());
      signal();
      // What was recorded counts here only when it was polled. A message to ourselves would come too late for who waits now.
      await this.#inTime(ear.hear());
      if (!recorded.isHeard()) throw late();
      return { reach: "done", seq: recorded.seq };
    } catch {
      putOff();
      return { reach: "deferred", seq: undefined };
    }
  }

  async #tell(): Promise<void> {
    const { signal, timeoutMs, maxWords } = this.#options;
    const told: Told = { journal: this.#journal, recorded: undefined };
    this.#told = told;
    this.#journal = new Journal(maxWords);
    const record = told.journal.everything ? this.#flush(true) : this.#bump(told.journal.words());
    told.recorded = await this.#inTime(record, 4 * timeoutMs);
    signal();
  }

  #takeBack(): void {
    if (this.#told !== undefined) this.#journal.merge(this.#told.journal);
    this.#told = undefined;
  }

  async #bump(words: readonly string[]): Promise<Recorded> {
    const { log, ear } = this.#options;
    const { position } = ear;
    const change = await log.bump(words);
    return { seq: change.seq, isHeard: () => ear.contains(change, words, position) };
  }

  async #flush(hard: boolean): Promise<Recorded> {
    const { log, ear } = this.#options;
    const { history } = ear;
    await log.flush(hard);
    return { seq: undefined, isHeard: () => ear.history !== history };
  }

  #inTime<T>(work: Promise<T>, limitMs = this.#options.timeoutMs): Promise<T> {
    return within(this.#options.clock, limitMs, work, late);
  }
}

const late = () => new AuthorityUnavailableError("The log did not answer in time.");
