import { type Resolution, resolve } from "../paths/resolve.ts";
import { isSlug } from "../paths/slugify.ts";
import type { CurrentSnapshot, TripService } from "../trips/service.ts";
import type { TripId } from "../trips/types.ts";
import { Trace } from "./trace.ts";

export interface Located {
  readonly current: CurrentSnapshot;
  readonly resolution: Resolution;
  /** Whether the first word is the trip's slug of today. */
  readonly rootIsCurrent: boolean;
}

/**
 * Finds what an address names: the trip that has the first word now, then those that had it, each as it was in its time.
 * The first in which the rest of the address led somewhere answers; else the first that can piece it together; else the
 * first.
 *
 * @returns undefined when no trip ever had the first word
 */
export async function locate(
  trips: Pick<TripService, "tripsAt" | "snapshot">,
  segments: readonly string[],
  trace: Trace = new Trace(),
): Promise<Located | undefined> {
  const [slug, ...rest] = segments;
  // What no trip can be called is not looked for.
  if (slug === undefined || !isSlug(slug)) return undefined;
  let pieced: Located | undefined;
  let first: Located | undefined;
  const asked = new Set<TripId>();
  const stays = await trips.tripsAt(slug);
  trace.did("trip");
  for (const { tripId, ...stay } of stays) {
    const current = await trips.snapshot(tripId);
    trace.did("structure");
    // A trip seen as a draft answers to nobody, so a former holder of its name may.
    if (current === undefined || current.snapshot.state(0) === "draft") continue;
    // Judged by the structure itself: the look-up of the slug may be a moment older.
    const rootIsCurrent = current.snapshot.slug === slug;
    const within = rootIsCurrent && !asked.has(tripId) ? { from: stay.from, until: Number.POSITIVE_INFINITY } : stay;
    asked.add(tripId);
    const located = { current, resolution: resolve(current.snapshot, rest, within), rootIsCurrent };
    trace.did("resolve");
    if (located.resolution.kind === "none") first ??= located;
    else if (located.resolution.exact) return located;
    else pieced ??= located;
  }
  return pieced ?? first;
}
