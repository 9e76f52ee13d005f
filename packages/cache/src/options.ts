import { none } from "./authorities/none.ts";
import type { Knowledge } from "./authority.ts";
import { Background } from "./background.ts";
import type { Clock } from "./clock.ts";
import type { Entry } from "./entry.ts";
import { CacheOptionError } from "./errors.ts";
import { type CacheEvents, Events } from "./events.ts";
import { Flights } from "./flight.ts";
import { parseNamespace } from "./key.ts";
import { Counters } from "./stats.ts";
import type { Tier } from "./tier.ts";
import { MemoryTier } from "./tiers/memory.ts";

/** How long one value is kept, and by what it can be invalidated. What is left out comes from `createCache({ policy })`. */
export interface Policy<T = unknown> {
  /**
   * How long a value may be served, in milliseconds from its load; hits never renew it. 0: not kept at all. `Infinity`: for as
   * long as it is current and there is room. Without a freshness this is the whole guarantee, so choose it. Default 60,000.
   */
  readonly ttlMs?: number;
  /** The same for a loader's `undefined`, "there is none". Default 60,000. */
  readonly negativeTtlMs?: number;
  /** When a load counts as failed although it has not settled: its waiters get `LoadTimeoutError`, its key is free. Default 30,000. */
  readonly hardTimeoutMs?: number;
  /** What `invalidateTags` finds it by. A reading's tag is always one of them. Default none. */
  readonly tags?: readonly string[];
  /** The memory that the value takes, in bytes. Default: an estimate made by walking the value. */
  readonly sizeBytes?: number | ((value: T) => number);
}

export interface CacheOptions {
  /** Names this cache: 1 to 64 letters, digits and `. _ : -`. Two caches that share a second tier must not share this. */
  readonly namespace: string;
  /** The bounds of the tier in this process's memory. */
  readonly l1?: {
    /** The most values held at once. Default 10,000. */
    readonly maxEntries?: number;
    /** The most that all values together may take; negative entries may take a tenth of it on top. Default 64 MiB. */
    readonly maxBytes?: number;
    /** The most negative entries. Apart from the values, which unknown keys therefore cannot push out. Default 1,000. */
    readonly maxNegativeEntries?: number;
  };
  /** Who says what is current, see `createFreshness`. Default: nobody, then the TTL is the guarantee. */
  readonly freshness?: Knowledge;
  /** Defaults for all reads of this cache. */
  readonly policy?: Policy;
  /** Default: the clock of `freshness`, else the process's monotonic clock. */
  readonly clock?: Clock;
}

/** A policy with nothing left out. */
export type FullPolicy<T> = Required<Omit<Policy<T>, "sizeBytes">> & Pick<Policy<T>, "sizeBytes">;

const DEFAULT_POLICY: FullPolicy<unknown> = { ttlMs: 60_000, negativeTtlMs: 60_000, hardTimeoutMs: 30_000, tags: [] };

/** Fills in and checks a policy. Only a miss gets here: a hit never looks at its policy. */
export function fillPolicy<T>(policy: Policy<T> | undefined, defaults: FullPolicy<unknown>): FullPolicy<T> {
  const full = { ...defaults, ...policy } as FullPolicy<T>;
  for (const name of ["ttlMs", "negativeTtlMs", "hardTimeoutMs"] as const) {
    if (!(full[name] >= 0)) throw new CacheOptionError(`${name} must be a number of milliseconds from 0 to Infinity, not ${full[name]}.`);
  }
  return full;
}

/** What a cache is made of: the parts that its verbs, one file each, work with. */
export interface Parts {
  readonly namespace: string;
  readonly values: Tier<Entry>;
  readonly negatives: Tier<Entry>;
  readonly flights: Flights;
  readonly knowledge: Knowledge;
  readonly clock: Clock;
  readonly policy: FullPolicy<unknown>;
  readonly counters: Counters;
  readonly events: Events<CacheEvents>;
  readonly background: Background;
}

/** Wires the parts, and throws `CacheOptionError` for an option that cannot be. */
export function createParts(options: CacheOptions): Parts {
  const { l1 = {}, freshness = none, policy, clock = freshness.clock } = options;
  if (freshness !== none && clock !== freshness.clock) throw new CacheOptionError("clock must be the clock of freshness, or be left out.");
  const { maxEntries = 10_000, maxBytes = 64 * 2 ** 20, maxNegativeEntries = 1_000 } = l1;
  const counters = new Counters();
  const events = new Events<CacheEvents>();
  const onEvict = (key: string) => {
    counters.evictions++;
    if (events.heard.evict) events.emit("evict", { key, tier: "l1" });
  };
  const shape = { sizeOf: (entry: Entry) => entry.sizeBytes, tagsOf: (entry: Entry) => entry.tags, onEvict };
  return {
    namespace: parseNamespace(options.namespace),
    values: new MemoryTier({ ...shape, maxEntries, maxBytes }),
    negatives: new MemoryTier({ ...shape, maxEntries: maxNegativeEntries, maxBytes: Math.ceil(maxBytes / 10) }),
    flights: new Flights(),
    knowledge: freshness,
    clock,
    policy: fillPolicy(policy, DEFAULT_POLICY),
    counters,
    events,
    background: new Background(),
  };
}
