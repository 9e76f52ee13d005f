import type { Policy } from "@qrcards/cache";
import type { FamilyConfig } from "../config-cache.ts";

/** The part by which lives are shortened at random, so that what was loaded in one burst is not over in one. */
const JITTER = 0.1;

/** How much longer than its life a value may stand in while the database is away: as long as the freshness lets anything stand in. */
export const GRACE_MS = 3_600_000;

/** A family's settings as the cache takes them. Tiers `none`: each reader loads, or waits for who does. */
export function policyOf<T>(family: string, { tiers, l1TtlMs, l2TtlMs }: FamilyConfig): Policy<T> {
  if (tiers === "none") return { family, tiers: "l1", ttlMs: 0 };
  return { family, tiers, ttlMs: l1TtlMs, l2TtlMs, jitter: JITTER, graceMs: GRACE_MS };
}
