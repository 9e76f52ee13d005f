import type { Freshness, PollAnswer, Position } from "@qrcards/cache";

/** So many changes are remembered; who acknowledges an older one is asked to poll again by every edit. */
const MOST_CHANGES = 10_000;

interface Seen {
  readonly stamp: string;
  /** When this process learnt of it, on the freshness's clock. */
  readonly at: number;
}

/**
 * What this process has polled of the database's history, without a break: against it each acknowledgement is held, as one that
 * was made on another branch of history (before a restore) says nothing of this one.
 */
export class PolledHistory {
  readonly #freshness: Pick<Freshness, "clock" | "on" | "position">;
  readonly #changes = new Map<number, Seen>();
  readonly #ends: readonly (() => void)[];
  #unbrokenSince = Number.POSITIVE_INFINITY;

  constructor(freshness: Pick<Freshness, "clock" | "on" | "position">) {
    this.#freshness = freshness;
    this.#ends = [freshness.on("break", () => this.#restart()), freshness.on("polled", ({ answer }) => this.#add(answer))];
  }

  /** Since when everything polled is one history, on the freshness's clock; `Infinity` before the first poll. */
  get unbrokenSince(): number {
    return this.#unbrokenSince;
  }

  /** Whether this is a position in the history polled, at or after change `seq`. */
  contains({ epoch, seq, stamp }: Position, from: number): boolean {
    return epoch === this.#freshness.position?.epoch && seq >= from && this.has(seq, stamp);
  }

  /** Whether the change is one of this history. */
  has(seq: number, stamp: string): boolean {
    return this.#changes.get(seq)?.stamp === stamp;
  }

  /** An instant, on the freshness's clock, by which the change was committed. `undefined`: this process has not polled so far. */
  committedBy(seq: number): number | undefined {
    const { position } = this.#freshness;
    if (position === undefined || position.seq < seq) return undefined;
    // What is older than all that is remembered was committed before the oldest of that.
    const [oldest] = this.#changes.values();
    return (this.#changes.get(seq) ?? oldest)?.at;
  }

  close(): void {
    for (const end of this.#ends) end();
  }

  #restart(): void {
    this.#changes.clear();
    this.#unbrokenSince = this.#freshness.clock.now();
  }

  #add({ seq, stamp, changes }: PollAnswer): void {
    const at = this.#freshness.clock.now();
    for (const change of changes) this.#remember(change.seq, { stamp: change.stamp, at });
    this.#remember(seq, { stamp, at });
  }

  #remember(seq: number, seen: Seen): void {
    if (this.#changes.has(seq)) return;
    this.#changes.set(seq, seen);
    const [oldest] = this.#changes.keys();
    if (this.#changes.size > MOST_CHANGES) this.#changes.delete(oldest!);
  }
}
