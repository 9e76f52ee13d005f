import { createHash } from "node:crypto";
import type { TripId } from "./types.ts";

/** Every cache key and tag of the server, spelt here and nowhere else. The cache puts its namespace in front. */

/** The tag whose version is the trip's; trip 0 is the catalog. */
export function tripTag(tripId: TripId): string {
  return `trip:${tripId}`;
}

/** The trip whose version a tag's is; undefined for what is no trip's tag. */
export function tripOfTag(tag: string): TripId | undefined {
  const [, number] = /^trip:(\d{1,10})$/.exec(tag) ?? [];
  return number === undefined ? undefined : Number(number);
}

/** The row among the trips that versions what no single trip does: the library, the sitemap, who has which slug. */
export const CATALOG: TripId = 0;

export const CATALOG_TAG: string = tripTag(CATALOG);

/** What all keys of a trip begin with, and no key of another one. */
export function tripKeys(tripId: TripId): string {
  return `${tripTag(tripId)}:`;
}

export function structureKey(tripId: TripId): string {
  return `${tripKeys(tripId)}structure`;
}

/** One address of a trip, by 128 bits of its SHA-256: keys of one length, whatever the address. */
export function pathKey(tripId: TripId, path: string): string {
  return `${tripKeys(tripId)}path:${createHash("sha256").update(path).digest("hex").slice(0, 32)}`;
}

/** Which trips answer to the first word of an address. */
export function rootKey(slug: string): string {
  return `root:${slug}`;
}

export const LIBRARY_KEY = "library";
