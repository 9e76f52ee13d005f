export { ManualClock } from "../clock.ts";
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
export { Random } from "./random.ts";
