import { randomBytes } from "node:crypto";
import type { NodeId } from "./types.ts";

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const LENGTH = 12;
const NODE_ID = /^[0-9a-hjkmnp-tv-z]{12}$/;

/** 60 random bits: among a hundred million nodes, two alike have a chance of one in 230; the database refuses the second. */
export function createNodeId(): NodeId {
  let id = "";
  for (const byte of randomBytes(LENGTH)) id += ALPHABET[byte & 31];
  return id;
}

export function isNodeId(text: string): text is NodeId {
  return NODE_ID.test(text);
}
