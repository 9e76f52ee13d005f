export { ManualClock } from "../clock.ts";
export { type AuthorityContractOptions, authorityContract } from "./contract/authority.ts";
export { type BusContractOptions, busContract } from "./contract/bus.ts";
export { type ContractCase, type ContractOptions, runCases } from "./contract/contract.ts";
export { type SharedTierContractOptions, sharedTierContract } from "./contract/shared-tier.ts";
export { type Direction, type FaultProxy, type FaultProxyOptions, type FaultStep, startFaultProxy } from "./fault-proxy.ts";
export { createMemoryBackend, type MemoryBackend, type MemoryBackendOptions } from "./memory-backend.ts";
export { type MisbehavingAuthority, misbehavingAuthority } from "./misbehaving/authority.ts";
export { type MisbehavingBackend, type MisbehavingConnection, misbehavingBackend } from "./misbehaving/backend.ts";
export { type BusTrouble, type MisbehavingBus, misbehavingBus } from "./misbehaving/bus.ts";
export {
  type MisbehavingSharedTier,
  misbehavingSharedTier,
  type SharedTierTrouble,
  type WrittenFrames,
} from "./misbehaving/shared-tier.ts";
export type { CallTrouble, Misbehaving, MisbehavingOptions } from "./misbehaving/trouble.ts";
export type {
  CacheAdapter,
  CacheNode,
  Counts,
  Feature,
  Load,
  NodeOptions,
  NodePolicy,
  ReadOptions,
  Staleness,
} from "./whole-cache/adapter.ts";
export { type RedisUnderTest, startRedis } from "./whole-cache/redis-server.ts";
export { NotOffered } from "./whole-cache/verdict.ts";
export { type BehaviourContract, type WholeCacheContractOptions, wholeCacheContract } from "./whole-cache/whole-cache-contract.ts";
