import type { LoadTicket } from "./authority.ts";
import { Entry, NEVER_CURRENT, type Provenance } from "./entry.ts";
import { UnversionedError } from "./errors.ts";
import type { Flight } from "./flight.ts";
import { checkKey } from "./key.ts";
import { type FullPolicy, fillPolicy, type Parts, type Policy } from "./options.ts";
import { estimateBytes } from "./size.ts";
import { Versioned } from "./versioned.ts";

/** The provenance of a value that is for those who wait for it now, and current for nobody else. */
const NOBODY: Provenance = { tag: "", version: 0, generation: NEVER_CURRENT };

/** What became of a value. */
export interface Written<T> {
  readonly entry: Entry<T>;
  readonly held: boolean;
  /** It is of a history that this process has not polled. Reading again may bring one that is. */
  readonly unknown: boolean;
}

/** The only way a value gets in: nothing fenced its flight, the polled history reaches it, and nothing newer is known. */
export async function write<T>(
  parts: Parts,
  flight: Flight<Entry<T>>,
  ticket: LoadTicket,
  loaded: T | Versioned<T>,
  policy: FullPolicy<T>,
): Promise<Written<T>> {
  const { value, reading } = loaded instanceof Versioned ? loaded : { value: loaded, reading: undefined };
  await parts.knowledge.reach(ticket, reading);
  // No await from here to the end: what is true when it is asked must be true when it is acted on.
  const tags = reading === undefined || policy.tags.includes(reading.tag) ? policy.tags : [...policy.tags, reading.tag];
  const admission = parts.knowledge.admit(ticket, reading);
  if (admission === "unversioned") throw new UnversionedError(flight.key);
  if (admission === "admitted" && flight.mayInstall(tags)) {
    return install(parts, flight.key, value, tags, policy, {
      tag: reading?.tag ?? "",
      version: reading?.version ?? 0,
      generation: ticket.generation,
    });
  }
  return { entry: new Entry(value, Number.NEGATIVE_INFINITY, NOBODY, [], 0), held: false, unknown: admission === "unknown" };
}

/** Puts in a value that the caller has, instead of loading it. As a flight, so that what comes during it wins over it. */
export async function put<T>(parts: Parts, key: string, value: T | Versioned<T>, policy: Policy<T> | undefined): Promise<boolean> {
  const { background, flights, knowledge } = parts;
  background.throwIfClosed(`The cache "${parts.namespace}"`);
  checkKey(key);
  const full = fillPolicy(policy, parts.policy);
  let held = false;
  flights.detach(key);
  const flight = flights.open<Entry<T>>(key, full.tags, async (opened) => {
    const ticket = knowledge.begin();
    try {
      const written = await write(parts, opened, ticket, value, full);
      held = written.held;
      return written.entry;
    } finally {
      knowledge.end(ticket);
    }
  });
  background.run(flight.result);
  await flight.result;
  return held;
}

function install<T>(
  parts: Parts,
  key: string,
  value: T,
  tags: readonly string[],
  policy: FullPolicy<T>,
  provenance: Provenance,
): Written<T> {
  const [tier, ttlMs] = value === undefined ? [parts.negatives, policy.negativeTtlMs] : [parts.values, policy.ttlMs];
  const entry = new Entry(value, parts.clock.now() + ttlMs, provenance, tags, sizeOf(key, value, policy));
  parts.values.delete(key);
  parts.negatives.delete(key);
  if (ttlMs === 0) return { entry, held: false, unknown: false };
  const held = tier.set(key, entry);
  if (!held) parts.counters.tooLarge++;
  return { entry, held, unknown: false };
}

function sizeOf<T>(key: string, value: T, { sizeBytes }: FullPolicy<T>): number {
  if (typeof sizeBytes === "number") return sizeBytes;
  return sizeBytes === undefined || value === undefined ? estimateBytes(key, value) : sizeBytes(value);
}
