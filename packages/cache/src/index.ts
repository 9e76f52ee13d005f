export { none } from "./authorities/none.ts";
export type { Admission, Authority, Change, Holder, Knowledge, LoadTicket, PollAnswer, Position, Reading } from "./authority.ts";
export { type Cache, createCache, type MemoizePolicy } from "./cache.ts";
export { type Clock, ManualClock, systemClock } from "./clock.ts";
export type { Entry, Provenance, Voucher } from "./entry.ts";
export {
  AuthorityUnavailableError,
  CacheClosedError,
  CacheError,
  type CacheErrorCode,
  CacheOptionError,
  LoadTimeoutError,
  UnversionedError,
} from "./errors.ts";
export type { CacheEvents, FreshnessEvents, LoadOutcome, Status, TierName } from "./events.ts";
export { createFreshness, type Freshness, type FreshnessOptions } from "./freshness.ts";
export type { LoadContext, Loader } from "./load.ts";
export type { CacheOptions, Policy } from "./options.ts";
export type { Stats } from "./stats.ts";
export type { Tier } from "./tier.ts";
export { MemoryTier, type MemoryTierOptions } from "./tiers/memory.ts";
export { type Versioned, versioned } from "./versioned.ts";
