import { type Clock, DEFAULT_LEASE_MS, type Freshness, type Position } from "@qrcards/cache";
import type { Neighbours } from "./neighbours.ts";
import { PolledHistory } from "./polled-history.ts";
import type { WorkerRegistry } from "./registry.ts";

/** A change is visible everywhere: no worker answers a request that comes from now on from what was before it. */
export interface Visible {
  /** Since the commit. */
  readonly afterMs: number;
  /** How that is known: each worker said that it has polled past the change, or nobody can have a lease from before it any more. */
  readonly by: "acknowledgements" | "lease";
}

/** A change that was committed. */
export interface Commit {
  readonly seq: number;
  /** As its own transaction knows it; undefined where somebody else committed it. */
  readonly stamp?: string;
  /** An instant after the commit, on the freshness's clock. Default: now. */
  readonly at?: number;
}

/** Far more workers than there are; who sends more ids than that is not one of them. */
const MOST_WORKERS = 10_000;

export interface VisibilityDeps {
  readonly freshness: Pick<Freshness, "hear" | "on" | "position" | "clock">;
  readonly registry: Pick<WorkerRegistry, "id" | "list">;
  readonly neighbours: Neighbours;
  /** L, see `PollOptions.leaseMs`. Default 2,000. */
  readonly leaseMs?: number | undefined;
}

/**
 * Waits until a change is visible everywhere: until every worker that is registered after the commit has polled past it, or until
 * every lease from before it is over, L later. So it always ends, whatever is down, and nothing that it hears needs to be true:
 * an acknowledgement counts only if it names a change of the very history that this process has polled.
 */
export class Visibility {
  readonly #freshness: VisibilityDeps["freshness"];
  readonly #registry: VisibilityDeps["registry"];
  readonly #neighbours: Neighbours;
  readonly #clock: Clock;
  readonly #leaseMs: number;
  readonly #polled: PolledHistory;
  /** What came last of each worker. Not what is newest: one that is made up could then hide all that follow. */
  readonly #acknowledged = new Map<string, Position>();
  /** Who waits, and looks again at each acknowledgement. */
  readonly #waiting = new Set<() => void>();
  readonly #watchers = new Set<(visible: Visible) => void>();
  readonly #ends: readonly (() => void)[];

  constructor({ freshness, registry, neighbours, leaseMs = DEFAULT_LEASE_MS }: VisibilityDeps) {
    this.#freshness = freshness;
    this.#registry = registry;
    this.#neighbours = neighbours;
    this.#clock = freshness.clock;
    this.#leaseMs = leaseMs;
    this.#polled = new PolledHistory(freshness);
    this.#ends = [
      freshness.on("break", () => this.#acknowledged.clear()),
      neighbours.onAcknowledgement((id, position) => this.#hear(id, position)),
    ];
  }

  /** Calls the listener for each edit of this process that became visible everywhere. */
  watch(listener: (visible: Visible) => void): void {
    this.#watchers.add(listener);
  }

  /** Never rejects, and resolves within L of the commit. From then on this process, too, serves nothing older. */
  async everywhere(commit: Commit): Promise<Visible> {
    const visible = await this.#wait(commit);
    for (const listener of this.#watchers) listener(visible);
    return visible;
  }

  /**
   * The same for a change that somebody else committed, perhaps long ago. `undefined`: there is no such change.
   *
   * @throws AuthorityUnavailableError if the database cannot be asked
   */
  async everywhereSince(seq: number): Promise<Visible | undefined> {
    await this.#freshness.hear();
    const at = this.#polled.committedBy(seq);
    if (at === undefined) return undefined;
    return this.#wait({ seq, at });
  }

  close(): void {
    for (const end of this.#ends) end();
    this.#polled.close();
  }

  async #wait({ at = this.#clock.now(), ...commit }: Commit): Promise<Visible> {
    this.#neighbours.tell();
    const by = await this.#settled(commit, at);
    return { afterMs: this.#clock.now() - at, by };
  }

  async #settled(commit: Commit, at: number): Promise<Visible["by"]> {
    const done = Promise.withResolvers<Visible["by"]>();
    const cancel = this.#clock.after(at + this.#leaseMs - this.#clock.now(), () => done.resolve("lease"));
    // The clock's timers keep no process alive, but a command that waits here has something to say at the end.
    const awake = setInterval(() => {}, this.#leaseMs);
    let haveAllPolled: (() => boolean) | undefined;
    const look = () => {
      if (haveAllPolled?.()) done.resolve("acknowledgements");
    };
    this.#waiting.add(look);
    // Not awaited: a database that says nothing keeps nobody waiting longer than the leases last.
    this.#expect(commit).then(
      (found) => {
        haveAllPolled = found;
        look();
      },
      () => {},
    );
    try {
      return await done.promise;
    } finally {
      cancel();
      clearInterval(awake);
      this.#waiting.delete(look);
    }
  }

  /**
   * @returns what tells whether everybody has polled past the change by now; undefined if no acknowledgement may count: the change is
   *   not in the history that this process polls (something was restored), or that history is so young that the registry, restored
   *   with it, may not name everybody who still has a lease
   */
  async #expect({ seq, stamp }: Commit): Promise<(() => boolean) | undefined> {
    // Both begin after the commit.
    const [registered] = await Promise.all([this.#registry.list(), this.#freshness.hear()]);
    // A worker is registered itself: if nobody is, somebody has emptied the registry, and those who were in it may have a lease.
    if (registered.length === 0) return this.#registry.id === undefined ? () => true : undefined;
    const { unbrokenSince } = this.#polled;
    if (this.#clock.now() - unbrokenSince < this.#leaseMs) return undefined;
    if (stamp !== undefined && !this.#polled.has(seq, stamp)) return undefined;
    const others = registered.filter((id) => id !== this.#registry.id);
    return () => unbrokenSince === this.#polled.unbrokenSince && others.every((id) => this.#hasPolled(id, seq));
  }

  #hasPolled(id: string, seq: number): boolean {
    const position = this.#acknowledged.get(id);
    return position !== undefined && this.#polled.contains(position, seq);
  }

  #hear(id: string, position: Position): void {
    if (this.#acknowledged.size >= MOST_WORKERS) this.#acknowledged.clear();
    this.#acknowledged.set(id, position);
    if (this.#waiting.size === 0) return;
    const look = () => {
      for (const lookAgain of this.#waiting) lookAgain();
    };
    // It has polled what this process has not: that must be known before it can be said whether it is of the same history.
    const { seq = Number.POSITIVE_INFINITY } = this.#freshness.position ?? {};
    if (position.seq > seq) this.#freshness.hear().then(look, () => {});
    else look();
  }
}
