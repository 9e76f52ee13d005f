import type { LoadTicket, Reach, Reading } from "./authority.ts";
import { Entry, type Lifetime, NEVER_CURRENT, NEVER_RETRIED, type Provenance } from "./entry.ts";
import { CacheOptionError, UnversionedError } from "./errors.ts";
import type { Flight } from "./flight.ts";
import type { Frame } from "./frame.ts";
import { deepFreeze } from "./freeze.ts";
import { checkKey, wordOfKey, wordOfTag } from "./key.ts";
import { absent, type Loaded, notModified } from "./loader.ts";
import { type Parts, policyOf } from "./options.ts";
import { type FullPolicy, type Policy, tagsOf, ttlOf } from "./policy.ts";
import { encodedBytes, estimateBytes } from "./size.ts";
import { VALUE, Versioned } from "./versioned.ts";

/** The provenance of a value that is for those who wait for it now, and current for nobody else. */
const NOBODY: Provenance = { tag: "", version: 0, generation: NEVER_CURRENT };

/** The life of a value that is served once. */
const OVER: Lifetime = {
  loadedAt: Number.NEGATIVE_INFINITY,
  refreshAt: Number.POSITIVE_INFINITY,
  expiresAt: Number.NEGATIVE_INFINITY,
  staleUntil: Number.NEGATIVE_INFINITY,
  graceUntil: Number.NEGATIVE_INFINITY,
  retryAt: NEVER_RETRIED,
};

/** What became of a value. */
export interface Written<T> {
  readonly entry: Entry<T>;
  /** Whether this process holds it. */
  readonly held: boolean;
  /** It is of a history that this process has not polled. Reading again may bring one that is. */
  readonly unknown: boolean;
  /** On its way to the second tier: resolves to whether that holds it now. `undefined`: it does not go there. */
  readonly shipped: Promise<boolean> | undefined;
}

/** The only way a value gets in: nothing fenced its flight, the polled history reaches it, and nothing newer is known. */
export async function write<T>(
  parts: Parts,
  flight: Flight<T>,
  ticket: LoadTicket,
  loaded: Loaded<T> | typeof absent,
  policy: FullPolicy<T>,
  held?: Entry<T>,
): Promise<Written<T>> {
  const { value, reading } = unwrap(flight.key, loaded, held);
  await parts.knowledge.reach(ticket, reading);
  // No await from here to the end: what is true when it is asked must be true when it is acted on.
  const { key } = flight;
  const tags = tagsOf(policy, value, key, reading?.tag);
  const admission = parts.knowledge.admit(ticket, reading, () => [wordOfKey(key), ...tags.map(wordOfTag)]);
  if (admission === "unversioned" && loaded !== absent) throw new UnversionedError(key);
  if (admission === "admitted" && flight.mayInstall(tags)) {
    // Among caches that keep a log of their own a value is as old as its load, whatever a database calls it.
    return install(parts, key, value, tags, policy, ticket, parts.coherence === undefined ? reading : undefined);
  }
  const once = new Entry(value, OVER, NOBODY, [], 0, parts.families.get(policy.family));
  return { entry: once, held: false, unknown: admission === "unknown", shipped: undefined };
}

/**
 * Puts in a value that the caller has, instead of loading it. As a flight, so that what comes during it wins over it; and as a
 * change, so that every other process lets go of what it has.
 */
export async function put<T>(
  parts: Parts,
  key: string,
  value: T | Versioned<T>,
  policy: Policy<T> | undefined,
): Promise<Reach | "not-kept"> {
  const { background, flights, knowledge, namespace } = parts;
  background.throwIfClosed(`The cache "${namespace}"`);
  checkKey(key);
  const full = policyOf(parts, policy);
  // The first poll makes everything void that was put in before it.
  if (knowledge.contact !== undefined) await knowledge.contact;
  background.throwIfClosed(`The cache "${namespace}"`);
  let outcome: { readonly reach: Reach; readonly written: Written<T> } | undefined;
  flights.detach(key);
  const flight = flights.openPut<T>(key, async (opened) => {
    // Before it is announced: what is polled meanwhile came during it, and wins.
    const begun = knowledge.begin();
    try {
      const { reach, seq } = await knowledge.announce([wordOfKey(key)]);
      // As old as its own change: then of two that are set at once the same one wins everywhere.
      const ticket = seq === undefined ? begun : { ...begun, seq };
      const written = await write(parts, opened, ticket, value, full);
      outcome = { reach, written };
      return { entry: written.entry, status: "miss" };
    } finally {
      knowledge.end(begun);
    }
  });
  background.run(flight.result);
  await flight.result;
  // The flight is over by now: while it is on its way to the second tier it can be invalidated where it is held, not in the air.
  const { reach, written } = outcome!;
  const isThere = await written.shipped;
  return written.held || isThere ? reach : "not-kept";
}

/** Keeps an entry in this process, if its policy wants it here and anything is left of its life. */
export function hold<T>(parts: Parts, key: string, entry: Entry<T>, policy: FullPolicy<T>, now: number): boolean {
  const negative = entry.value === undefined;
  parts.values.delete(key);
  parts.negatives.delete(key);
  if ((policy.tiers === "l2" && !negative) || (entry.staleUntil <= now && entry.graceUntil <= now)) return false;
  const held = (negative ? parts.negatives : parts.values).set(key, entry);
  if (!held) parts.counters.tooLarge++;
  return held;
}

function unwrap<T>(key: string, loaded: Loaded<T> | typeof absent, held: Entry<T> | undefined): { value: T; reading: Reading | undefined } {
  // Only of a batch, whose values may be undefined.
  if (loaded === absent) return { value: undefined as T, reading: undefined };
  if (loaded instanceof Versioned) {
    const { [VALUE]: value, reading } = loaded;
    return { value: value === notModified ? unwrap(key, notModified, held).value : value, reading };
  }
  if (loaded !== notModified) return { value: loaded as T, reading: undefined };
  if (held === undefined) throw new CacheOptionError(`The loader of "${key}" said notModified, but nothing was held.`);
  return { value: held.value, reading: undefined };
}

function install<T>(
  parts: Parts,
  key: string,
  value: T,
  tags: readonly string[],
  policy: FullPolicy<T>,
  ticket: LoadTicket,
  reading: Reading | undefined,
): Written<T> {
  const { shared, knowledge, clock, families, background } = parts;
  const ttlMs = ttlOf(policy, value, key, parts.random);
  const now = clock.now();
  const provenance = { tag: reading?.tag ?? "", version: reading?.version ?? ticket.seq, generation: ticket.generation };
  const life = lifeFrom(now, ttlMs, value === undefined ? undefined : policy);
  const kept = parts.freeze ? deepFreeze(value) : value;
  const entry = new Entry(kept, life, provenance, tags, sizeOf(key, value, policy), families.get(policy.family));
  const { history } = knowledge;
  let shipped: Promise<boolean> | undefined;
  const isForAll = policy.tiers !== "l1" && value !== undefined && lastsThere(ttlMs, policy);
  if (shared !== undefined && isForAll && history !== undefined && knowledge.verified) {
    shipped = shared.keep(entry, { key, history, stamp: reading?.stamp ?? "", policy });
    background.run(shipped);
  }
  return { entry, held: hold(parts, key, entry, policy, now), unknown: false, shipped };
}

/** Whether the second tier would keep it for any time at all. */
function lastsThere<T>(ttlMs: number, { l2TtlMs = ttlMs, staleWhileRevalidateMs, graceMs }: FullPolicy<T>): boolean {
  return l2TtlMs + staleWhileRevalidateMs + graceMs > 0;
}

/** @param policy `undefined` for a negative entry, which has no afterlife */
function lifeFrom<T>(now: number, ttlMs: number, policy: FullPolicy<T> | undefined): Lifetime {
  const expiresAt = now + ttlMs;
  return {
    loadedAt: now,
    refreshAt: policy === undefined || policy.refreshAt === 1 ? Number.POSITIVE_INFINITY : now + ttlMs * policy.refreshAt,
    expiresAt,
    staleUntil: expiresAt + (policy?.staleWhileRevalidateMs ?? 0),
    graceUntil: policy === undefined || policy.graceMs === 0 ? Number.NEGATIVE_INFINITY : expiresAt + policy.graceMs,
    retryAt: NEVER_RETRIED,
  };
}

/** An entry from a frame of the second tier. Its size is taken from the frame's: walking the value would cost more than reading it did. */
export function entryFrom<T>(parts: Parts, value: T, life: Lifetime, frame: Frame, generation: number, policy: FullPolicy<T>): Entry<T> {
  const { tag, version, tags, key, payload } = frame;
  const sizeBytes = policy.sizeBytes === undefined ? encodedBytes(key, payload.byteLength) : sizeOf(key, value, policy);
  return new Entry(value, life, { tag, version, generation }, tags, sizeBytes, parts.families.get(policy.family));
}

function sizeOf<T>(key: string, value: T, { sizeBytes }: FullPolicy<T>): number {
  if (typeof sizeBytes === "number") return sizeBytes;
  return sizeBytes === undefined || value === undefined ? estimateBytes(key, value) : sizeBytes(value);
}
