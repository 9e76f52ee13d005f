import type { Authority } from "./authority.ts";
import type { Bus } from "./bus.ts";
import type { SharedTier } from "./shared-tier.ts";

/**
 * Carries short texts between all processes that have a connection to the namespace, the sender's own included: each at most once,
 * in any order. The cache has no use of it; an application that has something to tell its other processes may.
 */
export interface Channel {
  /** Resolves when it is on its way; rejects if it cannot be sent. */
  send(text: string): Promise<void>;
  /**
   * What comes may be from anybody who can write to the store.
   *
   * @returns how to stop listening
   */
  subscribe(listener: (text: string) => void): () => void;
}

/** What one shared store gives the cache of one namespace. */
export interface Connection {
  readonly tier: SharedTier;
  readonly bus: Bus;
  /** A log of the caches' own invalidations, for those without a change counter in a database. It has `bump` and `flush`. */
  readonly authority: Required<Pick<Authority, "bump" | "flush">> & Authority;
  /** A channel of the application's own, by a name of letters, digits, `.`, `_` and `-`; absent where the store has none. */
  channel?(name: string): Channel;
  /** Lets go of this namespace; the last one closes the connection. Answers under way are awaited for a bounded time. */
  close(): Promise<void>;
}

/** A shared store that caches can be connected to: `redis()` from `@qrcards/cache/redis`, or one of your own. */
export interface Backend {
  /** Connects in the background: it returns at once and never throws for a store that is not there. */
  connect(namespace: string): Connection;
}
