export { ManualClock } from "../clock.ts";
export { type Direction, type FaultProxy, type FaultProxyOptions, type FaultStep, startFaultProxy } from "./fault-proxy.ts";
export { createMemoryBackend, type MemoryBackend, type MemoryBackendOptions } from "./memory-backend.ts";
export { Random } from "./random.ts";
