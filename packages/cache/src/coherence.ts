import {
  type Admission,
  type Announcement,
  type Authority,
  type Change,
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
import { Journal } from "./journal.ts";
import { softly, wordOfKey, wordOfTag } from "./key.ts";
import { Poller, type PollOptions } from "./poller.ts";

/** An authority that keeps the log of the caches' own invalidations. */
export type SharedLog = Authority & Required<Pick<Authority, "bump" | "flush">>;

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

  readonly #log: SharedLog;
  readonly #bus: Bus;
  readonly #unsubscribe: () => void;
  readonly #announceTimeoutMs: number;
  readonly #maxJournal: number;
  readonly #holders = new Set<Holder>();
  readonly #changes: ChangeLog;
  readonly #counts = { polls: 0, pollFailures: 0, signals: 0, gaps: 0 };
  #anySoft = false;
  #journal: Journal;
  /** The part of the journal that is being told. */
  #telling: Journal | undefined;

  constructor({ log, bus, maxChanges = 20_000, maxJournal = 10_000, announceTimeoutMs = 250, ...options }: CoherenceOptions) {
    super(log, options);
    this.#log = log;
    this.#bus = bus;
    this.#announceTimeoutMs = announceTimeoutMs;
    this.#maxJournal = maxJournal;
    this.#journal = new Journal(maxJournal);
    this.#changes = new ChangeLog(maxChanges);
    this.#unsubscribe = bus.subscribe((what) => {
      this.#counts[what === "gap" ? "gaps" : "signals"]++;
      if (!this.background.closed) this.background.run(this.hear());
    });
    this.contact = this.#meet();
    this.background.run(this.contact);
  }

  stats(): CoherenceStats {
    const journal = this.#journal.size + (this.#telling?.size ?? 0);
    return { verified: this.verified, stalenessBoundMs: this.clock.now() - this.verifiedAt, ...this.#counts, journal };
  }

  /** As a poller, and makes one last attempt to tell what is in the journal. */
  override async close(): Promise<void> {
    this.#unsubscribe();
    await super.close();
    if (this.#journal.empty) return;
    await this.#tell().catch(() => {});
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
    return this.#changes.reaches(seq) && !this.#changes.changedSince(seq, words()) ? "admitted" : "superseded";
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
    return this.#anySoft && this.#changes.changedSince(frame.version, words.map(softly)) ? "over" : "current";
  }

  announce(words: readonly string[]): Promise<Announcement> {
    if (words.length === 0) return NOBODY_TO_TELL;
    const record = async () => (await this.#log.bump(words)).seq;
    return this.#announce(record, (journal) => journal.add(words));
  }

  announceAll(hard: boolean): Promise<Announcement> {
    const record = async () => void (await this.#log.flush(hard));
    return this.#announce(record, (journal) => journal.addEverything());
  }

  addHolder(holder: Holder): () => void {
    this.#holders.add(holder);
    return () => this.#holders.delete(holder);
  }

  protected override beginAnew({ seq, changes, completeFrom }: PollAnswer, first: boolean): void {
    this.generation++;
    // After a break only what changed since the last position is told: what is older belongs to another history, or is lost.
    this.#changes.restart(first ? (completeFrom ?? seq + 1) : seq + 1);
    this.#anySoft = false;
    if (first) for (const change of changes) this.#remember(change);
    for (const holder of this.#holders) holder.clear();
    this.#succeeded();
  }

  protected override learn({ changes }: PollAnswer, polledSeq: number, generationRose: boolean): void {
    if (generationRose) this.generation++;
    for (const change of changes) {
      if (change.seq <= polledSeq || change.tag === "") continue;
      this.#remember(change);
      for (const holder of this.#holders) holder.changed?.(change.tag, change.seq);
    }
    this.#succeeded();
  }

  /** What waits in the journal is told first: a poll that came before it would make this process believe what it knows to be gone. */
  protected override prepare(): Promise<void> | undefined {
    return this.#journal.empty ? undefined : this.#tell();
  }

  protected override failed(): void {
    this.#counts.pollFailures++;
    this.verified = this.clock.now() < this.verifiedUntil;
  }

  get #trustsTier(): boolean {
    return this.clock.now() < this.verifiedUntil && this.#journal.empty && this.#telling === undefined;
  }

  #succeeded(): void {
    this.#counts.polls++;
    this.verified = true;
  }

  #remember({ tag, seq }: Change): void {
    this.#changes.add(tag, seq);
    this.#anySoft ||= tag.startsWith("~");
  }

  async #announce(record: () => Promise<number | undefined>, remember: (journal: Journal) => void): Promise<Announcement> {
    await this.contact;
    try {
      // What could not be told before goes first; until then whoever waits would wait in vain.
      if (!this.#journal.empty || this.#telling !== undefined) throw late();
      const seq = await within(this.clock, this.#announceTimeoutMs, record(), late);
      this.#signal();
      // What was recorded counts here only when it was polled. A message to ourselves would come too late for who waits now.
      await within(this.clock, this.#announceTimeoutMs, this.hear(), late);
      return { reach: "done", seq };
    } catch {
      remember(this.#journal);
      if (!this.background.closed) this.background.run(this.hear());
      return { reach: "deferred", seq: undefined };
    }
  }

  async #tell(): Promise<void> {
    if (this.#telling !== undefined) throw late();
    const telling = this.#journal;
    this.#telling = telling;
    this.#journal = new Journal(this.#maxJournal);
    try {
      const record: Promise<unknown> = telling.everything ? this.#log.flush(true) : this.#log.bump(telling.words());
      await within(this.clock, 4 * this.#announceTimeoutMs, record, late);
      this.#signal();
    } catch (error) {
      this.#journal.merge(telling);
      throw error;
    } finally {
      this.#telling = undefined;
    }
  }

  /** Nobody waits for it but `close`, which must not wait for a bus that hangs. */
  #signal(): void {
    this.background.run(within(this.clock, this.#announceTimeoutMs, this.#bus.signal(), late));
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
