import { type Cache, type Freshness, type Policy, type Versioned, versioned } from "@qrcards/cache";
import type { CacheConfig } from "../config-cache.ts";
import { resolve, type Stay } from "../paths/resolve.ts";
import { policyOf } from "./family-policy.ts";
import { pathKey, tripTag } from "./keys.ts";
import type { CurrentSnapshot, TripService } from "./service.ts";
import type { TripId } from "./types.ts";

/** What is kept of one address: what `paths/resolve` found, in words that need no structure. */
interface KnownPath {
  /** The address, its segments joined by `/`: two that share a hash must not share an answer. */
  readonly path: string;
  /** The address of today of the page that it leads to. The same, unless it is a former one. */
  readonly to: string;
}

export interface KnownPathsDeps {
  readonly cache: Cache;
  readonly freshness: Freshness;
  readonly trips: TripService;
  readonly config: { readonly cache: Pick<CacheConfig, "paths"> };
}

/**
 * Addresses as a family of their own, each an entry of some 300 bytes. A page cannot be made without its trip's structure, so
 * the one reader who is better served by this than by the structure is who asks for a former address of a trip that is not
 * in memory: they are sent on without loading it. Only pages that exist leave an entry, so nobody fills Redis by asking.
 */
export class KnownPaths {
  readonly #cache: Cache;
  readonly #freshness: Freshness;
  readonly #trips: TripService;
  readonly #policy: Policy<KnownPath | undefined>;

  constructor({ cache, freshness, trips, config }: KnownPathsDeps) {
    this.#cache = cache;
    this.#freshness = freshness;
    this.#trips = trips;
    this.#policy = policyOf("path", config.cache.paths);
  }

  /** Where a former address leads today; undefined where only the trip's structure can say, or is in memory anyway. */
  async redirectOf(segments: readonly string[]): Promise<readonly string[] | undefined> {
    const [slug = ""] = segments;
    const [stay] = await this.#trips.tripsAt(slug);
    // Former names of trips can be several trips', each of which may know the rest better: that takes their structures.
    if (stay === undefined || stay.until !== Number.POSITIVE_INFINITY || this.#trips.holds(stay.tripId)) return undefined;
    const { tripId } = stay;
    const path = segments.join("/");
    const known = await this.#cache.getOrLoad(pathKey(tripId, path), () => this.#load(tripId, segments, path, stay), {
      ...this.#policy,
      versionTag: tripTag(tripId),
    });
    return known === undefined || known.path !== path || known.to === path ? undefined : known.to.split("/");
  }

  async #load(tripId: TripId, segments: readonly string[], path: string, stay: Stay): Promise<Versioned<KnownPath | undefined>> {
    const current = await this.#trips.snapshot(tripId);
    const to = current === undefined ? undefined : addressOf(current, segments, stay);
    return versioned(to === undefined ? undefined : { path, to }, this.#readingOf(tripId, current));
  }

  /**
   * What is made of a structure is as current as that: up to the last poll, if it has been judged since. If not, its own
   * change is the last that it knows of, and the answer is kept only if that is still the newest.
   */
  #readingOf(tripId: TripId, current: CurrentSnapshot | undefined) {
    const { position } = this.#freshness;
    const tag = tripTag(tripId);
    const { version = position?.seq ?? 0, stamp = "" } = current?.snapshot ?? {};
    const isJudged = position !== undefined && (current === undefined || this.#freshness.isCurrent(current));
    return { tag, version, stamp, head: isJudged ? position : { seq: version, stamp } };
  }
}

/** Undefined where it leads nowhere, to a grave, to a draft, or is only pieced together: none of that is kept. */
function addressOf({ snapshot }: CurrentSnapshot, [slug, ...rest]: readonly string[], { from }: Stay): string | undefined {
  if (snapshot.slug !== slug) return undefined;
  const resolution = resolve(snapshot, rest, { from, until: Number.POSITIVE_INFINITY });
  if (resolution.kind !== "found" || !resolution.exact || !snapshot.isVisible(resolution.node)) return undefined;
  return snapshot.path(resolution.node).join("/");
}
