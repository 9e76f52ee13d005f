import type { Announcement, Authority, Change, Position } from "./authority.ts";
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
  /** Whether it has heard of this epoch's end before: it is there again if the log was put back as it was. */
  isPast(epoch: string): boolean;
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

/** An invalidation on its way: into the log, and back with a poll. Until then it may be lost: to a log that is put back as it was. */
interface Letter {
  /** Resolves when the log has taken it down, to the number of the change; `undefined` if that has none. */
  readonly recorded: Promise<number | undefined>;
  /** A change was polled. */
  hear(change: Change): void;
  isHeard(): boolean;
}

/** The part of the journal that is being told, or was and has not come back yet. */
interface Told {
  readonly journal: Journal;
  readonly letter: Letter;
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
  readonly #letters = new Set<Letter>();

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

  /** To be called with each change that is polled. */
  polled(change: Change): void {
    for (const letter of this.#letters) letter.hear(change);
  }

  /** To be called when a poll succeeded. */
  heard(): void {
    if (this.#told?.letter.isHeard()) this.#forgetTold();
    else this.#takeBack();
  }

  async #announce(send: () => Letter, putOff: () => void): Promise<Announcement> {
    const { ear, signal } = this.#options;
    let letter: Letter | undefined;
    try {
      // What could not be told before goes first; until then whoever waits would wait in vain.
      if (!this.empty) throw late();
      letter = this.#send(send());
      const seq = await this.#inTime(letter.recorded);
      signal();
      // What was recorded counts here only when it was polled. A message to ourselves would come too late for who waits now.
      await this.#inTime(ear.hear());
      if (!letter.isHeard()) throw late();
      return { reach: "done", seq };
    } catch {
      putOff();
      return { reach: "deferred", seq: undefined };
    } finally {
      if (letter !== undefined) this.#letters.delete(letter);
    }
  }

  async #tell(): Promise<void> {
    const { signal, timeoutMs, maxWords } = this.#options;
    const journal = this.#journal;
    this.#journal = new Journal(maxWords);
    const letter = this.#send(journal.everything ? this.#flush(true) : this.#bump(journal.words()));
    this.#told = { journal, letter };
    await this.#inTime(letter.recorded, 4 * timeoutMs);
    signal();
  }

  #takeBack(): void {
    if (this.#told !== undefined) this.#journal.merge(this.#told.journal);
    this.#forgetTold();
  }

  #forgetTold(): void {
    if (this.#told !== undefined) this.#letters.delete(this.#told.letter);
    this.#told = undefined;
  }

  #send(letter: Letter): Letter {
    this.#letters.add(letter);
    return letter;
  }

  #bump(words: readonly string[]): Letter {
    const { log, ear } = this.#options;
    const { position: before } = ear;
    /** The newest change of each word that was polled since. */
    const newest = new Map<string, Change | undefined>(words.map((word) => [word, undefined]));
    let change: Position | undefined;
    const record = async () => {
      change = await log.bump(words);
      return change.seq;
    };
    return {
      recorded: record(),
      hear: (polled) => {
        if (newest.has(polled.tag)) newest.set(polled.tag, polled);
      },
      isHeard: () => {
        const { position } = ear;
        if (change === undefined || position === undefined) return false;
        // A new epoch makes everything go. One that was there before does not.
        if (position.epoch !== change.epoch) return position.epoch !== before?.epoch && !ear.isPast(position.epoch);
        return [...newest.values()].every((polled) => polled !== undefined && isOrCameAfter(polled, change!));
      },
    };
  }

  #flush(hard: boolean): Letter {
    const { log, ear } = this.#options;
    const { history } = ear;
    const record = async () => {
      await log.flush(hard);
      return undefined;
    };
    return { recorded: record(), hear: () => {}, isHeard: () => ear.history !== history };
  }

  #inTime<T>(work: Promise<T>, limitMs = this.#options.timeoutMs): Promise<T> {
    return within(this.#options.clock, limitMs, work, late);
  }
}

/** A log need not know the stamp of each change. Another one with the same number is of another branch of it. */
function isOrCameAfter(polled: Change, { seq, stamp }: Position): boolean {
  return polled.seq > seq || (polled.seq === seq && (polled.stamp === "" || polled.stamp === stamp));
}

const late = () => new AuthorityUnavailableError("The log did not answer in time.");
