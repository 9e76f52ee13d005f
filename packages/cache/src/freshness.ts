import {
  type Admission,
  type Announcement,
  type Authority,
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
import type { Provenance } from "./entry.ts";
import { AuthorityUnavailableError } from "./errors.ts";
import type { Frame } from "./frame.ts";
import { History } from "./history.ts";
import { checkDuration } from "./policy.ts";
import { Poller, type PollOptions } from "./poller.ts";

const STAND_IN_MS = 3_600_000;

/** Below this many tags it is not worth looking which of them nobody holds any more. */
const FEWEST_TAGS_TO_SWEEP = 1_024;

/** Whom a freshness asks, and how often. */
export interface FreshnessOptions extends PollOptions {
  readonly authority: Authority;
  /**
   * How long a value may stand in (be served in grace) after it was last known to be current, while the authority is away: until
   * then, and never beyond its policy's grace. Counts from the newest poll that succeeded, or from the soft flush that made it
   * old. 0: nothing ever does. Default 3,600,000, an hour.
   */
  readonly standInMs?: number;
}

/** Wires a freshness. Nothing is polled before `start()` or the first read. */
export function createFreshness(options: FreshnessOptions): Freshness {
  return new Freshness(options);
}

/** What is known of a tag: the lowest version that is still current, and the stamp of that change. */
interface Known {
  readonly version: number;
  readonly stamp: string;
  /** What soft flushes have left behind: versions from `from` on, which were last known to be current at `at`. */
  readonly softened?: { readonly from: number; readonly at: number };
}

/**
 * What this process knows of a database's history, and until when it may believe it. One a process: caches and page stores
 * share it.
 *
 * The idea is a lease on the change counter. A poll that *started* at monotonic time t lets this process serve from memory
 * until t + 0.95 L, so that every committed change, however it was made, is seen everywhere within L. Only polls are
 * knowledge: nothing else that is heard, read or loaded ever makes a value current, it can only cause a poll.
 *
 * Nearly each line is there for an interleaving that would otherwise serve an old value; the simulation in `test/simulation`
 * takes them out one by one and shows which.
 */
export class Freshness extends Poller implements Knowledge {
  /** Raised whenever everything from before is void. An entry of another generation is never current. */
  generation = 0;
  /** A value whose lease is over is refused, not served unverified: so whatever is served was verified. */
  readonly verified = true;
  readonly contact = undefined;

  readonly #authority: Authority;
  readonly #standInMs: number;
  /** Until when generations that a soft flush has ended were known to be current; those that may still stand in. */
  readonly #endedAt = new Map<number, number>();
  readonly #holders = new Set<Holder>();
  /** For each tag of which something is held. A tag that is missing is not current. */
  readonly #known = new Map<string, Known>();
  #sweepAt = FEWEST_TAGS_TO_SWEEP;
  /** The questions for a tag that are under way. */
  readonly #asked = new Map<string, Promise<Reading | undefined>>();
  /** What was polled since the oldest load in progress began. */
  readonly #history = new History();

  /** @throws CacheOptionError */
  constructor({ authority, standInMs = STAND_IN_MS, ...options }: FreshnessOptions) {
    super(authority, options);
    checkDuration("standInMs", standInMs);
    this.#authority = authority;
    this.#standInMs = standInMs;
  }

  /** From this instant on nothing is current until a poll has succeeded. */
  get leaseUntil(): number {
    return this.verifiedUntil;
  }

  /** How many tags are known: bounded by what the holders hold, see `addHolder`. */
  get knownTags(): number {
    return this.#known.size;
  }

  isCurrent(of: Provenance): boolean {
    return this.clock.now() < this.verifiedUntil && this.vouchesFor(of);
  }

  vouchesFor(of: Provenance): boolean {
    const known = this.#known.get(of.tag);
    return known !== undefined && of.version >= known.version && of.generation === this.generation;
  }

  /**
   * Not what is known to have been replaced; what merely nobody can vouch for now, or what a soft flush left behind; and that for
   * `standInMs`. Nor what is no longer held: of that it would not be known.
   */
  mayStandIn(of: Provenance): boolean {
    const known = this.#known.get(of.tag);
    if (known === undefined || of.version < (known.softened?.from ?? known.version)) return false;
    const generationUntil =
      of.generation === this.generation ? this.verifiedAt : (this.#endedAt.get(of.generation) ?? Number.NEGATIVE_INFINITY);
    const currentUntil = of.version < known.version ? Math.min(known.softened!.at, generationUntil) : generationUntil;
    return this.clock.now() < currentUntil + this.#standInMs;
  }

  begin(): LoadTicket {
    return this.#history.open(this.generation, this.position);
  }

  async reach(ticket: LoadTicket, reading: Reading | undefined): Promise<void> {
    if (reading !== undefined && !this.#history.contains(ticket, reading.head)) await this.hear();
  }

  admit(ticket: LoadTicket, reading: Reading | undefined): Admission {
    if (reading === undefined) return "unversioned";
    if (ticket.generation !== this.generation) return "unknown";
    const { tag, version, stamp, head } = reading;
    if (!this.#history.contains(ticket, head)) return "unknown";
    const newest = Math.max(this.#known.get(tag)?.version ?? -1, this.#history.newestOf(ticket, tag));
    if (version < newest) return "superseded";
    this.#known.set(tag, { version, stamp });
    if (this.#known.size > this.#sweepAt) this.#sweep(tag);
    return "admitted";
  }

  end(ticket: LoadTicket): void {
    this.#history.close(ticket);
  }

  /** What is known of the tag, as far as polls and readings go, else what the database says now; its head is polled before it counts. */
  async ask(ticket: LoadTicket, tag: string | undefined): Promise<Reading | undefined> {
    if (tag === undefined) return undefined;
    const { position } = this;
    const known = this.#known.get(tag);
    if (known !== undefined && position !== undefined && this.clock.now() < this.verifiedUntil) return { tag, ...known, head: position };
    const reading = await this.#versionOf(tag);
    await this.reach(ticket, reading);
    return reading;
  }

  /** Only the very version that the database names, by number and by stamp, of this history. */
  judgeFrame(ticket: LoadTicket, frame: Frame, reading: Reading | undefined): FrameVerdict {
    if (reading === undefined || frame.epoch !== this.history || frame.tag !== reading.tag) return "refused";
    if (frame.version !== reading.version || frame.stamp !== reading.stamp) return "refused";
    return this.admit(ticket, reading) === "admitted" ? "current" : "refused";
  }

  /** Nobody needs to be told: a change of the database is polled by all. */
  announce(): Promise<Announcement> {
    return NOBODY_TO_TELL;
  }

  /** What the authority has no word for, only this process can do: it takes nothing from the second tier until that is cleared. */
  async announceAll(hard: boolean): Promise<FlushAnnouncement> {
    if (this.#authority.flush === undefined) return { reach: "done", voidsTier: false };
    const flush = async () => this.#authority.flush?.(hard);
    try {
      await this.inTime(flush());
    } catch (error) {
      throw new AuthorityUnavailableError("The authority could not record that everything is to go.", { cause: error });
    }
    // It is recorded, so all will see it; only this process must not believe before that what it has polled so far.
    const isPolled = await this.hear().then(
      () => true,
      () => false,
    );
    return { reach: "done", voidsTier: isPolled };
  }

  /** A tag's known version is kept for as long as any holder holds something of it; on a break all holders are cleared. */
  addHolder(holder: Holder): () => void {
    this.#holders.add(holder);
    return () => this.#holders.delete(holder);
  }

  /** Nothing from before may be believed or installed. The generation goes first: it alone makes all of it not current. */
  protected override beginAnew({ seq, stamp }: PollAnswer): void {
    this.generation++;
    this.#endedAt.clear();
    this.#known.clear();
    this.#history.restart();
    for (const holder of this.#holders) holder.clear();
    this.#history.add({ seq, stamp });
  }

  protected override learn({ seq, stamp, changes }: PollAnswer, polledSeq: number, generationRose: boolean): void {
    if (generationRose) this.#endGeneration();
    for (const change of changes) if (change.seq > polledSeq) this.#learnChange(change);
    this.#history.add({ seq, stamp });
  }

  /** Whoever asks for a tag that is being asked for shares the answer. Each judges by its own ticket whether it is of its time. */
  #versionOf(tag: string): Promise<Reading | undefined> {
    const asked = this.#asked.get(tag);
    if (asked !== undefined) return asked;
    const ask = async () => this.#authority.versionOf?.(tag);
    const answer = this.inTime(ask()).finally(() => this.#asked.delete(tag));
    this.#asked.set(tag, answer);
    return answer;
  }

  #endGeneration(): void {
    for (const [generation, endedAt] of this.#endedAt) if (this.clock.now() >= endedAt + this.#standInMs) this.#endedAt.delete(generation);
    this.#endedAt.set(this.generation, this.verifiedAt);
    this.generation++;
  }

  #learnChange(change: Change): void {
    const known = this.#known.get(change.tag);
    if (known !== undefined && change.seq > known.version) {
      const { seq: version, stamp, tag, soft = false } = change;
      const softened = known.softened ?? { from: known.version, at: this.verifiedAt };
      this.#known.set(tag, soft ? { version, stamp, softened } : { version, stamp });
    }
    this.#history.add(change);
  }

  /**
   * Forgets the tags that no holder holds. Loads in progress need none of it: what was polled before they began their
   * snapshot has anyway, and what was polled since is in the history.
   */
  #sweep(admitted: string): void {
    const holders = [...this.#holders];
    for (const tag of this.#known.keys()) {
      if (tag !== admitted && !holders.some((holder) => holder.holds(tag))) this.#known.delete(tag);
    }
    this.#sweepAt = Math.max(FEWEST_TAGS_TO_SWEEP, 2 * this.#known.size);
  }
}
