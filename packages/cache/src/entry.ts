/** Where a value comes from, as far as is needed to judge whether it is still current. Copy it onto whatever you make from the value. */
export interface Provenance {
  /** What the value was made from, in the authority's words, e.g. `trip:150`. */
  readonly tag: string;
  /** The version of that tag in the database snapshot the value was read from. A counter, never a time. */
  readonly version: number;
  /** The process generation in which that snapshot was read; `NEVER_CURRENT` for a value that may be served once and not again. */
  readonly generation: number;
}

/** The generation of a value that nobody vouches for: its callers get it, nobody later does. */
export const NEVER_CURRENT = -1;

/** A value with its times, tags and provenance. Immutable: something newer is a new entry. A value of `undefined` is a negative entry. */
export class Entry<T = unknown> implements Provenance {
  readonly value: T;
  /** The instant of the cache's clock from which on the entry is dead; `Infinity`: never. */
  readonly expiresAt: number;
  readonly tag: string;
  readonly version: number;
  readonly generation: number;
  /** Everything it can be invalidated by: the policy's tags and the provenance's. */
  readonly tags: readonly string[];
  readonly sizeBytes: number;

  constructor(value: T, expiresAt: number, provenance: Provenance, tags: readonly string[], sizeBytes: number) {
    this.value = value;
    this.expiresAt = expiresAt;
    this.tag = provenance.tag;
    this.version = provenance.version;
    this.generation = provenance.generation;
    this.tags = tags;
    this.sizeBytes = sizeBytes;
  }
}

/** Fresh: serve it. Stale: right once, but something newer is known or nobody can vouch for it now. Dead: its time is over. */
export type Verdict = "fresh" | "stale" | "dead";

/** Who knows what is current, and until when that knowledge may be believed. */
export interface Voucher {
  /** The instant from which on nothing may be believed until the authority has been asked again; `Infinity`: never. */
  readonly leaseUntil: number;
  /** Whether nothing newer is known, leaving the lease aside. */
  vouchesFor(of: Provenance): boolean;
}

/**
 * The only judge of an entry, positive or negative, whichever tier it comes from. It reads the clock once, at the moment of
 * judging, and not at all where nothing depends on time (no TTL, no authority): a clock read is the dearest part of a hit.
 */
export function judge(entry: Entry, voucher: Voucher, clock: { now(): number }): Verdict {
  if (entry.expiresAt !== Number.POSITIVE_INFINITY || voucher.leaseUntil !== Number.POSITIVE_INFINITY) {
    const now = clock.now();
    if (now >= entry.expiresAt) return "dead";
    if (now >= voucher.leaseUntil) return "stale";
  }
  return voucher.vouchesFor(entry) ? "fresh" : "stale";
}
