import type { Family } from "./stats.ts";

/** Where a value comes from, as far as is needed to judge whether it is still current. Copy it onto whatever you make from the value. */
export interface Provenance {
  /** What the value was made from, in the authority's words, e.g. `trip:150`; `""` where no database versions it. */
  readonly tag: string;
  /** The version of that tag in the database snapshot the value was read from. A counter, never a time. */
  readonly version: number;
  /** The process generation in which that snapshot was read; `NEVER_CURRENT` for a value that may be served once and not again. */
  readonly generation: number;
}

/** The generation of a value that nobody vouches for: its callers get it, nobody later does. */
export const NEVER_CURRENT = -1;

/** The `retryAt` of an entry after which no load has failed. */
export const NEVER_RETRIED = Number.NEGATIVE_INFINITY;

/** The instants of an entry's life, on the cache's clock. `Infinity`: never; minus infinity: at once. */
export interface Lifetime {
  /** When it was loaded, or came from the second tier. */
  readonly loadedAt: number;
  /** From when on a hit also starts a load, so that it need never be over. */
  readonly refreshAt: number;
  /** From when on it is not fresh any more. */
  readonly expiresAt: number;
  /** Until when it may be served while a newer one is loaded; not before `expiresAt`. */
  readonly staleUntil: number;
  /** Until when it may be served because no newer one can be had; minus infinity if its policy knows no grace. */
  readonly graceUntil: number;
  /** Before this instant no load is tried while the entry may be served in grace: one has just failed. */
  readonly retryAt: number;
}

/** A value with its times, tags and provenance. Immutable: something newer is a new entry. A value of `undefined` is a negative entry. */
export class Entry<T = unknown> implements Provenance, Lifetime {
  readonly value: T;
  readonly expiresAt: number;
  readonly refreshAt: number;
  readonly tag: string;
  readonly version: number;
  readonly generation: number;
  /** Where its reads are counted. */
  readonly family: Family;
  /** Everything it can be invalidated by: the policy's tags and the provenance's. */
  readonly tags: readonly string[];
  readonly sizeBytes: number;
  readonly loadedAt: number;
  readonly staleUntil: number;
  readonly graceUntil: number;
  readonly retryAt: number;

  constructor(value: T, life: Lifetime, provenance: Provenance, tags: readonly string[], sizeBytes: number, family: Family) {
    this.value = value;
    this.expiresAt = life.expiresAt;
    this.refreshAt = life.refreshAt;
    this.tag = provenance.tag;
    this.version = provenance.version;
    this.generation = provenance.generation;
    this.family = family;
    this.tags = tags;
    this.sizeBytes = sizeBytes;
    this.loadedAt = life.loadedAt;
    this.staleUntil = life.staleUntil;
    this.graceUntil = life.graceUntil;
    this.retryAt = life.retryAt;
  }

  /** The same value with other times. */
  withLife(life: Partial<Lifetime>): Entry<T> {
    return new Entry(this.value, { ...(this as Lifetime), ...life }, this, this.tags, this.sizeBytes, this.family);
  }

  /** A copy that is good for nothing but grace. */
  over(): Entry<T> {
    return this.withLife({
      refreshAt: Number.POSITIVE_INFINITY,
      expiresAt: Number.NEGATIVE_INFINITY,
      staleUntil: Number.NEGATIVE_INFINITY,
    });
  }
}

/**
 * Fresh: serve it. Stale: serve it, and load a newer one. Grace: serve it only where no newer one can be had. Dead: its time is
 * over, or something newer is known.
 */
export type Verdict = "fresh" | "stale" | "grace" | "dead";

/** Who knows what is current, and until when that knowledge may be believed. */
export interface Voucher {
  /** The instant from which on nothing may be believed until the authority has been asked again; `Infinity`: never. */
  readonly leaseUntil: number;
  /** Whether nothing newer is known, leaving the lease aside. */
  vouchesFor(of: Provenance): boolean;
  /** Whether it may be served in grace: nobody need vouch for it, but it must not be known to have been replaced or removed. */
  mayStandIn(of: Provenance): boolean;
}

/**
 * The only judge of an entry, positive or negative, whichever tier it comes from. It reads the clock once, at the moment of
 * judging, and not at all where nothing depends on time (no TTL, no authority): a clock read is the dearest part of a hit.
 */
export function judge(entry: Entry, voucher: Voucher, clock: { now(): number }): Verdict {
  const { leaseUntil } = voucher;
  if (entry.expiresAt === Number.POSITIVE_INFINITY && leaseUntil === Number.POSITIVE_INFINITY && voucher.vouchesFor(entry)) return "fresh";
  const now = clock.now();
  if (now < leaseUntil && now < entry.staleUntil && voucher.vouchesFor(entry)) return now < entry.expiresAt ? "fresh" : "stale";
  return now < entry.graceUntil && voucher.mayStandIn(entry) ? "grace" : "dead";
}
