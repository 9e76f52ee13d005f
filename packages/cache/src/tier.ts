import type { Holder } from "./authority.ts";

/**
 * A store within this process. It judges nothing: it keeps what it is given until it is told otherwise or has no room, and
 * what it hands out goes before the judge. (A tier outside of the process answers later: `SharedTier`.)
 */
export interface Tier<V> extends Holder {
  /** What is held for `key`, which thereby counts as used just now. */
  get(key: string): V | undefined;
  /** @returns false if it is larger than the whole tier; nothing is then held for this key */
  set(key: string, value: V): boolean;
  /** @returns whether anything was held */
  delete(key: string): boolean;
  /** Drops everything that carries this tag, and returns how many that were. */
  deleteTag(tag: string): number;
  /** The keys of all that carries this tag. */
  tagged(tag: string): readonly string[];
  keys(): IterableIterator<string>;
  /** How many are held. */
  readonly size: number;
  /** The sum of the sizes of all that is held. */
  readonly bytes: number;
}
