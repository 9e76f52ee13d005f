import type { Authority } from "./authority.ts";
import type { Bus } from "./bus.ts";
import type { SharedTier } from "./shared-tier.ts";

/** What one shared store gives the cache of one namespace. */
export interface Connection {
  readonly tier: SharedTier;
  readonly bus: Bus;
  /** A log of the caches' own invalidations, for those without a change counter in a database. It has `bump` and `flush`. */
  readonly authority: Required<Pick<Authority, "bump" | "flush">> & Authority;
  /** Lets go of this namespace; the last one closes the connection. Answers under way are awaited for a bounded time. */
  close(): Promise<void>;
}

/** A shared store that caches can be connected to: `redis()` from `@qrcards/cache/redis`, or one of your own. */
export interface Backend {
  /** Connects in the background: it returns at once and never throws for a store that is not there. */
  connect(namespace: string): Connection;
}
