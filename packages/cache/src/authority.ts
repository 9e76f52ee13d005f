import type { Clock } from "./clock.ts";
import type { Provenance, Voucher } from "./entry.ts";
import type { Frame } from "./frame.ts";

/** A place in the authority's history of changes. */
export interface Position {
  /** Random, and renewed when everything cached anywhere must go: a hard flush, a restore. */
  readonly epoch: string;
  /** The change counter: it rises with each change, under the lock of the change's own transaction. */
  readonly seq: number;
  /** The random bytes written with that change: they tell it from another that got the same number after a restore. */
  readonly stamp: string;
}

/** One row of the history: the tag that changed. From then on only values of version `seq` or newer are current for it. */
export interface Change {
  readonly seq: number;
  readonly tag: string;
  readonly stamp: string;
  /** A soft flush of the tag: what is older is not current any more, but may stand in while nothing newer can be had. */
  readonly soft?: boolean;
}

/** What the authority says of one database snapshot: `epoch`, `seq` and `stamp` are its head. */
export interface PollAnswer extends Position {
  /** Raised by a soft flush of everything: no entry from before is current, but copies may be kept. */
  readonly generation: number;
  /**
   * Every change with `seq >= since.seq`, ascending. **The one at `since.seq` itself belongs to it**: if it is missing (pruned)
   * or has another stamp (restored), this process knows nothing any more. May be empty when the head is still `since`, or when
   * there was no `since`.
   */
  readonly changes: readonly Change[];
  /**
   * The oldest seq from which on `changes` is complete when there was no `since`: what is older may have been forgotten.
   * Needed only from an authority with `bump`. Default: the head's `seq`.
   */
  readonly completeFrom?: number;
  /** Why everything this process holds must go, where only the authority can see it, e.g. "database file replaced". */
  readonly broken?: string;
}

/**
 * The seam to whoever owns the truth, in practice a change counter in the database. Each answer must come from **one**
 * snapshot that was taken after the call. Rejecting is fine: entries are then served until the lease is over, and no longer.
 */
export interface Authority {
  poll(since: Position | undefined): Promise<PollAnswer>;
  /**
   * What the database says of one tag, from one snapshot taken after the call: enough to tell whether a value from a second
   * tier is current, without loading it. An authority without it has no use of a second tier.
   */
  versionOf?(tag: string): Promise<Reading>;
  /**
   * Records that these tags changed. Only for an authority that keeps the caches' own invalidations instead of watching a
   * database; a value then needs no reading, and is as old as the position at which its load began.
   *
   * @returns the change: `seq` is its number
   */
  bump?(tags: readonly string[]): Promise<Position>;
  /**
   * Records that everything changed: a new generation, or, if `hard`, a new epoch. With it `flush` and `clear` of any cache
   * reach every process, and everything that this authority versions.
   */
  flush?(hard: boolean): Promise<void>;
}

/** What a loader says of the value it returns. All of it must be from the one database snapshot that the value is from. */
export interface Reading {
  /** What the value was made from; the same words as in `Change`. */
  readonly tag: string;
  /** The `seq` of the tag's last change in that snapshot; 0 if it never changed, the head's `seq` if nothing is left to say. */
  readonly version: number;
  /** The stamp of that change. A second tier compares it; this process decides by the head. */
  readonly stamp: string;
  /** The newest change in that snapshot, whichever tag it was of. */
  readonly head: { readonly seq: number; readonly stamp: string };
}

/** A load in the eyes of the knowledge: taken before its first I/O, returned when it is over. */
export interface LoadTicket {
  /** The process generation at its start. */
  readonly generation: number;
  /** How far had been polled at its start: the version of a value that comes without a reading. */
  readonly seq: number;
}

/**
 * What came of asking to install a value. `admitted`: install it, now, before anything else runs. `superseded`: something
 * newer is known. `unknown`: it was read from a history that this process has not polled; read again. `unversioned`: it came
 * without a reading.
 */
export type Admission = "admitted" | "superseded" | "unknown" | "unversioned";

/** What a frame from a second tier is worth: current; over, but good where no newer value can be had; nothing. */
export type FrameVerdict = "current" | "over" | "refused";

/** How far an invalidation got. `deferred`: this process is done, the others will be told when they can be reached again. */
export type Reach = "done" | "deferred";

/** A store of finished things outside of the cache, e.g. of pages made from entries. `MemoryTier` is one. */
export interface Holder {
  /** Whether anything that carries this tag is held: as long as it is, the tag's known version must not be forgotten. */
  holds(tag: string): boolean;
  /** Drop everything. */
  clear(): void;
  /** What this word (`parseWord`) stands for changed: drop what is of a version before `seq`, and let no load from before in. */
  changed?(word: string, seq: number): void;
}

/** What a cache asks of whoever knows what is current: `Freshness` (a database's word), `Coherence` (the caches' own) or `none`. */
export interface Knowledge extends Voucher {
  /** The clock that `leaseUntil` is an instant of. */
  readonly clock: Clock;
  /** Whether what is served is known to be current. If not, it is served by its TTL alone, and counted. */
  readonly verified: boolean;
  /** Names the history that versions are of; see `Poller`. Values go into a second tier only while there is one. */
  readonly history: string | undefined;
  /** Settles, within a bounded time, when a process that has just begun knows enough for its first read; `undefined`: it does. */
  readonly contact: Promise<void> | undefined;
  /** Whether this may be served now. Reads the clock on each call; an answer is good for the turn it was given in. */
  isCurrent(of: Provenance): boolean;
  /** Resolves with a lease in hand, or rejects with `AuthorityUnavailableError` within a bounded time. */
  renew(): Promise<void>;
  /** Must be called before the first I/O of a load: from here on each polled change is remembered for it. */
  begin(): LoadTicket;
  /**
   * Polls if the reading is of a snapshot that was not polled: it is ahead, or of another history. Only polls are knowledge, so
   * a value is neither kept nor handed out before that; else the next read of something else could answer with an older
   * version. Rejects if the poll fails.
   */
  reach(ticket: LoadTicket, reading: Reading | undefined): Promise<void>;
  /**
   * Whether a value of this reading, or, without one, of these words, may be installed. Synchronous, so that nothing can
   * change between the answer and the act.
   */
  admit(ticket: LoadTicket, reading: Reading | undefined, words: () => readonly string[]): Admission;
  end(ticket: LoadTicket): void;
  /** What must be known to judge a frame of this tag, if that takes I/O. Asked while the frame is on its way. */
  ask(ticket: LoadTicket, tag: string | undefined): Promise<Reading | undefined> | undefined;
  /** The judge of frames, given what `ask` answered. Synchronous, as `admit` is. */
  judgeFrame(ticket: LoadTicket, frame: Frame, reading: Reading | undefined): FrameVerdict;
  /**
   * Tells all caches that what these words stand for changed. Never rejects. `seq` is the number of the change, to be the
   * version of a value that is set with it; `undefined` if there is none.
   */
  announce(words: readonly string[]): Promise<Announcement>;
  /**
   * Tells all caches that everything changed; `hard`: and that no copy may be kept. Rejects with `AuthorityUnavailableError` if
   * they neither could be told nor will be.
   */
  announceAll(hard: boolean): Promise<FlushAnnouncement>;
  /** @returns how to take it back */
  addHolder(holder: Holder): () => void;
}

/** How far an announcement got, and the number of the change that it made. */
export interface Announcement {
  readonly reach: Reach;
  readonly seq: number | undefined;
}

/** How far the announcement got that everything changed. */
export interface FlushAnnouncement {
  readonly reach: Reach;
  /** Whether nothing that the second tier holds from before counts as current any more, in any process. */
  readonly voidsTier: boolean;
}

/** The announcement of somebody who has nobody to tell. */
export const NOBODY_TO_TELL: Promise<Announcement> = Promise.resolve({ reach: "done", seq: undefined });
