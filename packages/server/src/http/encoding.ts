/** The content codings that we send. */
export type Encoding = "br" | "gzip" | "identity";

/** Best first. Identity is always among them, so there is always something to send. */
export type EncodingOrder = readonly Encoding[];

const IDENTITY: EncodingOrder = ["identity"];
const GZIP: EncodingOrder = ["gzip", "identity"];
const BR: EncodingOrder = ["br", "gzip", "identity"];

/** What browsers, search engines and tools send, spelt exactly so: no parsing, no allocation. */
const KNOWN = new Map<string, EncodingOrder>([
  ["gzip, deflate, br, zstd", BR],
  ["gzip, deflate, br", BR],
  ["br, gzip, deflate", BR],
  ["gzip, br", BR],
  ["gzip, deflate", GZIP],
  ["gzip", GZIP],
  ["identity", IDENTITY],
]);

/** One member of the list (RFC 9110 §12.5.3): a coding and perhaps its weight (§12.4.2). */
const MEMBER = /^([!#$%&'*+.^_`|~0-9a-z-]+)(?:[ \t]*;[ \t]*q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?))?$/;

/** The server's preference among equal weights. */
const CODINGS = ["br", "gzip", "identity"] as const;

/**
 * The encodings a client takes, the best one first; whoever answers sends the first one that is at hand. The client's
 * weights decide; among equal ones br goes before gzip before identity.
 *
 * Two choices that RFC 9110 leaves open: a request without the field gets identity, and so does one that accepts nothing
 * we have, even `identity;q=0` (the alternative, 406, helps nobody). A malformed member is as if it were not there.
 */
export function acceptedEncodings(acceptEncoding: string | undefined): EncodingOrder {
  if (acceptEncoding === undefined) return IDENTITY;
  return KNOWN.get(acceptEncoding) ?? parseAcceptEncoding(acceptEncoding);
}

function parseAcceptEncoding(acceptEncoding: string): EncodingOrder {
  const weights = new Map<string, number>();
  for (const member of acceptEncoding.toLowerCase().split(",")) {
    const match = MEMBER.exec(member.trim());
    if (match === null) continue;
    // RFC 9110 §8.4.1.3: x-gzip is gzip.
    const coding = match[1] === "x-gzip" ? "gzip" : match[1]!;
    if (!weights.has(coding)) weights.set(coding, Number(match[2] ?? 1));
  }
  // Unless it is named, identity is acceptable, but after everything that was asked for.
  const weightOf = (coding: Encoding) => weights.get(coding) ?? weights.get("*") ?? (coding === "identity" ? Number.MIN_VALUE : 0);
  const accepted = CODINGS.filter((coding) => weightOf(coding) > 0).sort((a, b) => weightOf(b) - weightOf(a));
  return accepted.includes("identity") ? accepted : [...accepted, "identity"];
}
