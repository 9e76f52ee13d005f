import type { LoadOutcome, Status } from "./events.ts";

/** Counted since the cache was made, except for what is held now. A snapshot: it does not change. */
export interface Stats {
  /** Reads by how they were answered. `peek` counts only what it serves. */
  readonly reads: Readonly<Record<Status, number>>;
  /** Reads that were refused, as nobody could vouch for anything: `AuthorityUnavailableError`. */
  readonly refused: number;
  /** Loader calls by how they ended. */
  readonly loads: Readonly<Record<LoadOutcome, number>>;
  /** Values that were larger than the whole tier: returned, not kept. */
  readonly tooLarge: number;
  /** Values and negative entries that had to go so that others fit. */
  readonly evictions: number;
  /** Held now: values, negative entries (not part of `entries`), bytes of both, and loads that can be joined. */
  readonly entries: number;
  readonly negativeEntries: number;
  readonly bytes: number;
  readonly flights: number;
}

/** The running counts. Plain fields, as counting must cost nothing beside a hit. */
export class Counters {
  readonly reads: Record<Status, number> = { hit: 0, stale: 0, grace: 0, negative: 0, collapsed: 0, miss: 0 };
  readonly loads: Record<LoadOutcome, number> = { installed: 0, discarded: 0, failed: 0, "timed-out": 0 };
  refused = 0;
  tooLarge = 0;
  evictions = 0;
}
