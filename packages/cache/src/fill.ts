import { type Entry, judge } from "./entry.ts";
import { loadLocked } from "./fill-lock.ts";
import type { Flight, Landing } from "./flight.ts";
import type { Frame } from "./frame.ts";
import { load } from "./load.ts";
import type { SourceLoader } from "./loader.ts";
import type { Parts } from "./options.ts";
import type { FullPolicy } from "./policy.ts";
import { fromFrame } from "./promote.ts";

/** Where the value of one key comes from. One read's own, or its part of a batch. */
export interface Source<T> {
  /** What the second tier holds, in one round trip; never rejects. `undefined`: it is not to be asked. */
  readonly findFrame: (() => Promise<Frame | undefined>) | undefined;
  readonly loader: SourceLoader<T>;
  /** Called when the loader will not be needed. */
  readonly spare?: () => void;
}

/** The work of a flight: the second tier, else the loader, else what may be served in grace. */
export async function fill<T>(parts: Parts, flight: Flight<T>, source: Source<T>, policy: FullPolicy<T>): Promise<Landing<T>> {
  const { flights, values, clock } = parts;
  const { key } = flight;
  flight.readBeganAt = flights.tick();
  const found = source.findFrame === undefined ? undefined : await fromFrame(parts, flight, source.findFrame, policy);
  if (found !== undefined && found.status !== "grace") {
    source.spare?.();
    return found;
  }
  const held = found?.entry ?? (values.get(key) as Entry<T> | undefined);
  if (held !== undefined) flight.fallBackOn(held);
  try {
    if (policy.fillLock && reachesOthers(parts, policy)) return await loadLocked(parts, flight, source.loader, policy, held);
    const { entry } = await load(parts, flight, source.loader, policy, held);
    return { entry, status: "miss" };
  } catch (error) {
    const standIn = findStandIn(parts, flight);
    if (standIn === undefined) throw error;
    if (policy.graceBackoffMs > 0 && values.get(key) === standIn)
      values.set(key, standIn.withLife({ retryAt: clock.now() + policy.graceBackoffMs }));
    return { entry: standIn, status: "grace" };
  }
}

/** Whether other processes could take what is loaded here. */
function reachesOthers<T>({ shared, knowledge }: Parts, { tiers }: FullPolicy<T>): boolean {
  return shared !== undefined && tiers !== "l1" && knowledge.verified;
}

/**
 * What may be served in grace instead of what a flight brings: what was held when it began, or was found in the second tier,
 * unless that was invalidated or replaced since; then the copy that was kept of it, if one was.
 */
export function findStandIn<T>({ values, knowledge, clock }: Parts, flight: Flight<T>): Entry<T> | undefined {
  const { key, fallback } = flight;
  const isSpared = fallback !== undefined && flight.spares(fallback.tags);
  const entry = isSpared ? fallback : (values.get(key) as Entry<T> | undefined);
  const verdict = entry === undefined ? "dead" : judge(entry, knowledge, clock);
  // What is fresh, and was not there before, is another flight's value.
  return verdict === "dead" || (verdict === "fresh" && !isSpared) ? undefined : entry;
}
