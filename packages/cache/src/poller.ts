import type { Authority, PollAnswer, Position } from "./authority.ts";
import { Background } from "./background.ts";
import { type Clock, systemClock, within } from "./clock.ts";
import { AuthorityUnavailableError, CacheOptionError } from "./errors.ts";
import { Events, type FreshnessEvents } from "./events.ts";

/** The part of L that a lease lasts, so that machines whose clocks run at different speeds still agree on L. */
const LEASE_SHARE = 0.95;

/** L, where `PollOptions.leaseMs` says nothing else: for those who have to wait until nobody can have a lease from before. */
export const DEFAULT_LEASE_MS = 2_000;
const POLL_EVERY_MS = 400;
const LEASE_WAIT_MS = 150;

/** How often an authority is polled, and for how long its word is believed. */
export interface PollOptions {
  /** Default: the process's monotonic clock. */
  readonly clock?: Clock;
  /** L: the longest that any process may go without noticing what the authority says. The same in all processes. Default 2,000 ms. */
  readonly leaseMs?: number;
  /** H: the pause between two polls in the background. Must leave room for several within a lease. Default 400 ms. */
  readonly pollEveryMs?: number;
  /** How long a read whose lease is over waits for a poll before it is refused. Default 150 ms. */
  readonly leaseWaitMs?: number;
}

/** Why an answer does not go on from what was polled. The authority may know others, in its own words. */
export const BREAK = {
  first: "first poll",
  epoch: "the epoch changed",
  back: "the counter went back",
  missing: "the change polled last is missing",
  another: "the change polled last is another one",
} as const;
export type Break = (typeof BREAK)[keyof typeof BREAK] | (string & {});

/** @throws CacheOptionError */
export function checkPolling({ leaseMs = DEFAULT_LEASE_MS, pollEveryMs = POLL_EVERY_MS, leaseWaitMs = LEASE_WAIT_MS }: PollOptions): void {
  if (!(leaseMs > 0 && pollEveryMs > 0 && pollEveryMs < leaseMs)) throw new CacheOptionError("0 < pollEveryMs < leaseMs must hold.");
  if (!(leaseWaitMs > 0)) throw new CacheOptionError("leaseWaitMs must be more than 0.");
}

/**
 * Asks an authority again and again how its history goes on: in the background, and at once when somebody hears of a change.
 * A poll that *started* at monotonic time t extends the lease to t + 0.95 L. What is learnt and what the lease is good for is
 * the subclass's business.
 */
export abstract class Poller {
  /** Caches and page stores that are judged by this lease must live by the same clock. */
  readonly clock: Clock;
  /** The end of the lease: from this instant on what was polled may have changed unnoticed, until a poll succeeds. */
  protected verifiedUntil = Number.NEGATIVE_INFINITY;

  protected readonly events = new Events<FreshnessEvents>();
  protected readonly background = new Background();
  readonly #authority: Authority;
  readonly #leaseMs: number;
  readonly #pollEveryMs: number;
  readonly #leaseWaitMs: number;

  /** How far this process has polled. */
  #position: Position | undefined;
  /** Why the newest poll failed; `undefined` if it succeeded. */
  #failure: AuthorityUnavailableError | undefined;
  /** The authority's own generation at that position. */
  #authorityGeneration: number | undefined;
  /** The poll under way. There is never a second one, so answers cannot overtake each other. */
  #polling: Promise<void> | undefined;
  /** The poll that follows it, shared by all who called `hear` meanwhile. */
  #nextPoll: Promise<void> | undefined;
  #renewal: Promise<void> | undefined;
  #started: Promise<void> | undefined;
  #cancelBeat: (() => void) | undefined;

  constructor(authority: Authority, options: PollOptions) {
    checkPolling(options);
    const { clock = systemClock, leaseMs = DEFAULT_LEASE_MS, pollEveryMs = POLL_EVERY_MS, leaseWaitMs = LEASE_WAIT_MS } = options;
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

  /**
   * Names the history that values belong to: the authority's epoch and generation. What a second tier holds from another one
   * is not current. `undefined` before the first poll.
   */
  get history(): string | undefined {
    return this.#position === undefined ? undefined : `${this.#position.epoch}.${this.#authorityGeneration}`;
  }

  /** When the newest poll that succeeded began; minus infinity before the first. */
  protected get verifiedAt(): number {
    return this.verifiedUntil - LEASE_SHARE * this.#leaseMs;
  }

  on<K extends keyof FreshnessEvents>(name: K, listener: (event: FreshnessEvents[K]) => void): () => void {
    return this.events.on(name, listener);
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
    this.verifiedUntil = Number.NEGATIVE_INFINITY;
    this.#cancelBeat?.();
    await this.background.close();
  }

  /**
   * "Something changed, ask": resolves when a poll that **started after this call** has been applied. After `await hear()`
   * nothing that was replaced before the call is judged current in this process, so an editor sees their own edit. Rejects
   * with `AuthorityUnavailableError` if that poll fails; the edit is then seen when the lease is over.
   */
  hear(): Promise<void> {
    if (this.#polling === undefined) return this.#startPoll();
    if (this.#nextPoll !== undefined) return this.#nextPoll;
    // Whoever starts one in the turns before this runs starts it after the call all the same.
    const follow = () => this.#polling ?? this.#startPoll();
    this.#nextPoll = this.#polling.then(follow, follow);
    this.background.run(this.#nextPoll);
    return this.#nextPoll;
  }

  /**
   * Resolves with a lease in hand, or rejects with `AuthorityUnavailableError` within `leaseWaitMs`; at once if the newest poll has
   * failed and others follow in the background anyway. So while the authority is away nobody waits for it, and all is well again
   * with the first poll that it answers.
   */
  renew(): Promise<void> {
    if (this.clock.now() < this.verifiedUntil) return Promise.resolve();
    if (this.#failure !== undefined && this.#started !== undefined) return Promise.reject(this.#failure);
    this.#renewal ??= this.#pollForLease().finally(() => {
      this.#renewal = undefined;
    });
    return this.#renewal;
  }

  /** The answer cannot be joined to what was polled, if anything was: nothing from before may be believed. */
  protected abstract beginAnew(answer: PollAnswer, reason: Break): void;
  /** The answer goes on from what was polled. `generationRose`: a soft flush of everything. */
  protected abstract learn(answer: PollAnswer, polledSeq: number, generationRose: boolean): void;
  /** What must be done before a poll may count. */
  protected prepare(): Promise<void> | undefined {
    return undefined;
  }
  /** A poll succeeded: what it said is learnt, and the lease extended. */
  protected succeeded(): void {}
  /** A poll failed, or what prepares it. */
  protected failed(): void {}

  /** What the authority answers, within L: what comes later would not be believed. */
  protected inTime<T>(answer: Promise<T>): Promise<T> {
    return within(this.clock, this.#leaseMs, answer, late);
  }

  #beat(): Promise<void> {
    const polled = this.#polling ?? this.#startPoll();
    const again = () => {
      if (this.background.closed) return;
      this.#cancelBeat = this.clock.after(this.#pollEveryMs, () => this.background.run(this.#beat()));
    };
    this.background.run(polled.then(again, again));
    return polled;
  }

  async #pollForLease(): Promise<void> {
    await within(this.clock, this.#leaseWaitMs, this.#polling ?? this.#startPoll(), late);
    if (this.clock.now() >= this.verifiedUntil) throw late();
  }

  #startPoll(): Promise<void> {
    const polling = this.#poll().finally(() => {
      this.#polling = undefined;
      // From here on it is too late to share it: the poll that it waits for may begin before the next call.
      this.#nextPoll = undefined;
    });
    this.#polling = polling;
    this.background.run(polling);
    return polling;
  }

  async #poll(): Promise<void> {
    this.background.throwIfClosed("The freshness");
    let askedAt: number;
    let answer: PollAnswer;
    try {
      const prepared = this.prepare();
      if (prepared !== undefined) await prepared;
      // The lease counts from before the question: the answer is of a snapshot taken after it, however long it travelled.
      askedAt = this.clock.now();
      answer = await this.inTime(this.#authority.poll(this.#position));
    } catch (error) {
      this.#failure = new AuthorityUnavailableError("The authority could not be polled.", { cause: error });
      this.failed();
      this.events.emit("pollFailed", { error });
      throw this.#failure;
    }
    this.background.throwIfClosed("The freshness");
    this.#failure = undefined;
    this.#apply(answer);
    this.verifiedUntil = Math.max(this.verifiedUntil, askedAt + LEASE_SHARE * this.#leaseMs);
    this.succeeded();
    if (this.events.wants("polled")) this.events.emit("polled", { answer });
  }

  #apply(answer: PollAnswer): void {
    const { epoch, seq, stamp } = answer;
    const broken = findBreak(this.#position, answer);
    if (broken !== undefined) this.beginAnew(answer, broken);
    else this.learn(answer, this.#position?.seq ?? -1, answer.generation !== this.#authorityGeneration);
    this.#position = { epoch, seq, stamp };
    this.#authorityGeneration = answer.generation;
    if (broken !== undefined) this.events.emit("break", { reason: broken });
  }
}

const late = () => new AuthorityUnavailableError("The authority did not answer in time.");

/** Why what this process knows cannot be continued with `answer`, or `undefined` if it can. */
function findBreak(position: Position | undefined, answer: PollAnswer): Break | undefined {
  if (position === undefined) return BREAK.first;
  if (answer.broken !== undefined) return answer.broken;
  if (answer.epoch !== position.epoch) return BREAK.epoch;
  if (answer.seq < position.seq) return BREAK.back;
  const stamp = answer.seq === position.seq ? answer.stamp : answer.changes.find((change) => change.seq === position.seq)?.stamp;
  if (stamp === undefined) return BREAK.missing;
  if (stamp !== position.stamp) return BREAK.another;
  return undefined;
}
