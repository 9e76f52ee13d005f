import type { Trace } from "./trace.ts";

/**
 * RFC 9211. The cache that it tells of is this process's store of finished pages. `detail` is in words of ours: for what was not
 * held, where the structure that it was made of came from. There is no `ttl`, as no page has one: it is good until something
 * newer is known.
 */
const NAME = "QRCards";

/** A page that was held, and is current. */
export const HIT: string = `${NAME}; hit`;

/** A page that was held, and was current when the database was last heard. */
const STANDS_IN = `${NAME}; hit; detail=stale`;

/** Refused before anything was looked for. */
export const REFUSED: string = `${NAME}; detail=refused`;

/** @param madeStatus of the answer that was made; undefined where none could be */
export function formatCacheStatus(trace: Trace, madeStatus: number | undefined, sentStatus: number): string {
  if (trace.isHit) return trace.standsIn ? STANDS_IN : HIT;
  let text = `${NAME}; fwd=${reasonOf(trace)}`;
  // Left out where the answer's own status says the same.
  if (madeStatus !== undefined && madeStatus !== sentStatus) text += `; fwd-status=${madeStatus}`;
  if (trace.stored) text += "; stored";
  if (trace.collapsed) text += "; collapsed";
  const detail = detailOf(trace, madeStatus);
  return detail === undefined ? text : `${text}; detail=${detail}`;
}

function detailOf({ standsIn, source }: Trace, madeStatus: number | undefined): "stale" | Trace["source"] {
  if (!standsIn) return source;
  return madeStatus === undefined ? undefined : "stale";
}

function reasonOf({ isForPages, wasHeld }: Trace): "bypass" | "stale" | "uri-miss" {
  if (!isForPages) return "bypass";
  return wasHeld ? "stale" : "uri-miss";
}
