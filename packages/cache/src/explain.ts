import type { Departure } from "./departures.ts";
import { type Entry, judge, type Verdict } from "./entry.ts";
import type { Parts } from "./options.ts";

/** What a cache knows of one key. Times are in milliseconds from now; `Infinity`: for ever; negative: over. */
export interface Explanation {
  readonly key: string;
  /** What a read would be answered with right now: `fresh`, `stale` or `grace` by what this process holds, else `miss`. */
  readonly verdict: Exclude<Verdict, "dead"> | "miss";
  /** In one sentence, for people. */
  readonly because: string;
  /** What this process holds. */
  readonly l1: HeldExplanation | undefined;
  /** What the second tier holds, asked now; `undefined` if there is none, or it did not answer, or it cannot be read. */
  readonly l2: SharedExplanation | undefined;
  /** Whether a load of it is in progress here. */
  readonly loading: boolean;
  /** Why it was held once and is no longer, as far as that is remembered. */
  readonly departure: (Omit<Departure, "at"> & { readonly agoMs: number }) | undefined;
  /** Whether what is served now is known to be current. */
  readonly verified: boolean;
}

/** What this process holds for a key. Durations are from now on, and negative where they are over. */
export interface HeldExplanation {
  readonly verdict: Verdict;
  readonly negative: boolean;
  readonly ageMs: number;
  readonly expiresInMs: number;
  readonly staleForMs: number;
  readonly graceForMs: number;
  readonly tag: string;
  readonly version: number;
  readonly tags: readonly string[];
  readonly bytes: number;
  readonly family: string;
}

/** What the second tier holds for a key. */
export interface SharedExplanation {
  /** Whether it would be accepted; for a value that a database versions that is only known after asking it, hence "unknown". */
  readonly verdict: "current" | "over" | "refused" | "unknown";
  readonly tag: string;
  readonly version: number;
  readonly tags: readonly string[];
  readonly bytes: number;
  readonly codec: string;
}

/** Asks every tier, changes nothing, and counts nothing as a read of the cache. */
export async function explain(parts: Parts, key: string): Promise<Explanation> {
  const { values, negatives, knowledge, clock, flights, departures } = parts;
  const l2 = await explainShared(parts, key);
  const now = clock.now();
  const entry = values.get(key) ?? negatives.get(key);
  const departed = entry === undefined ? departures.of(key) : undefined;
  const l1 = entry === undefined ? undefined : explainHeld(entry, judge(entry, knowledge, clock), now);
  const verdict = l1 === undefined || l1.verdict === "dead" ? "miss" : l1.verdict;
  const departure =
    departed === undefined
      ? undefined
      : { cause: departed.cause, ...(departed.tag === undefined ? {} : { tag: departed.tag }), agoMs: now - departed.at };
  return {
    key,
    verdict,
    because: sentence(parts, entry, l1, departure),
    l1,
    l2,
    loading: flights.find(key) !== undefined,
    departure,
    verified: knowledge.verified,
  };
}

function explainHeld(entry: Entry, verdict: Verdict, now: number): HeldExplanation {
  return {
    verdict,
    negative: entry.value === undefined,
    ageMs: now - entry.loadedAt,
    expiresInMs: entry.expiresAt - now,
    staleForMs: entry.staleUntil - now,
    graceForMs: entry.graceUntil - now,
    tag: entry.tag,
    version: entry.version,
    tags: entry.tags,
    bytes: entry.sizeBytes,
    family: entry.family.name,
  };
}

async function explainShared({ shared, knowledge }: Parts, key: string): Promise<SharedExplanation | undefined> {
  const frame = await shared?.peek(key);
  if (frame === undefined) return undefined;
  const ticket = knowledge.begin();
  const verdict = frame.tag === "" ? knowledge.judgeFrame(ticket, frame, undefined) : "unknown";
  knowledge.end(ticket);
  const { tag, version, tags, codec, payload } = frame;
  return { verdict, tag, version, tags, codec, bytes: payload.byteLength };
}

function sentence(parts: Parts, entry: Entry | undefined, l1: HeldExplanation | undefined, departure: Explanation["departure"]): string {
  if (entry === undefined || l1 === undefined) {
    if (departure === undefined) return "Nothing is held, and nothing is remembered of it.";
    const ago = `${Math.round(departure.agoMs)} ms ago`;
    if (departure.cause === "evicted") return `It was evicted ${ago}, so that others fit.`;
    return departure.tag === undefined ? `It was invalidated ${ago}.` : `Its tag "${departure.tag}" was invalidated ${ago}.`;
  }
  if (l1.verdict === "fresh") return l1.negative ? "It is known that there is none." : "It is held, and current.";
  if (!parts.knowledge.vouchesFor(entry)) return "It is held, but something newer is known, or nobody can vouch for it any more.";
  if (parts.clock.now() >= parts.knowledge.leaseUntil) return "It is held, but nobody can vouch for it now: the lease is over.";
  if (l1.expiresInMs === Number.NEGATIVE_INFINITY)
    return "It is held only in case that no newer one can be had: it was expired, or all was flushed.";
  return `It is held, but its time was over ${Math.round(-l1.expiresInMs)} ms ago.`;
}
