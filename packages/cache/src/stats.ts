import type { BreakerState } from "./breaker.ts";
import type { CoherenceStats } from "./coherence.ts";
import type { LoadOutcome, MissCause, Status } from "./events.ts";

/** Counted since the cache was made, except for what is held now. A snapshot: it does not change. */
export interface Stats {
  /** Reads by how they were answered. `peek` counts only what it serves. */
  readonly reads: Readonly<Record<Status, number>>;
  /** The hits among them that came from the second tier. */
  readonly hitsFromL2: number;
  /** Reads that were served by their TTL alone, as the shared log could not be reached. */
  readonly unverified: number;
  /** Reads that were refused, as nobody could vouch for anything: `AuthorityUnavailableError`. */
  readonly refused: number;
  /** Misses by why nothing was held. */
  readonly misses: Readonly<Record<MissCause, number>>;
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
  /** The same counts of reads and loads for each `policy.family`. */
  readonly families: Readonly<Record<string, FamilyStats>>;
  /** `undefined` without a second tier. */
  readonly l2: SharedStats | undefined;
  /** `undefined` unless this cache keeps itself coherent with others by a shared log. */
  readonly coherence: CoherenceStats | undefined;
  /** `undefined` unless shadow reads are on. */
  readonly shadow: ShadowStats | undefined;
}

/** The reads and loads of one family, or of all. */
export interface FamilyStats {
  readonly reads: Readonly<Record<Status, number>>;
  readonly hitsFromL2: number;
  readonly loads: Readonly<Record<LoadOutcome, number>>;
}

/** What the second tier was asked, and what came of it. */
export interface SharedStats {
  /** Whether it is asked at all: `open` means that it was found not to answer. Writes are judged apart. */
  readonly breaker: BreakerState;
  readonly writeBreaker: BreakerState;
  /**
   * Keys asked for, by what came of it. `refused`: found, but not current. `garbage`: not readable. `late`: waited
   * for until the deadline, in vain. `unavailable`: it answered with an error, or was not asked; this costs no time.
   */
  readonly reads: Readonly<Record<SharedReadOutcome, number>>;
  /** Values put in, by what came of it. `superseded`: the tier had a newer one. `tooLarge`: beyond `maxValueBytes`. `unencodable`: the codec cannot. */
  readonly writes: Readonly<Record<SharedWriteOutcome, number>>;
  /** Bytes of frames, read and written. */
  readonly bytesRead: number;
  readonly bytesWritten: number;
}

/** What came of asking the second tier for a key, see `SharedStats.reads`. */
export type SharedReadOutcome = "accepted" | "over" | "refused" | "missing" | "garbage" | "late" | "unavailable";

/** What came of putting a value into the second tier, see `SharedStats.writes`. */
export type SharedWriteOutcome = "kept" | "superseded" | "tooLarge" | "unencodable" | "unavailable";

/** What sampled reads found when they loaded again what had just been served. */
export interface ShadowStats {
  readonly same: number;
  /** Loads that failed, or during which the entry was replaced: nothing can be said. */
  readonly undecided: number;
  readonly different: number;
  /** How long the values that differed had been held when they were served: counts up to each bound in ms, the last without one. */
  readonly ageOfDifferentMs: readonly { readonly upToMs: number; readonly count: number }[];
}

/** The running counts of one family. Flat fields, as counting must cost nothing beside a hit. */
export class Family {
  readonly name: string;
  hit = 0;
  stale = 0;
  grace = 0;
  negative = 0;
  collapsed = 0;
  miss = 0;
  hitsFromL2 = 0;
  readonly loads = noLoads();

  constructor(name: string) {
    this.name = name;
  }

  snapshot(): FamilyStats {
    const { hit, stale, grace, negative, collapsed, miss, hitsFromL2, loads } = this;
    return { reads: { hit, stale, grace, negative, collapsed, miss }, hitsFromL2, loads: { ...loads } };
  }
}

/** More families than these are counted together, under the name of the last. */
const MOST_FAMILIES = 64;
const OTHERS = "(others)";

/** The families of one cache. Bounded, as their names come from policies. */
export class Families {
  readonly #byName = new Map<string, Family>();

  get(name: string): Family {
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    const family = new Family(this.#byName.size < MOST_FAMILIES ? name : OTHERS);
    if (family.name === OTHERS && this.#byName.has(OTHERS)) return this.#byName.get(OTHERS)!;
    this.#byName.set(family.name, family);
    return family;
  }

  snapshot(): Readonly<Record<string, FamilyStats>> {
    return Object.fromEntries([...this.#byName].map(([name, family]) => [name, family.snapshot()]));
  }

  sum(): FamilyStats {
    const sum = new Family("");
    for (const family of this.#byName.values()) {
      for (const status of ["hit", "stale", "grace", "negative", "collapsed", "miss", "hitsFromL2"] as const) sum[status] += family[status];
      for (const outcome of Object.keys(sum.loads) as LoadOutcome[]) sum.loads[outcome] += family.loads[outcome];
    }
    return sum.snapshot();
  }
}

/** The running counts that no family has. */
export class Counters {
  readonly misses: Record<MissCause, number> = { new: 0, expired: 0, replaced: 0, invalidated: 0, evicted: 0 };
  unverified = 0;
  refused = 0;
  tooLarge = 0;
  evictions = 0;
}

function noLoads(): Record<LoadOutcome, number> {
  return { installed: 0, discarded: 0, failed: 0, "timed-out": 0 };
}
