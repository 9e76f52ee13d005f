/**
 * A tier outside of this process, shared by all that use the same namespace: L2. It keeps frames (`frame.ts`) of which it
 * understands only which of two is older. It judges nothing, and it is not believed: what it hands out may be anything that
 * was ever written there, or garbage, and goes before the judge.
 *
 * An implementation may reject, hang, or answer late. The cache asks it through a `Guard` (deadline, breaker), so it has no
 * deadlines of its own, and never queues commands while it is not connected: it rejects at once.
 */
export interface SharedTier {
  /**
   * What is held for each key, in the order of the keys; `undefined` where nothing is. One command for one key, one round
   * trip however many there are (on a cluster: one batch a slot, all at the same time).
   */
  get(keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]>;
  /**
   * Keeps `frame` for at most `ttlMs` (more than 0; beyond what the store can count: for as long as it can), unless the frame
   * that is held is newer by `isOlder`. Protects the hit ratio, not the truth: readers judge what they get.
   *
   * @returns whether it is held now
   */
  set(key: string, frame: Uint8Array, ttlMs: number): Promise<boolean>;
  delete(keys: readonly string[]): Promise<void>;
  /**
   * Takes the right to fill `key`, for `ttlMs` at most. The token is the holder's own.
   *
   * @returns false if another holds it
   */
  lock(key: string, token: string, ttlMs: number): Promise<boolean>;
  /** Gives the right back, if it is still this holder's. */
  unlock(key: string, token: string): Promise<void>;
  /**
   * Drops every key of this namespace that begins with `prefix`, and no other: a walk in small steps, which may take long.
   * Default: all of them. Resolves to how many.
   */
  clear(prefix?: string): Promise<number>;
  /**
   * The time of day on the tier's own clock, in milliseconds, as far as this process can tell without asking: the one clock that
   * all who share the tier agree on, whatever theirs say. `undefined` as long as the tier has not been heard.
   */
  now(): number | undefined;
}
