import type { Cache } from "@qrcards/cache";
import type { FinishedPage } from "../delivery/finished-page.ts";
import { toTarget } from "../paths/to-target.ts";
import type { Services } from "../services.ts";
import { structureKey } from "../trips/keys.ts";
import type { TripId } from "../trips/types.ts";
import { type Explanation, explainAddress } from "./explain-address.ts";

/** A finished page in the memory of this process. */
export interface HeldPage {
  readonly isCurrent: boolean;
  readonly version: number;
  readonly sizeBytes: number;
}

/** What is held of a trip's structure: in this process, and in Redis. */
export interface HeldStructure {
  readonly tripId: TripId;
  /** As it stands in Redis, whether it is there or not. */
  readonly key: string;
  /** What this process would have answered a reader with right then: what it held, else `miss`. */
  readonly verdict: "fresh" | "stale" | "grace" | "miss";
  /** Why, in one sentence. */
  readonly because: string;
  readonly isLoading: boolean;
  readonly memory: { readonly version: number; readonly ageMs: number; readonly sizeBytes: number } | null;
  /** Null also where there is no Redis, or it does not answer. */
  readonly redis: { readonly version: number; readonly sizeBytes: number } | null;
}

/** How an address is answered, and what each tier of this process held for it before anybody looked. */
export interface ExplanationWithTiers extends Explanation {
  /** Null: none for this very address. */
  readonly page: HeldPage | null;
  /** Of the trip that the answer is of. */
  readonly structure: HeldStructure | null;
  readonly freshness: {
    /** How long what is in memory may be believed without another poll; 0: it may not. */
    readonly leaseMs: number;
    /** The newest change that was polled. */
    readonly seq: number | null;
  };
  readonly pid: number;
}

export interface ExplainDeps {
  readonly services: Pick<Services, "trips" | "cards" | "cache" | "freshness" | "config">;
  /** Finished pages by their address; a process that serves none has none. */
  readonly pages: { get(path: string): FinishedPage | undefined } | undefined;
  readonly statementCount?: () => number;
}

/** Explains an address as `explainAddress` does. To look loads what a reader's request would load. */
export async function explainWithTiers({ services, pages, ...options }: ExplainDeps, address: string): Promise<ExplanationWithTiers> {
  const { cache, freshness, config } = services;
  const page = findPage(pages, freshness, toTarget(address));
  const leaseMs = Math.max(0, freshness.leaseUntil - freshness.clock.now());
  const structures = new Map<TripId, HeldStructure>();
  const beforeStructure = async (tripId: TripId) => {
    if (!structures.has(tripId)) structures.set(tripId, await explainStructure(cache, config.cache.redisPrefix, tripId));
  };
  const explanation = await explainAddress(services, address, { ...options, beforeStructure });
  const { tripId } = explanation.outcome;
  return {
    ...explanation,
    page,
    structure: tripId === null ? null : (structures.get(tripId) ?? null),
    freshness: { leaseMs: Math.round(leaseMs), seq: freshness.position?.seq ?? null },
    pid: process.pid,
  };
}

function findPage(pages: ExplainDeps["pages"], freshness: Services["freshness"], target: string): HeldPage | null {
  const page = pages?.get(target.split("?", 1)[0]!);
  return page === undefined ? null : { isCurrent: freshness.isCurrent(page), version: page.version, sizeBytes: page.sizeBytes };
}

async function explainStructure(cache: Cache, prefix: string, tripId: TripId): Promise<HeldStructure> {
  const { key, verdict, because, loading, l1, l2 } = await cache.explain(structureKey(tripId));
  return {
    tripId,
    key: `${prefix}:${key}`,
    verdict,
    because,
    isLoading: loading,
    memory: l1 === undefined ? null : { version: l1.version, ageMs: Math.round(l1.ageMs), sizeBytes: l1.bytes },
    redis: l2 === undefined ? null : { version: l2.version, sizeBytes: l2.bytes },
  };
}
