import type { Admission, Authority, Change, Holder, Knowledge, LoadTicket, PollAnswer, Position, Reading } from "./authority.ts";
import { Background } from "./background.ts";
import { type Clock, systemClock, within } from "./clock.ts";
import type { Provenance } from "./entry.ts";
import { AuthorityUnavailableError, CacheOptionError } from "./errors.ts";
import { Events, type FreshnessEvents } from "./events.ts";
import { History } from "./history.ts";

/** The part of L that a lease lasts, so that machines whose clocks run at different speeds still agree on L. */
const LEASE_SHARE = 0.95;

/** Below this many tags it is not worth looking which of them nobody holds any more. */
const FEWEST_TAGS_TO_SWEEP = 1_024;

export interface FreshnessOptions {
  readonly authority: Authority;
  /** Default: the process's monotonic clock. */
  readonly clock?: Clock;
  /** L: the longest that any process may serve what the authority no longer says. The same in all processes. Default 2,000 ms. */
  readonly leaseMs?: number;
  /** H: the pause between two polls in the background. Must leave room for several within a lease. Default 400 ms. */
  readonly pollEveryMs?: number;
  /** How long a read whose lease is over waits for a poll before it is refused. Default 150 ms. */
  readonly leaseWaitMs?: number;
}

/** Wires a freshness. Nothing is polled before `start()` or the first read. */
export function createFreshness(options: FreshnessOptions): Freshness {
  return new Freshness(options);
}

/**
 * What this process knows of the authority's history, and until when it may believe it. One a process: caches and page
 * stores share it.
 *
 * The idea is a lease on the change counter. A poll that *started* at monotonic time t lets this process serve from memory
 * until t + 0.95 L, so that every committed change, however it was made, is seen everywhere within L. Only polls are
 * knowledge: nothing else that is heard, read or loaded ever makes a value current, it can only cause a poll.
 *
 * Nearly each line is there for an interleaving that would otherwise serve an old value; the simulation in `test/simulation`
 * takes them out one by one and shows which.
 */
export class Freshness implements Knowledge {
  /** From this instant on nothing is current until a poll has succeeded. */
  leaseUntil = Number.NEGATIVE_INFINITY;
  /** Raised whenever everything from before is void. An entry of another generation is never current. */
  generation = 0;

  /** Caches and page stores that are judged by this lease must live by the same clock. */
  readonly clock: Clock;

  readonly #authority: Authority;
  readonly #leaseMs: number;
  readonly #pollEveryMs: number;
  readonly #leaseWaitMs: number;
  readonly #events = new Events<FreshnessEvents>();
  readonly #background = new Background();
  readonly #holders = new Set<Holder>();

  /** How far this process has polled. */
  #position: Position | undefined;
  /** The authority's own generation at that position. */
  #authorityGeneration: number | undefined;
  /** The lowest version that is still current, for each tag of which something is held. A tag that is missing is not current. */
  readonly #known = new Map<string, number>();
  #sweepAt = FEWEST_TAGS_TO_SWEEP;

  /** What was polled since the oldest load in progress began. */
  readonly #history = new History();

  /** The poll under way. There is never a second one, so answers cannot overtake each other. */
  #polling: Promise<void> | undefined;
  /** The poll that follows it, shared by all who called `hear` meanwhile. */
  #nextPoll: Promise<void> | undefined;
  #renewal: Promise<void> | undefined;
  #started: Promise<void> | undefined;
  #cancelBeat: (() => void) | undefined;

  constructor(options: FreshnessOptions) {
    const { authority, clock = systemClock, leaseMs = 2_000, pollEveryMs = 400, leaseWaitMs = 150 } = options;
    if (!(leaseMs > 0 && pollEveryMs > 0 && pollEveryMs < leaseMs)) throw new CacheOptionError("0 < pollEveryMs < leaseMs must hold.");
    if (!(leaseWaitMs > 0)) throw new CacheOptionError("leaseWaitMs must be more than 0.");
    this.#authority = authority;
    this.clock = clock;
    this.#leaseMs = leaseMs;
    this.#pollEveryMs = pollEveryMs;
    this.#leaseWaitMs = leaseWaitMs;
  }

  /** How far this process has polled; `undefined` before the first poll. */
  get position(): Position | undefined {
    return this.#position;
  }

  /** How many tags are known: bounded by what the holders hold, see `addHolder`. */
  get knownTags(): number {
    return this.#known.size;
  }

  on<K extends keyof FreshnessEvents>(name: K, listener: (event: FreshnessEvents[K]) => void): () => void {
    return this.#events.on(name, listener);
  }

  /**
   * Polls now and from then on every `pollEveryMs`, in the background, without keeping the process alive. Resolves after the
   * first poll, and rejects if that fails; polling goes on all the same.
   */
  start(): Promise<void> {
    this.#started ??= this.#beat();
    return this.#started;
  }

  /** Ends the lease at once, so call it after the last read, and the polling; waits for a poll under way. */
  async close(): Promise<void> {
    this.leaseUntil = Number.NEGATIVE_INFINITY;
    this.#cancelBeat?.();
    await this.#background.close();
  }

  isCurrent(of: Provenance): boolean {
    return this.clock.now() < this.leaseUntil && this.vouchesFor(of);
  }

  vouchesFor(of: Provenance): boolean {
    const known = this.#known.get(of.tag);
    return known !== undefined && of.version >= known && of.generation === this.generation;
  }

  /**
   * "Something changed, ask": resolves when a poll that **started after this call** has been applied. After
   * `await freshness.hear()` nothing that was replaced before the call is judged current in this process, so an editor sees
   * its own edit. Rejects with `AuthorityUnavailableError` if that poll fails; the edit is then seen when the lease is over.
   */
  hear(): Promise<void> {
    if (this.#polling === undefined) return this.#startPoll();
    if (this.#nextPoll !== undefined) return this.#nextPoll;
    // Whoever starts one in the turns before this runs starts it after the call all the same.
    const follow = () => this.#polling ?? this.#startPoll();
    this.#nextPoll = this.#polling.then(follow, follow);
    this.#background.run(this.#nextPoll);
    return this.#nextPoll;
  }

  renew(): Promise<void> {
    if (this.clock.now() < this.leaseUntil) return Promise.resolve();
    this.#renewal ??= this.#pollForLease().finally(() => {
      this.#renewal = undefined;
    });
    return this.#renewal;
  }

  begin(): LoadTicket {
    return this.#history.open(this.generation, this.#position);
  }

  async reach(ticket: LoadTicket, reading: Reading | undefined): Promise<void> {
    if (reading !== undefined && !this.#history.contains(ticket, reading.head)) await this.hear();
  }

  admit(ticket: LoadTicket, reading: Reading | undefined): Admission {
    if (reading === undefined) return "unversioned";
    if (ticket.generation !== this.generation) return "unknown";
    const { tag, version, head } = reading;
    if (!this.#history.contains(ticket, head)) return "unknown";
    const newest = Math.max(this.#known.get(tag) ?? -1, this.#history.newestOf(ticket, tag));
    if (version < newest) return "superseded";
    this.#known.set(tag, version);
    if (this.#known.size > this.#sweepAt) this.#sweep(tag);
    return "admitted";
  }

  end(ticket: LoadTicket): void {
    this.#history.close(ticket);
  }

  /** A tag's known version is kept for as long as any holder holds something of it; on a break all holders are cleared. */
  addHolder(holder: Holder): () => void {
    this.#holders.add(holder);
    return () => this.#holders.delete(holder);
  }

  #beat(): Promise<void> {
    const polled = this.#polling ?? this.#startPoll();
    const again = () => {
      if (this.#background.closed) return;
      this.#cancelBeat = this.clock.after(this.#pollEveryMs, () => this.#background.run(this.#beat()));
    };
    this.#background.run(polled.then(again, again));
    return polled;
  }

  async #pollForLease(): Promise<void> {
    await within(this.clock, this.#leaseWaitMs, this.#polling ?? this.#startPoll(), late);
    if (this.clock.now() >= this.leaseUntil) throw late();
  }

  #startPoll(): Promise<void> {
    const polling = this.#poll().finally(() => {
      this.#polling = undefined;
      // From here on it is too late to share it: the poll that it waits for may begin before the next call.
      this.#nextPoll = undefined;
    });
    this.#polling = polling;
    this.#background.run(polling);
    return polling;
  }

  async #poll(): Promise<void> {
    this.#background.throwIfClosed("The freshness");
    // The lease counts from before the question: the answer is of a snapshot taken after it, however long it travelled.
    const askedAt = this.clock.now();
    let answer: PollAnswer;
    try {
      answer = await within(this.clock, this.#leaseMs, this.#authority.poll(this.#position), late);
    } catch (error) {
      this.#events.emit("pollFailed", { error });
      throw new AuthorityUnavailableError("The authority could not be polled.", { cause: error });
    }
    this.#background.throwIfClosed("The freshness");
    this.#apply(answer);
    this.leaseUntil = Math.max(this.leaseUntil, askedAt + LEASE_SHARE * this.#leaseMs);
  }

  #apply(answer: PollAnswer): void {
    const { epoch, seq, stamp } = answer;
    const broken = findBreak(this.#position, answer);
    if (broken !== undefined) {
      this.#drop();
    } else {
      if (answer.generation !== this.#authorityGeneration) this.generation++;
      const polledSeq = this.#position?.seq ?? -1;
      for (const change of answer.changes) if (change.seq > polledSeq) this.#learn(change);
    }
    this.#position = { epoch, seq, stamp };
    this.#authorityGeneration = answer.generation;
    this.#history.add({ seq, stamp });
    if (broken !== undefined) this.#events.emit("break", { reason: broken });
  }

  /** Nothing from before may be believed or installed. The generation goes first: it alone makes all of it not current. */
  #drop(): void {
    this.generation++;
    this.#known.clear();
    this.#history.restart();
    for (const holder of this.#holders) holder.clear();
  }

  #learn(change: Change): void {
    const known = this.#known.get(change.tag);
    if (known !== undefined && change.seq > known) this.#known.set(change.tag, change.seq);
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

const late = () => new AuthorityUnavailableError("The authority did not answer in time.");

/** Why what this process knows cannot be continued with `answer`, or `undefined` if it can. */
function findBreak(position: Position | undefined, answer: PollAnswer): string | undefined {
  if (position === undefined) return "first poll";
  if (answer.broken !== undefined) return answer.broken;
  if (answer.epoch !== position.epoch) return "the epoch changed";
  if (answer.seq < position.seq) return "the counter went back";
  const stamp = answer.seq === position.seq ? answer.stamp : answer.changes.find((change) => change.seq === position.seq)?.stamp;
  if (stamp === undefined) return "the change polled last is missing";
  if (stamp !== position.stamp) return "the change polled last is another one";
  return undefined;
}
