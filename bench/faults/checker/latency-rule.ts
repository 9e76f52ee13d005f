import type { Fault, Probe, Read } from "../history/records.ts";
import { faultsAt } from "./faults-at.ts";
import type { Violation } from "./verdict.ts";

/** What trouble with Redis may add to the time that 99 of 100 reads stay below. */
const RISE_LIMIT_MS = 100;
/** Of fewer reads or probes the slowest hundredth is some accidents of the machine. */
const FEWEST = 3_000;

export interface Latency {
  readonly calm: number;
  readonly redis: number;
  /** How much slower reads were during trouble with Redis, less how much slower the bare server was. */
  readonly riseMs: number;
}

/**
 * The 99th percentile of reads while only Redis was in trouble, beside that of calm times. The bare server's, asked at the same
 * times, is taken off, so that what others do to the machine does not count.
 */
export function measureLatency(reads: readonly Read[], faults: readonly Fault[], probes: readonly Probe[]): Latency | undefined {
  const split = (all: readonly (Read | Probe)[]) => {
    const calm: number[] = [];
    const redis: number[] = [];
    for (const { start, end } of all) {
      const near = faultsAt(faults, { start, end });
      if (near.length === 0) calm.push(end - start);
      else if (near.every(({ strikes }) => strikes === "redis" || strikes === "bus")) redis.push(end - start);
    }
    return { calm, redis };
  };
  const site = split(reads.filter(({ status }) => status !== undefined));
  const bare = split(probes);
  if ([site.calm, site.redis, bare.calm, bare.redis].some(({ length }) => length < FEWEST)) return undefined;
  const calm = p99(site.calm);
  const redis = p99(site.redis);
  return { calm, redis, riseMs: redis - calm - Math.max(0, p99(bare.redis) - p99(bare.calm)) };
}

export function judgeLatency(reads: readonly Read[], faults: readonly Fault[], probes: readonly Probe[]): Violation[] {
  const latency = measureLatency(reads, faults, probes);
  if (latency === undefined || latency.riseMs <= RISE_LIMIT_MS) return [];
  const { calm, redis, riseMs } = latency;
  const what = `p99 of reads ${Math.round(redis)} ms during trouble with Redis, ${Math.round(calm)} ms else: ${Math.round(riseMs)} ms more`;
  return [{ rule: "LIMIT", at: faults[0]!.begin, what }];
}

function p99(values: number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.floor(sorted.length * 0.99)]!;
}
