import type { Codec } from "./codec.ts";
import { CacheOptionError } from "./errors.ts";
import { checkTags } from "./key.ts";

/** How one kind of value is loaded and kept. What is left out comes from `createCache({ policy })`. */
export interface Policy<T = unknown> {
  /**
   * How long a value is fresh, in milliseconds from its load; hits never renew it. 0: not kept at all. `Infinity`: for as long as
   * it is current and there is room. Without a freshness or a second tier this is the whole guarantee, so choose it. Default 60,000.
   */
  readonly ttlMs?: number | ((value: Exclude<T, undefined>, key: string) => number);
  /** The same for a loader's `undefined`, "there is none", which is kept in this process only. Default 60,000. */
  readonly negativeTtlMs?: number;
  /**
   * The part of `ttlMs`, 0 to 1, by which a value's life is shortened at random, so that what was loaded together is not over
   * together. Default 0.
   */
  readonly jitter?: number;
  /** How much longer than `ttlMs` a value may be served while a newer one is loaded in the background. Default 0. */
  readonly staleWhileRevalidateMs?: number;
  /**
   * How much longer than `ttlMs` a value may be served if its loader fails, or takes longer than `softTimeoutMs`. Under a freshness
   * also while that has no lease and can get none, but for no longer than its `standInMs`. Default 0.
   */
  readonly graceMs?: number;
  /** How long after a failed load no other is tried, while a value can be served in grace. Default 0. */
  readonly graceBackoffMs?: number;
  /** How long a read waits for a load if a value can be served in grace instead; the load goes on. Default `Infinity`. */
  readonly softTimeoutMs?: number;
  /** When a load counts as failed although it has not settled: its waiters get `LoadTimeoutError`, its key is free. Default 30,000. */
  readonly hardTimeoutMs?: number;
  /** The part of `ttlMs`, above 0 and at most 1, after which a hit also starts a load in the background. Default 1: none does. */
  readonly refreshAt?: number;
  /** What `invalidateTags` finds it by; also from the value. A reading's tag is always one of them. Default none. */
  readonly tags?: readonly string[] | ((value: Exclude<T, undefined>, key: string) => readonly string[]);
  /** The memory that the value takes, in bytes. Default: an estimate, made by walking the value or from its encoded size. */
  readonly sizeBytes?: number | ((value: T) => number);
  /** Where it is kept: in this process (`l1`), in the second tier (`l2`), or both. Default both. */
  readonly tiers?: "both" | "l1" | "l2";
  /** As `ttlMs`, for the copy in the second tier. Default: the same as `ttlMs`. */
  readonly l2TtlMs?: number;
  /**
   * Under a freshness: the tag whose version tells whether a value from the second tier is current. Without it such a value
   * cannot be judged, and the second tier is not asked.
   */
  readonly versionTag?: string;
  /** Turns values into bytes for the second tier and back. Default: `createCache({ l2: { codec } })`, else JSON with types. */
  readonly codec?: Codec<T>;
  /**
   * Lets one process at a time load the key, by a lock in the second tier; the others wait for its value, for half of
   * `hardTimeoutMs` at most, and then load for themselves in what is left of it. Should the holder die, another takes over after
   * `lockTtlMs`. Default false: each process loads for itself.
   */
  readonly fillLock?: boolean;
  /** How long a fill lock lasts at most. Default 10,000. */
  readonly lockTtlMs?: number;
  /** Under which name reads and loads are counted in `stats().families`. Default "default". */
  readonly family?: string;
}

/** What concerns one read alone. */
export interface ReadOptions<T = unknown> extends Policy<T> {
  /** When aborted, this read rejects with the signal's reason. The load goes on, for all others. */
  readonly signal?: AbortSignal | undefined;
}

type Optional = "sizeBytes" | "l2TtlMs" | "versionTag" | "codec";

/** A policy with nothing left out that has a default. */
export type FullPolicy<T> = Required<Omit<Policy<T>, Optional>> & Pick<Policy<T>, Optional>;

export const DEFAULT_POLICY: FullPolicy<unknown> = {
  ttlMs: 60_000,
  negativeTtlMs: 60_000,
  jitter: 0,
  staleWhileRevalidateMs: 0,
  graceMs: 0,
  graceBackoffMs: 0,
  softTimeoutMs: Number.POSITIVE_INFINITY,
  hardTimeoutMs: 30_000,
  refreshAt: 1,
  tags: [],
  tiers: "both",
  fillLock: false,
  lockTtlMs: 10_000,
  family: "default",
};

const DURATIONS = [
  "ttlMs",
  "negativeTtlMs",
  "staleWhileRevalidateMs",
  "graceMs",
  "graceBackoffMs",
  "softTimeoutMs",
  "hardTimeoutMs",
  "l2TtlMs",
  "lockTtlMs",
] as const;

/** Fills in and checks a policy. Only a miss gets here: a hit never looks at its policy. */
export function fillPolicy<T>(policy: Policy<T> | undefined, defaults: FullPolicy<unknown>): FullPolicy<T> {
  if (policy === undefined) return defaults as FullPolicy<T>;
  const full = { ...defaults, ...policy } as FullPolicy<T>;
  for (const name of DURATIONS) {
    const given = full[name];
    if (typeof given !== "function" && given !== undefined) checkDuration(name, given);
  }
  if (!(full.jitter >= 0 && full.jitter <= 1)) throw new CacheOptionError(`jitter must be from 0 to 1, not ${full.jitter}.`);
  if (!(full.refreshAt > 0 && full.refreshAt <= 1))
    throw new CacheOptionError(`refreshAt must be more than 0 and at most 1, not ${full.refreshAt}.`);
  if (!["both", "l1", "l2"].includes(full.tiers)) throw new CacheOptionError(`tiers must be "both", "l1" or "l2", not ${full.tiers}.`);
  return full;
}

export function checkDuration(name: string, durationMs: number): void {
  if (!(durationMs >= 0)) throw new CacheOptionError(`${name} must be a number of milliseconds from 0 to Infinity, not ${durationMs}.`);
}

/** The tags of a value, its reading's among them. */
export function tagsOf<T>({ tags }: FullPolicy<T>, value: T, key: string, readingTag: string | undefined): readonly string[] {
  let found: readonly string[] = [];
  if (typeof tags !== "function") found = tags;
  else if (value !== undefined) found = tags(value as Exclude<T, undefined>, key);
  checkTags(found);
  return readingTag === undefined || readingTag === "" || found.includes(readingTag) ? found : [...found, readingTag];
}

/** The tags that are known before the value is. */
export function earlyTagsOf<T>({ tags }: FullPolicy<T>): readonly string[] {
  return typeof tags === "function" ? [] : tags;
}

/** How long a value is fresh, shortened by its jitter. */
export function ttlOf<T>(policy: FullPolicy<T>, value: T, key: string, random: () => number): number {
  if (value === undefined) return policy.negativeTtlMs;
  const { ttlMs, jitter } = policy;
  const given = typeof ttlMs === "function" ? ttlMs(value as Exclude<T, undefined>, key) : ttlMs;
  checkDuration("ttlMs", given);
  return jitter === 0 ? given : given * (1 - jitter * random());
}
