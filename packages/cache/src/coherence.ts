import {
  type Admission,
  type Announcement,
  type Change,
  type FlushAnnouncement,
  type FrameVerdict,
  type Holder,
  type Knowledge,
  type LoadTicket,
  NOBODY_TO_TELL,
  type PollAnswer,
  type Reading,
} from "./authority.ts";
import type { Bus } from "./bus.ts";
import { ChangeLog } from "./change-log.ts";
import { within } from "./clock.ts";
import type { Provenance } from "./entry.ts";
import { AuthorityUnavailableError } from "./errors.ts";
import type { Frame } from "./frame.ts";
import { softly, wordOfKey, wordOfTag } from "./key.ts";
import { Outbox, type SharedLog } from "./outbox.ts";
import { BREAK, type Break, Poller, type PollOptions } from "./poller.ts";

/** How caches that share a second tier hear of each other's invalidations, and how much of them each remembers. */
export interface CoherenceOptions extends PollOptions {
  readonly log: SharedLog;
  readonly bus: Bus;
  /** How many different keys and tags a process remembers as changed. An L2 value from before them is loaded again. Default 20,000. */
  readonly maxChanges?: number;
  /** How many invalidations are kept while the log cannot be reached; beyond that everything is invalidated. Default 10,000. */
  readonly maxJournal?: number;
  /** How long the log may take to record an invalidation before it is put off. Default 250 ms. */
  readonly announceTimeoutMs?: number;
}

/** How long the first reads of a process wait for it to be connected, and how long between two attempts. */
const CONTACT_WAIT_MS = 50;
const CONTACT_PAUSE_MS = 5;

/** How many hard flushes ago a log that is put back may be from, to be known as such. */
const MOST_PAST_EPOCHS = 100;

/** The version of a value that was loaded before anything was polled. */
const BEFORE_ALL = -1;

/** Counted since it was made, except for the journal's size and the age. */
export interface CoherenceStats {
  /** Whether what is served is known to be current; see `Knowledge.verified`. */
  readonly verified: boolean;
  /** How long the oldest unnoticed change can be ago, in ms: since the start of the last poll that succeeded, `Infinity` before it. */
  readonly stalenessBoundMs: number;
  readonly polls: number;
  readonly pollFailures: number;
  readonly signals: number;
  /** How often messages may have been missed: each subscription, each dead one. */
  readonly gaps: number;
  /** Invalidations that wait for the log to be reachable; 1 if they were so many that everything must go. */
  readonly journal: number;
}

/**
 * What the caches of one namespace know of each other's invalidations. For values that no database versions: each
 * invalidation is a change in a log that all of them poll, at every message of the bus and every `pollEveryMs`.
 *
 * A value is as old as the position that had been polled when its load began, and it is current as long as none of its words
 * (its key, its tags) changed after that. The number is a counter, so clocks play no part; it goes with the value into the
 * second tier, so whoever wrote a value there, and however late, each reader judges it by what changed since. What is held in
 * memory needs no judging on a hit: whatever changes is dropped when it is heard of.
 *
 * Nothing is refused when the log is away: values are then served by their TTL, `verified` is false, the second tier is not
 * believed, and invalidations wait in a journal, which is told before the next poll counts.
 */
export class Coherence extends Poller implements Knowledge {
  readonly leaseUntil = Number.POSITIVE_INFINITY;
  /** Raised whenever everything from before is void. */
  generation = 0;
  verified = false;
  contact: Promise<void> | undefined;

  readonly #outbox: Outbox;
  readonly #unsubscribe: () => void;
  readonly #holders = new Set<Holder>();
  readonly #changes: ChangeLog;
  readonly #counts = { polls: 0, pollFailures: 0, signals: 0, gaps: 0 };
  #anySoft = false;
  /** Those that this process has seen end. */
  readonly #pastEpochs = new Set<string>();
  #cancelLapse = () => {};

  constructor({ log, bus, maxChanges = 20_000, maxJournal = 10_000, announceTimeoutMs = 250, ...options }: CoherenceOptions) {
    super(log, options);
    this.#changes = new ChangeLog(maxChanges);
    // Nobody waits for it but `close`, which must not wait for a bus that hangs.
    const signal = () => this.background.run(within(this.clock, announceTimeoutMs, bus.signal(), late));
    this.#outbox = new Outbox({ log, ear: this, signal, clock: this.clock, timeoutMs: announceTimeoutMs, maxWords: maxJournal });
    this.#unsubscribe = bus.subscribe((what) => {
      this.#counts[what === "gap" ? "gaps" : "signals"]++;
      this.#hearSoon();
    });
    this.contact = this.#meet();
    this.background.run(this.contact);
  }

  stats(): CoherenceStats {
    const stalenessBoundMs = this.clock.now() - this.verifiedAt;
    return { verified: this.verified, stalenessBoundMs, ...this.#counts, journal: this.#outbox.size };
  }

  /** As a poller, and makes one last attempt to tell what is in the journal. */
  override async close(): Promise<void> {
    this.#unsubscribe();
    await super.close();
    this.#cancelLapse();
    this.verified = false;
    await this.#outbox.tell()?.catch(() => {});
    await this.background.close();
  }

  isCurrent(of: Provenance): boolean {
    return this.vouchesFor(of);
  }

  vouchesFor(of: Provenance): boolean {
    return of.generation === this.generation;
  }

  mayStandIn(): boolean {
    return true;
  }

  begin(): LoadTicket {
    return { generation: this.generation, seq: this.position?.seq ?? BEFORE_ALL };
  }

  reach(): Promise<void> {
    return Promise.resolve();
  }

  admit(ticket: LoadTicket, _reading: Reading | undefined, words: () => readonly string[]): Admission {
    if (ticket.generation !== this.generation) return "superseded";
    const { seq } = ticket;
    if (seq === BEFORE_ALL) return "admitted";
    if (!this.#changes.reaches(seq)) return "superseded";
    const all = words();
    return this.#changes.changedSince(seq, all) || this.#expiredSince(seq, all) ? "superseded" : "admitted";
  }

  end(): void {}

  ask(): undefined {
    return undefined;
  }

  judgeFrame(ticket: LoadTicket, frame: Frame): FrameVerdict {
    const { position, history } = this;
    if (!this.#trustsTier || position === undefined || ticket.generation !== this.generation) return "refused";
    if (!frame.epoch.startsWith(`${position.epoch}.`) || !this.#changes.reaches(frame.version)) return "refused";
    const words = [wordOfKey(frame.key), ...frame.tags.map(wordOfTag)];
    if (this.#changes.changedSince(frame.version, words)) return "refused";
    if (frame.epoch !== history) return "over";
    return this.#expiredSince(frame.version, words) ? "over" : "current";
  }

  async announce(words: readonly string[]): Promise<Announcement> {
    if (words.length === 0) return NOBODY_TO_TELL;
    const announced = await this.#outbox.announce(words);
    if (announced.reach === "deferred") {
      // What the second tier gave meanwhile was judged without it.
      for (const word of words) this.#tellHolders(word, Number.POSITIVE_INFINITY);
      this.#hearSoon();
    }
    return announced;
  }

  /** Never rejects. What is put off makes the tier distrusted as a whole until it is told, see `#trustsTier`. */
  async announceAll(hard: boolean): Promise<FlushAnnouncement> {
    const { reach } = await this.#outbox.announceAll(hard);
    if (reach === "deferred") {
      this.generation++;
      if (hard) this.#clearHolders();
      this.#hearSoon();
    }
    return { reach, voidsTier: true };
  }

  isPast(epoch: string): boolean {
    return this.#pastEpochs.has(epoch);
  }

  addHolder(holder: Holder): () => void {
    this.#holders.add(holder);
    return () => this.#holders.delete(holder);
  }

  protected override beginAnew({ epoch, seq, changes, completeFrom }: PollAnswer, reason: Break): void {
    const first = reason === BREAK.first;
    this.generation++;
    // After a break only what changed since the last position is told: what is older belongs to another history, or is lost.
    this.#changes.restart(first ? (completeFrom ?? seq + 1) : seq + 1);
    this.#anySoft = false;
    if (first) for (const change of changes) this.#remember(change);
    this.#clearHolders();
    // An old log was put back. What it had been told since is lost, those who had not polled that do not notice, and its numbers
    // are given for a second time: only another epoch makes an end of it.
    if (reason === BREAK.back || reason === BREAK.another || this.isPast(epoch)) this.#outbox.addEverything();
    if (reason === BREAK.epoch) this.#leave(this.position!.epoch);
  }

  protected override learn({ changes }: PollAnswer, polledSeq: number, generationRose: boolean): void {
    if (generationRose) this.generation++;
    for (const change of changes) {
      if (change.seq <= polledSeq || change.tag === "") continue;
      this.#remember(change);
      this.#tellHolders(change.tag, change.seq);
    }
  }

  /** What waits to be told goes first: a poll that came before it would make this process believe what it knows to be gone. */
  protected override prepare(): Promise<void> | undefined {
    return this.#outbox.tell();
  }

  protected override succeeded(): void {
    this.#counts.polls++;
    this.#outbox.heard();
    // By an alarm, as a hit does not look at the clock for this, and the next poll may hang.
    this.#cancelLapse();
    const leftMs = this.verifiedUntil - this.clock.now();
    this.verified = leftMs > 0;
    this.#cancelLapse = this.clock.after(leftMs, () => {
      this.verified = false;
    });
  }

  protected override failed(): void {
    this.#counts.pollFailures++;
  }

  get #trustsTier(): boolean {
    return this.clock.now() < this.verifiedUntil && this.#outbox.empty;
  }

  #expiredSince(seq: number, words: readonly string[]): boolean {
    return this.#anySoft && this.#changes.changedSince(seq, words.map(softly));
  }

  #leave(epoch: string): void {
    this.#pastEpochs.add(epoch);
    if (this.#pastEpochs.size > MOST_PAST_EPOCHS) this.#pastEpochs.delete(this.#pastEpochs.values().next().value!);
  }

  #tellHolders(word: string, seq: number): void {
    for (const holder of this.#holders) holder.changed?.(word, seq);
  }

  #clearHolders(): void {
    for (const holder of this.#holders) holder.clear();
  }

  #remember(change: Change): void {
    const { tag, seq } = change;
    this.#changes.add(tag, seq);
    this.#anySoft ||= tag.startsWith("~");
    this.#outbox.polled(change);
  }

  #hearSoon(): void {
    if (!this.background.closed) this.background.run(this.hear());
  }

  /** Polls until it succeeds, at most for as long as a first read may wait, and from then on in the background. */
  async #meet(): Promise<void> {
    const giveUpAt = this.clock.now() + CONTACT_WAIT_MS;
    for (let attempt = this.start(); ; attempt = this.hear()) {
      try {
        await within(this.clock, giveUpAt - this.clock.now(), attempt, late);
        break;
      } catch {
        if (this.background.closed || this.clock.now() + CONTACT_PAUSE_MS >= giveUpAt) break;
        await new Promise<void>((resolve) => this.clock.after(CONTACT_PAUSE_MS, resolve));
      }
    }
    this.contact = undefined;
  }
}

const late = () => new AuthorityUnavailableError("The log did not answer in time.");
