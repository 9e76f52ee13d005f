import { createHash } from "node:crypto";
import type { ContentHash } from "./types.ts";

/** 160 bits of SHA-256: as strong against a chosen pair as a git commit used to be meant to be, in 27 characters. */
export const CONTENT_HASH_BYTES = 20;

/** The address of a content or an asset: the same bytes always have the same one. */
export function contentHash(content: string | Uint8Array): ContentHash {
  return createHash("sha256").update(content).digest().subarray(0, CONTENT_HASH_BYTES).toString("base64url");
}

const CONTENT_HASH = /^[A-Za-z0-9_-]{27}$/;

export function isContentHash(text: string): text is ContentHash {
  return CONTENT_HASH.test(text);
}
