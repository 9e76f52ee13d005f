import type { Clock } from "./clock.ts";
import { Entry, judge } from "./entry.ts";
import type { MissCause, Status, TierName } from "./events.ts";
import { fill, findStandIn, type Source } from "./fill.ts";
import type { Flight, Landing } from "./flight.ts";
import { checkKey } from "./key.ts";
import type { Loader, SourceLoader } from "./loader.ts";
import { type Parts, policyOf } from "./options.ts";
import { earlyTagsOf, type FullPolicy, type ReadOptions } from "./policy.ts";

/**
 * What is held for `key` and fresh, positive or negative, counted as served. This is all there is to a hit: no promise, no
 * closure, no options object. (The counts are spelt out, as a computed name costs more than the look-up.)
 */
export function lookUp<T>(parts: Parts, key: string): Entry<T> | undefined {
  const { values, negatives, knowledge, clock, counters, events } = parts;
  const value = values.get(key);
  if (value !== undefined && judge(value, knowledge, clock) === "fresh") {
    value.family.hit++;
    if (!knowledge.verified) counters.unverified++;
    if (events.wantsRead) events.emit("read", { key, family: value.family.name, status: "hit", tier: "l1" });
    return value as Entry<T>;
  }
  const negative = negatives.get(key);
  if (negative !== undefined && judge(negative, knowledge, clock) === "fresh") {
    negative.family.negative++;
    if (!knowledge.verified) counters.unverified++;
    if (events.wantsRead) events.emit("read", { key, family: negative.family.name, status: "negative", tier: "l1" });
    return negative as Entry<T>;
  }
  return undefined;
}

/**
 * The read path, for whoever found nothing fresh at once: what may be served all the same, else a flight to join, else one to
 * start. Rejects, and throws nothing. Not async: its promise would only wait for another one, at the price of a quarter of what it
 * costs to join a flight.
 */
export function read<T>(parts: Parts, key: string, loader: Loader<T>, options: ReadOptions<T> | undefined): Promise<Entry<T>> {
  const { contact } = parts.knowledge;
  let policy: FullPolicy<T>;
  try {
    checkKey(key);
    policy = policyOf(parts, options);
  } catch (error) {
    return Promise.reject(error);
  }
  const begin = () => readWith(parts, key, ownSource(parts, key, loader), policy, options?.signal);
  return contact === undefined ? begin() : contact.then(begin);
}

/** As `read`, when all is checked. */
export async function readWith<T>(
  parts: Parts,
  key: string,
  source: Source<T>,
  policy: FullPolicy<T>,
  signal: AbortSignal | undefined,
): Promise<Entry<T>> {
  const { knowledge, flights, clock, background } = parts;
  const arrivedAt = flights.tick();
  for (;;) {
    if (clock.now() >= knowledge.leaseUntil) {
      const standIn = await renewOrStandIn<T>(parts, key);
      if (standIn !== undefined) return served(parts, key, standIn, "grace", "l1", policy);
    }
    // A poll may have made it current again, another load may have ended since.
    const fresh = lookUp<T>(parts, key);
    if (fresh !== undefined) return fresh;
    const cover = findCover<T>(parts, key);
    if (cover?.verdict === "stale") {
      refresh(parts, key, cover.entry, source.loader, policy);
      return served(parts, key, cover.entry, "stale", "l1", policy);
    }
    if (cover !== undefined && clock.now() < cover.entry.retryAt) return served(parts, key, cover.entry, "grace", "l1", policy);

    // Not sooner: this read may have waited, for the first poll, a lease, or another flight.
    background.throwIfClosed(`The cache "${parts.namespace}"`);
    signal?.throwIfAborted();
    const joined = flights.find<T>(key);
    const flight = joined ?? takeOff(parts, key, source, policy);
    let landing: Landing<T> | Entry<T>;
    try {
      landing = await landed(parts, flight, policy, signal);
    } catch (error) {
      // That a set failed is a matter of whoever called it.
      if (flight.isPut) continue;
      throw error;
    }
    if (landing instanceof Entry) return served(parts, key, landing, "grace", "l1", policy);
    // What was read before this read arrived may have been replaced before it arrived: then it must be current to be taken. If
    // it is not, the next round ends it, as no load that is found then began before.
    const { entry, status } = landing;
    if (flight.readBeganAt > arrivedAt || (flight.overtakenAt > arrivedAt && (status === "grace" || knowledge.isCurrent(entry)))) {
      if (status === "stale") refresh(parts, key, entry, source.loader, policy);
      const tier = status === "hit" || status === "stale" ? "l2" : undefined;
      const own = joined === undefined || status === "grace" ? status : "collapsed";
      return served(parts, key, entry, own, tier, policy, own === "miss" ? flight.cause : undefined);
    }
  }
}

/** Whether a hit with this entry is to start a load, so that the entry need never be over. */
export function isDue({ refreshAt }: Entry, clock: Clock): boolean {
  return refreshAt !== Number.POSITIVE_INFINITY && clock.now() >= refreshAt;
}

/**
 * A load in the background, unless one is under way or has just failed: for a value that is served once more meanwhile. The
 * second tier has nothing newer.
 */
export function refresh<T>(parts: Parts, key: string, held: Entry<T>, loader: SourceLoader<T>, policy: FullPolicy<T>): void {
  const { flights, background, clock } = parts;
  if (background.closed || flights.find(key) !== undefined || clock.now() < held.retryAt) return;
  takeOff(parts, key, { findFrame: undefined, loader }, policy);
}

function ownSource<T>(parts: Parts, key: string, loader: Loader<T>): Source<T> {
  const { shared } = parts;
  return { loader, findFrame: shared === undefined ? undefined : () => shared.find(key) };
}

/** What is held though not fresh, if it may be served in one case or another. */
function findCover<T>(parts: Parts, key: string): { readonly entry: Entry<T>; readonly verdict: "stale" | "grace" } | undefined {
  const entry = parts.values.get(key) as Entry<T> | undefined;
  if (entry === undefined) return undefined;
  const verdict = judge(entry, parts.knowledge, parts.clock);
  return verdict === "stale" || verdict === "grace" ? { entry, verdict } : undefined;
}

/** Gets a lease; or, if none can be had, what may be served without; or rejects. */
async function renewOrStandIn<T>(parts: Parts, key: string): Promise<Entry<T> | undefined> {
  try {
    await parts.knowledge.renew();
    return undefined;
  } catch (error) {
    const cover = findCover<T>(parts, key);
    if (cover?.verdict === "grace") return cover.entry;
    parts.counters.refused++;
    throw error;
  }
}

/** Starts the load that everybody who needs this key from now on joins, until it lands or is detached. */
function takeOff<T>(parts: Parts, key: string, source: Source<T>, policy: FullPolicy<T>): Flight<T> {
  const kept = policy.tiers === "l1" ? { ...source, findFrame: undefined } : source;
  const flight = parts.flights.open<T>(key, earlyTagsOf(policy), (opened) => fill(parts, opened, kept, policy));
  flight.cause = whyMissed(parts, key);
  parts.background.run(flight.result);
  return flight;
}

/**
 * What the flight brings, or, once `softTimeoutMs` have passed, what can be served in grace by then. Rejects with the signal's
 * reason when that is aborted. The flight goes on in either case: it belongs to all who wait.
 */
function landed<T>(
  parts: Parts,
  flight: Flight<T>,
  { softTimeoutMs }: FullPolicy<T>,
  signal: AbortSignal | undefined,
): Promise<Landing<T> | Entry<T>> {
  if (signal === undefined && softTimeoutMs === Number.POSITIVE_INFINITY) return flight.result;
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal!.reason);
    const standIn = () => {
      const entry = findStandIn(parts, flight);
      if (entry !== undefined) resolve(entry);
    };
    const cancel = parts.clock.after(softTimeoutMs, () => {
      standIn();
      // The second tier may not have answered yet.
      flight.onFallback(standIn);
    });
    signal?.addEventListener("abort", abort, { once: true });
    const done = () => {
      cancel();
      signal?.removeEventListener("abort", abort);
    };
    flight.result.finally(done).then(resolve, reject);
  });
}

function served<T>(
  parts: Parts,
  key: string,
  entry: Entry<T>,
  status: Status,
  tier: TierName | undefined,
  policy: FullPolicy<T>,
  cause?: MissCause,
): Entry<T> {
  const { knowledge, counters, events, families } = parts;
  const family = families.get(policy.family);
  family[status]++;
  if (status === "hit") family.hitsFromL2++;
  if (!knowledge.verified && status !== "miss" && status !== "collapsed") counters.unverified++;
  if (cause !== undefined) counters.misses[cause]++;
  if (events.wantsRead) events.emit("read", { key, family: family.name, status, tier, ...(cause === undefined ? {} : { cause }) });
  return entry;
}

/** Why nothing is held for the key that could be served: asked before its load puts something there. */
function whyMissed({ values, negatives, knowledge, departures }: Parts, key: string): MissCause {
  const held = values.get(key) ?? negatives.get(key);
  if (held === undefined) return departures.of(key)?.cause ?? "new";
  return knowledge.vouchesFor(held) ? "expired" : "replaced";
}
