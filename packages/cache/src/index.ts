export { none } from "./authorities/none.ts";
export type {
  Admission,
  Announcement,
  Authority,
  Change,
  FrameVerdict,
  Holder,
  Knowledge,
  LoadTicket,
  PollAnswer,
  Position,
  Reach,
  Reading,
} from "./authority.ts";
export type { Backend, Channel, Connection } from "./backend.ts";
export type { BreakerOptions, BreakerState } from "./breaker.ts";
export type { Bus } from "./bus.ts";
export { type Cache, createCache, type MemoizePolicy } from "./cache.ts";
export { type Clock, ManualClock, systemClock } from "./clock.ts";
export { type Codec, json } from "./codec.ts";
export type { CoherenceOptions, CoherenceStats } from "./coherence.ts";
export type { Departure } from "./departures.ts";
export type { Entry, Lifetime, Provenance, Verdict, Voucher } from "./entry.ts";
export {
  AuthorityUnavailableError,
  CacheClosedError,
  CacheError,
  type CacheErrorCode,
  CacheOptionError,
  CodecError,
  LoadTimeoutError,
  NotConnectedError,
  SharedTierUnavailableError,
  UnversionedError,
} from "./errors.ts";
export type { CacheEvents, FreshnessEvents, LoadOutcome, MissCause, Status, TierName } from "./events.ts";
export type { Explanation, HeldExplanation, SharedExplanation } from "./explain.ts";
export type { Frame } from "./frame.ts";
export { createFreshness, type Freshness, type FreshnessOptions } from "./freshness.ts";
export { treeTags } from "./key.ts";
export { type LoadContext, type Loaded, type Loader, type NotModified, notModified } from "./loader.ts";
export type { CacheOptions, L2Options } from "./options.ts";
export type { Policy, ReadOptions } from "./policy.ts";
export { DEFAULT_LEASE_MS, type PollOptions } from "./poller.ts";
export type { BatchContext, BatchLoader } from "./read-many.ts";
export type { SharedTier } from "./shared-tier.ts";
export type { FamilyStats, ShadowStats, SharedReadOutcome, SharedStats, SharedWriteOutcome, Stats } from "./stats.ts";
export type { Tier } from "./tier.ts";
export { MemoryTier, type MemoryTierOptions } from "./tiers/memory.ts";
export { type Versioned, versioned } from "./versioned.ts";
