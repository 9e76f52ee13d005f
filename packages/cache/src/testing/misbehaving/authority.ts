import type { Authority } from "../../authority.ts";
import { type CallTrouble, type Misbehaving, type MisbehavingOptions, NO_CALL_TROUBLE, Trouble } from "./trouble.ts";

/** `Kind`: what it has beside `poll`. */
export type MisbehavingAuthority<Kind extends Authority = Authority> = Kind & Misbehaving<CallTrouble>;

/** An authority that goes wrong in the ways it is told to. It never says what is not so: nobody could be safe from that. */
export function misbehavingAuthority<Kind extends Authority>(authority: Kind, options?: MisbehavingOptions): MisbehavingAuthority<Kind> {
  const trouble = new Trouble(NO_CALL_TROUBLE, options);
  const { versionOf, bump, flush } = authority;
  const misbehaving: MisbehavingAuthority = {
    poll: (since) => trouble.call(() => authority.poll(since)),
    misbehave: (what) => trouble.misbehave(what),
    ...(versionOf && { versionOf: (tag) => trouble.call(() => versionOf.call(authority, tag)) }),
    ...(bump && { bump: (tags) => trouble.call(() => bump.call(authority, tags)) }),
    ...(flush && { flush: (hard) => trouble.call(() => flush.call(authority, hard)) }),
  };
  return misbehaving as MisbehavingAuthority<Kind>;
}
