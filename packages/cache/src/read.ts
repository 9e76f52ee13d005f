import { type Entry, judge } from "./entry.ts";
import type { Status, TierName } from "./events.ts";
import type { Flight } from "./flight.ts";
import { checkKey } from "./key.ts";
import { type Loader, load } from "./load.ts";
import { type FullPolicy, fillPolicy, type Parts, type Policy } from "./options.ts";

/** How often a read looks again because what it waited for is already behind, before it reads for itself alone. */
const MAX_ROUNDS = 3;

/**
 * The read path: L1, else a flight that somebody started, else a load.
 *
 * A hit ends in the first line: no promise, no closure, no options object. Everything else is `readThrough`.
 */
export function read<T>(parts: Parts, key: string, loader: Loader<T>, policy?: Policy<T>): Entry<T> | Promise<Entry<T>> {
  return lookUp<T>(parts, key) ?? readThrough(parts, key, loader, policy);
}

/** What is held for `key` and fresh, positive or negative; counted if it is served. */
export function lookUp<T>(parts: Parts, key: string): Entry<T> | undefined {
  const value = parts.values.get(key);
  if (value !== undefined && judge(value, parts.knowledge, parts.clock) === "fresh")
    return served(parts, key, "hit", "l1", value as Entry<T>);
  const negative = parts.negatives.get(key);
  if (negative !== undefined && judge(negative, parts.knowledge, parts.clock) === "fresh")
    return served(parts, key, "negative", "l1", negative as Entry<T>);
  return undefined;
}

async function readThrough<T>(parts: Parts, key: string, loader: Loader<T>, policy: Policy<T> | undefined): Promise<Entry<T>> {
  const { knowledge, flights, clock, background } = parts;
  background.throwIfClosed(`The cache "${parts.namespace}"`);
  checkKey(key);
  const full = fillPolicy(policy, parts.policy);
  const arrivedAt = flights.tick();
  for (let round = 0; round < MAX_ROUNDS; round++) {
    if (clock.now() >= knowledge.leaseUntil) await renew(parts);
    // Once more: a poll may have made it current again, another load may have ended since.
    const held = lookUp<T>(parts, key);
    if (held !== undefined) return held;

    const joined = flights.find<Entry<T>>(key);
    const flight = joined ?? takeOff(parts, key, loader, full);
    const entry = await flight.result;
    // What was read before this read began may have been replaced before it began: then it must be current to be taken.
    if (flight.readBeganAt > arrivedAt || knowledge.isCurrent(entry))
      return served(parts, key, joined ? "collapsed" : "miss", undefined, entry);
  }
  return served(parts, key, "miss", undefined, await takeOff(parts, key, loader, full, "alone").result);
}

async function renew(parts: Parts): Promise<void> {
  try {
    await parts.knowledge.renew();
  } catch (error) {
    parts.counters.refused++;
    throw error;
  }
}

/** Starts a load: one that everybody who needs this key from now on joins, or one for this reader alone. */
function takeOff<T>(parts: Parts, key: string, loader: Loader<T>, policy: FullPolicy<T>, alone?: "alone"): Flight<Entry<T>> {
  const work = (flight: Flight<Entry<T>>) => load(parts, flight, loader, policy);
  const flight = alone ? parts.flights.openAlone(key, work) : parts.flights.open(key, policy.tags, work);
  parts.background.run(flight.result);
  return flight;
}

function served<T>(parts: Parts, key: string, status: Status, tier: TierName | undefined, entry: Entry<T>): Entry<T> {
  parts.counters.reads[status]++;
  if (parts.events.hears("read")) parts.events.emit("read", { key, status, tier });
  return entry;
}
