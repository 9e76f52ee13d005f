import { createHash } from "node:crypto";

/**
 * A strong entity-tag (RFC 9110 §8.8.3) for exactly these bytes: 128 bits of their SHA-256. As compressed bytes are other
 * bytes, each encoding of a page has its own tag, as §8.8.3.3 asks.
 */
export function formatEtag(bytes: Uint8Array | string): string {
  return `"${createHash("sha256").update(bytes).digest().subarray(0, 16).toString("base64url")}"`;
}

/** One element of the list and what parts it from the next. Empty elements are allowed (RFC 9110 §5.6.1.2). */
const LIST_ELEMENT = /[ \t]*(?:(?:W\/)?("[\x21\x23-\x7E\x80-\xFF]*")[ \t]*)?(?:,|$)/y;

/**
 * Whether `If-None-Match` says that the client has this representation already, so that GET and HEAD are answered with
 * 304 (RFC 9110 §13.1.2, weak comparison). What is malformed ends the list: sending a page once too often does no harm.
 * @param ifNoneMatch the field's value; undefined when there is none.
 * @param etag as `formatEtag` gave it, perhaps with `W/` before it.
 */
export function matchesEtag(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  // What browsers send: the one tag they have.
  if (ifNoneMatch === etag || ifNoneMatch === "*") return true;
  const opaque = etag.startsWith("W/") ? etag.slice(2) : etag;
  LIST_ELEMENT.lastIndex = 0;
  while (LIST_ELEMENT.lastIndex < ifNoneMatch.length) {
    const match = LIST_ELEMENT.exec(ifNoneMatch);
    if (match === null) return false;
    if (match[1] === opaque) return true;
  }
  return false;
}
