import type { L2Options, Policy } from "../../src/index.ts";
import type { Random } from "./random.ts";

/** How long values live in a run: in some until something newer is known, in others so briefly that copies must do. */
export function choosePolicy(random: Random): Policy {
  const forEver = { hardTimeoutMs: 5_000, ttlMs: Number.POSITIVE_INFINITY, negativeTtlMs: Number.POSITIVE_INFINITY };
  const kind = random.weighted({ forEver: 4, brief: 3, any: 2 });
  if (kind === "forEver") return forEver;
  if (kind === "brief") return { ...forEver, ttlMs: 100, graceMs: 10_000, softTimeoutMs: random.pick([20, Number.POSITIVE_INFINITY]) };
  return {
    ...forEver,
    ttlMs: random.pick([100, 1_000, Number.POSITIVE_INFINITY]),
    negativeTtlMs: random.pick([0, 500]),
    jitter: random.pick([0, 0.5]),
    staleWhileRevalidateMs: random.pick([0, 500]),
    graceMs: random.pick([0, 3_000]),
    graceBackoffMs: random.pick([0, 300]),
    softTimeoutMs: random.pick([20, Number.POSITIVE_INFINITY]),
    refreshAt: random.pick([0.5, 1]),
  };
}

/** How patient a run's processes are with the second tier. */
export function chooseL2(random: Random): Omit<L2Options, "backend"> {
  return { deadlineMs: random.pick([50, 1_000]), breaker: random.pick([{}, { failures: 1_000, retryAfterMs: 1 }]) };
}
