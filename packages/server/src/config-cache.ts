import { parseRedisUrl, type RedisPlace } from "./redis-url.ts";

/** In which tiers a family of cached values is kept: this process's memory (L1), Redis (L2), both, or none. */
export type FamilyTiers = "both" | "l1" | "l2" | "none";

/** How one family of values is kept. What versions say comes first: no value is served because its time is not over. */
export interface FamilyConfig {
  readonly tiers: FamilyTiers;
  /** How long a value is kept in memory, in milliseconds; `Infinity`: until something newer is known, or it makes room. */
  readonly l1TtlMs: number;
  /** How long it is kept in Redis at most, in milliseconds. */
  readonly l2TtlMs: number;
  /** The most that are held in memory. */
  readonly maxEntries: number;
  /** The most bytes that those may take. */
  readonly maxBytes: number;
}

export interface CacheConfig {
  /** Where Redis is; undefined: no second tier. */
  readonly redis: RedisPlace | undefined;
  /** What all our keys in Redis begin with. Default `qrcards`. */
  readonly redisPrefix: string;
  /** What goes first when memory is full. Default second chance. */
  readonly eviction: "second-chance" | "lru";
  /** Whole trips. */
  readonly structures: FamilyConfig;
  /** Single addresses. Off by default, see docs/decisions/0006. */
  readonly paths: FamilyConfig;
}

interface Preset {
  readonly eviction: CacheConfig["eviction"];
  readonly structures: FamilyDefaults;
  readonly paths: FamilyDefaults;
}

interface FamilyDefaults {
  readonly tiers: FamilyTiers;
  readonly l1Ttl: string;
  readonly l2Ttl: string;
  readonly entries: number;
  readonly megabytes: number;
}

const PRESETS: Readonly<Record<string, Preset>> = {
  /** 384 MiB hold 5,500 trips of 200 pages. The number of trips is bounded too, for those that are tiny. */
  default: {
    eviction: "second-chance",
    structures: { tiers: "both", l1Ttl: "forever", l2Ttl: "7d", entries: 100_000, megabytes: 384 },
    paths: { tiers: "none", l1Ttl: "forever", l2Ttl: "7d", entries: 50_000, megabytes: 32 },
  },
  /** Sizes, times and families as QRCards' first design had them; it knew no bound in bytes, so that is out of the way. */
  founding: {
    eviction: "lru",
    structures: { tiers: "both", l1Ttl: "1h", l2Ttl: "1h", entries: 1_000, megabytes: 1_024 },
    paths: { tiers: "l2", l1Ttl: "30m", l2Ttl: "30m", entries: 10_000, megabytes: 32 },
  },
};

/** Reads single settings, and notes what is wrong with them. */
export interface SettingsReader {
  text(name: string): string | undefined;
  integer(name: string, fallback: number, from: number, to: number): number;
  problem(message: string): void;
}

export function parseCacheConfig(read: SettingsReader): CacheConfig {
  const presetName = oneOf(read, "QRCARDS_CACHE_PRESET", Object.keys(PRESETS), "default");
  const preset = PRESETS[presetName]!;
  const redisUrl = read.text("REDIS_URL");
  const hasRedis = redisUrl !== undefined;
  return Object.freeze({
    redis: hasRedis ? parseRedisUrl(redisUrl, read.problem) : undefined,
    redisPrefix: parsePrefix(read),
    eviction: oneOf(read, "CACHE_EVICTION", ["second-chance", "lru"], preset.eviction),
    structures: parseFamily(read, hasRedis, "STRUCTURE", "TRIPS", preset.structures),
    paths: parseFamily(read, hasRedis, "PATH", "PATHS", preset.paths),
  });
}

function parseFamily(read: SettingsReader, hasRedis: boolean, name: string, unit: string, defaults: FamilyDefaults): FamilyConfig {
  const { l1Ttl, l2Ttl, entries, megabytes } = defaults;
  // A preset's family that is in Redis alone is off without one; asked for, that is a contradiction.
  const preset = defaults.tiers === "l2" && !hasRedis ? "none" : defaults.tiers;
  const tiers = oneOf(read, `${name}_CACHE_TIERS`, ["both", "l1", "l2", "none"], preset);
  if (tiers === "l2" && !hasRedis) read.problem(`${name}_CACHE_TIERS is "l2", which needs REDIS_URL.`);
  return Object.freeze({
    tiers,
    l1TtlMs: parseDuration(read, `${name}_CACHE_L1_TTL`, l1Ttl),
    l2TtlMs: parseDuration(read, `${name}_CACHE_L2_TTL`, l2Ttl),
    maxEntries: read.integer(`${name}_CACHE_${unit}`, entries, 1, 100_000_000),
    maxBytes: read.integer(`${name}_CACHE_MB`, megabytes, 1, 1_000_000) * 2 ** 20,
  });
}

/** As a cache's namespace has to be, so that no prefix is the beginning of another one's keys. */
function parsePrefix(read: SettingsReader): string {
  const prefix = read.text("REDIS_PREFIX") ?? "qrcards";
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(prefix))
    read.problem(`REDIS_PREFIX is "${prefix}"; it must be 1 to 64 letters, digits or . _ -, beginning with a letter or digit.`);
  return prefix;
}

const UNITS_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function parseDuration(read: SettingsReader, name: string, fallback: string): number {
  const text = read.text(name) ?? fallback;
  if (text === "forever") return Number.POSITIVE_INFINITY;
  const [, count, unit] = /^([1-9]\d{0,5})([smhd])$/.exec(text) ?? [];
  if (count !== undefined && unit !== undefined) return Number(count) * UNITS_MS[unit]!;
  read.problem(`${name} is "${text}"; it must be a time such as 90s, 30m, 1h or 7d, or forever.`);
  return Number.POSITIVE_INFINITY;
}

function oneOf<T extends string>(read: SettingsReader, name: string, choices: readonly T[], fallback: T): T {
  const text = read.text(name);
  const found = text === undefined ? fallback : choices.find((choice) => choice === text);
  if (found === undefined) read.problem(`${name} is "${text}"; it must be one of ${choices.join(", ")}.`);
  return found ?? fallback;
}
