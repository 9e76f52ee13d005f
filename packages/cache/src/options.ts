import { none } from "./authorities/none.ts";
import type { Knowledge } from "./authority.ts";
import type { Backend, Connection } from "./backend.ts";
import { Background } from "./background.ts";
import type { BreakerOptions } from "./breaker.ts";
import { type Clock, systemClock } from "./clock.ts";
import { type Codec, json } from "./codec.ts";
import { Coherence, type CoherenceOptions } from "./coherence.ts";
import { Departures } from "./departures.ts";
import type { Entry } from "./entry.ts";
import { CacheOptionError } from "./errors.ts";
import { CacheEventSource } from "./events.ts";
import { Flights } from "./flight.ts";
import { Guard } from "./guard.ts";
import { parseNamespace } from "./key.ts";
import { DEFAULT_POLICY, type FullPolicy, fillPolicy, type Policy } from "./policy.ts";
import { checkPolling } from "./poller.ts";
import { Shadow } from "./shadow.ts";
import { Shared } from "./shared.ts";
import { Counters, Families } from "./stats.ts";
import type { Tier } from "./tier.ts";
import { type Eviction, MemoryTier } from "./tiers/memory.ts";

/** The second tier: a backend alone, or with what can be chosen about it. */
export interface L2Options {
  /** E.g. `redis({ url })` of `@qrcards/cache/redis`. */
  readonly backend: Backend;
  /** How long anything may wait for it, in milliseconds. Default 50. */
  readonly deadlineMs?: number;
  /** When it is no longer asked, and when again. */
  readonly breaker?: Omit<BreakerOptions, "onChange">;
  /** The largest encoded value that is put there, in bytes. Default 1 MiB. */
  readonly maxValueBytes?: number;
  /** The codec of all policies that name none. Default `json`. */
  readonly codec?: Codec;
  /** How this cache and the others of its namespace hear of each other's invalidations. Not together with `freshness`. */
  readonly coherence?: Omit<CoherenceOptions, "log" | "bus" | "clock">;
}

/** What a cache is made of. Only its name has no default. */
export interface CacheOptions {
  /** Names this cache: 1 to 64 letters, digits and `. _ -`. Whoever shares a second tier shares values with the same name. */
  readonly namespace: string;
  /** The bounds of the tier in this process's memory. */
  readonly l1?: {
    /** The most values held at once. Default 10,000. */
    readonly maxEntries?: number;
    /** The most that all values together may take; negative entries may take a tenth of it on top. Default 64 MiB. */
    readonly maxBytes?: number;
    /** The most negative entries. Apart from the values, which unknown keys therefore cannot push out. Default 1,000. */
    readonly maxNegativeEntries?: number;
    /** What goes first when it is full, see `MemoryTierOptions`. Default `second-chance`. */
    readonly eviction?: Eviction;
  };
  /** The tier that processes share. Default none. */
  readonly l2?: Backend | L2Options;
  /**
   * Who says what is current, see `createFreshness`. Default: with a second tier the log of invalidations that its backend
   * keeps; without one nobody, then the TTL is the guarantee.
   */
  readonly freshness?: Knowledge;
  /** Defaults for all reads of this cache. */
  readonly policy?: Policy;
  /** Whether values made of plain objects and arrays are frozen. Default: yes, unless `NODE_ENV` is `production`. */
  readonly freeze?: boolean;
  /** The part of the hits, 0 to 1, that is loaded again and compared, see `Stats.shadow`. Default 0. */
  readonly shadowRate?: number;
  /** Default: the clock of `freshness`, else the process's monotonic clock. */
  readonly clock?: Clock;
  /** From 0 up to but not including 1; for jitter and samples. Default `Math.random`. */
  readonly random?: () => number;
}

/** What a cache is made of: the parts that its verbs, one file each, work with. */
export interface Parts {
  readonly namespace: string;
  readonly values: Tier<Entry>;
  readonly negatives: Tier<Entry>;
  readonly shared: Shared | undefined;
  readonly flights: Flights;
  readonly knowledge: Knowledge;
  readonly clock: Clock;
  readonly random: () => number;
  readonly freeze: boolean;
  readonly policy: FullPolicy<unknown>;
  readonly families: Families;
  readonly counters: Counters;
  readonly departures: Departures;
  readonly shadow: Shadow | undefined;
  readonly events: CacheEventSource;
  readonly background: Background;
  /** Under a freshness a value in the second tier can be judged only by its tag's version. */
  readonly needsVersionTag: boolean;
  /** What the cache opened for itself, and closes. */
  readonly coherence: Coherence | undefined;
  readonly connection: Connection | undefined;
  readonly guards: readonly Guard[];
}

/** The policy of one read, filled in and checked. */
export function policyOf<T>({ policy: defaults, needsVersionTag }: Parts, options: Policy<T> | undefined): FullPolicy<T> {
  const policy = fillPolicy(options, defaults);
  if (!needsVersionTag || policy.versionTag !== undefined || policy.tiers === "l1") return policy;
  if (policy.tiers === "l2")
    throw new CacheOptionError('Under a freshness, tiers: "l2" needs a versionTag: nothing there could be judged.');
  return { ...policy, tiers: "l1" };
}

/** How many keys are remembered that are no longer held, to say why. */
const MOST_DEPARTURES = 2_000;

/** Wires the parts, and throws `CacheOptionError` for an option that cannot be. */
export function createParts(options: CacheOptions): Parts {
  const { l1 = {}, freshness, policy, random = Math.random, shadowRate = 0, freeze = process.env.NODE_ENV !== "production" } = options;
  const clock = options.clock ?? freshness?.clock ?? systemClock;
  if (freshness !== undefined && freshness !== none && clock !== freshness.clock)
    throw new CacheOptionError("clock must be the clock of freshness, or be left out.");
  if (!(shadowRate >= 0 && shadowRate <= 1)) throw new CacheOptionError(`shadowRate must be from 0 to 1, not ${shadowRate}.`);
  const namespace = parseNamespace(options.namespace);
  const full = fillPolicy(policy, DEFAULT_POLICY);
  const counters = new Counters();
  const departures = new Departures(MOST_DEPARTURES);
  const events = new CacheEventSource(namespace);
  const onEvict = (key: string) => {
    counters.evictions++;
    departures.note(key, { cause: "evicted", at: clock.now() });
    if (events.wants("evict")) events.emit("evict", { key, tier: "l1" });
  };
  const { maxEntries = 10_000, maxBytes = 64 * 2 ** 20, maxNegativeEntries = 1_000, eviction = "second-chance" } = l1;
  const shape = { eviction, sizeOf: (entry: Entry) => entry.sizeBytes, tagsOf: (entry: Entry) => entry.tags, onEvict };
  return {
    namespace,
    values: new MemoryTier({ ...shape, maxEntries, maxBytes }),
    negatives: new MemoryTier({ ...shape, maxEntries: maxNegativeEntries, maxBytes: Math.ceil(maxBytes / 10) }),
    flights: new Flights(),
    clock,
    random,
    freeze,
    policy: full,
    families: new Families(),
    counters,
    departures,
    shadow: shadowRate === 0 ? undefined : new Shadow(shadowRate),
    events,
    background: new Background(),
    needsVersionTag: freshness !== undefined && freshness !== none,
    ...connect(options, namespace, clock, events, random),
  };
}

/** The second tier, and who knows what is current. Last, as it opens a connection. */
function connect(
  { l2, freshness }: CacheOptions,
  namespace: string,
  clock: Clock,
  events: CacheEventSource,
  random: () => number,
): Pick<Parts, "shared" | "knowledge" | "coherence" | "connection" | "guards"> {
  const withoutL2 = { shared: undefined, coherence: undefined, connection: undefined, guards: [] };
  if (l2 === undefined) return { ...withoutL2, knowledge: freshness ?? none };
  if (freshness === none)
    throw new CacheOptionError("With a second tier leave freshness out: without anybody who knows what is current it cannot be believed.");
  const {
    backend,
    deadlineMs = 50,
    breaker,
    maxValueBytes = 2 ** 20,
    codec = json,
    coherence: tuning,
  } = "backend" in l2 ? l2 : { backend: l2 };
  if (freshness !== undefined && tuning !== undefined)
    throw new CacheOptionError("coherence is for a cache without a freshness: with one the database says what is current.");
  const guardOf = (of: "reads" | "writes") =>
    new Guard({
      clock,
      deadlineMs,
      breaker: { ...breaker, onChange: (state) => events.wants("breaker") && events.emit("breaker", { of, state }) },
    });
  const [readGuard, writeGuard] = [guardOf("reads"), guardOf("writes")];
  checkPolling({ ...tuning });
  const connection = backend.connect(namespace);
  const shared = new Shared({ tier: connection.tier, readGuard, writeGuard, codec, maxValueBytes, clock, random });
  const coherence =
    freshness === undefined ? new Coherence({ ...tuning, log: connection.authority, bus: connection.bus, clock }) : undefined;
  return { shared, knowledge: coherence ?? freshness!, coherence, connection, guards: [readGuard, writeGuard] };
}
