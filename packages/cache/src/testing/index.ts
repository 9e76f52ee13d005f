export { ManualClock } from "../clock.ts";
export { type Direction, type FaultProxy, type FaultProxyOptions, type FaultStep, startFaultProxy } from "./fault-proxy.ts";
export { Random } from "./random.ts";
