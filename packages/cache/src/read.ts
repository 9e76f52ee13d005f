import { type Entry, judge } from "./entry.ts";
import type { Flight } from "./flight.ts";
import { checkKey } from "./key.ts";
import { type Loader, load } from "./load.ts";
import { type FullPolicy, fillPolicy, type Parts, type Policy } from "./options.ts";

/**
 * What is held for `key` and fresh, positive or negative, counted as served. This is all there is to a hit: no promise, no
 * closure, no options object. (The counts are spelt out, as a computed name costs more than the look-up.)
 */
export function lookUp<T>(parts: Parts, key: string): Entry<T> | undefined {
  const { values, negatives, knowledge, clock, counters, events } = parts;
  const value = values.get(key);
  if (value !== undefined && judge(value, knowledge, clock) === "fresh") {
    counters.reads.hit++;
    if (events.heard.read) events.emit("read", { key, status: "hit", tier: "l1" });
    return value as Entry<T>;
  }
  const negative = negatives.get(key);
  if (negative !== undefined && judge(negative, knowledge, clock) === "fresh") {
    counters.reads.negative++;
    if (events.heard.read) events.emit("read", { key, status: "negative", tier: "l1" });
    return negative as Entry<T>;
  }
  return undefined;
}

/** The read path, for whoever found nothing at once: a lease, then what is held, else a flight to join, else a load. */
export async function read<T>(parts: Parts, key: string, loader: Loader<T>, policy: Policy<T> | undefined): Promise<Entry<T>> {
  const { knowledge, flights, clock, background, counters, events } = parts;
  background.throwIfClosed(`The cache "${parts.namespace}"`);
  checkKey(key);
  const full = fillPolicy(policy, parts.policy);
  const arrivedAt = flights.tick();
  for (;;) {
    if (clock.now() >= knowledge.leaseUntil) await renew(parts);
    // A poll may have made it current again, another load may have ended since.
    const held = lookUp<T>(parts, key);
    if (held !== undefined) return held;

    const joined = flights.find<Entry<T>>(key);
    const flight = joined ?? takeOff(parts, key, loader, full);
    const entry = await flight.result;
    // What was read before this read arrived may have been replaced before it arrived: then it must be current to be taken. If
    // it is not, the next round ends it, as no load that is found then began before.
    if (flight.readBeganAt > arrivedAt || (flight.overtakenAt > arrivedAt && knowledge.isCurrent(entry))) {
      const status = joined === undefined ? "miss" : "collapsed";
      counters.reads[status]++;
      if (events.heard.read) events.emit("read", { key, status, tier: undefined });
      return entry;
    }
  }
}

async function renew(parts: Parts): Promise<void> {
  try {
    await parts.knowledge.renew();
  } catch (error) {
    parts.counters.refused++;
    throw error;
  }
}

/** Starts the load that everybody who needs this key from now on joins, until it lands or is detached. */
function takeOff<T>(parts: Parts, key: string, loader: Loader<T>, policy: FullPolicy<T>): Flight<Entry<T>> {
  const flight = parts.flights.open<Entry<T>>(key, policy.tags, (opened) => load(parts, opened, loader, policy));
  parts.background.run(flight.result);
  return flight;
}
