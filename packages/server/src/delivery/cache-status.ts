import type { Trace } from "./trace.ts";

/**
 * RFC 9211. The cache that it tells of is this process's store of finished pages. `detail` is in words of ours: for what was not
 * held, where the structure that it was made of came from. There is no `ttl`, as no page has one: it is good until something
 * newer is known.
 */
const NAME = "QRCards";

/** A page that was held, and is current. */
export const HIT: string = `${NAME}; hit`;

/** Refused before anything was looked for. */
export const REFUSED: string = `${NAME}; detail=refused`;

/** @param madeStatus of the answer that was made; undefined where none could be */
export function formatCacheStatus(trace: Trace, madeStatus: number | undefined, sentStatus: number): string {
  if (trace.isHit) return HIT;
  let text = `${NAME}; fwd=${reasonOf(trace)}`;
  // Left out where the answer's own status says the same.
  if (madeStatus !== undefined && madeStatus !== sentStatus) text += `; fwd-status=${madeStatus}`;
  if (trace.stored) text += "; stored";
  if (trace.collapsed) text += "; collapsed";
  if (trace.source !== undefined) text += `; detail=${trace.source}`;
  return text;
}

function reasonOf({ isForPages, wasHeld }: Trace): "bypass" | "stale" | "uri-miss" {
  if (!isForPages) return "bypass";
  return wasHeld ? "stale" : "uri-miss";
}
