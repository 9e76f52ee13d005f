import { LRUCache } from "lru-cache";
import { CacheOptionError } from "../errors.ts";
import type { Tier } from "../tier.ts";

export interface MemoryTierOptions<V> {
  /** The most that are held at once. The store's index is allocated for this many at the start: some 40 bytes each. */
  readonly maxEntries: number;
  /** The most that the sizes of all held may add up to. */
  readonly maxBytes: number;
  /** The size of one in bytes; counted as at least 1. Asked once, when it is set. */
  readonly sizeOf: (value: V) => number;
  /** What one can be dropped by, see `deleteTag`. Must give the same answer for as long as it is held. Default: no tags. */
  readonly tagsOf?: (value: V) => readonly string[];
  /** Called with the key of each that had to go so that others fit. */
  readonly onEvict?: (key: string) => void;
}

const NO_TAGS: readonly string[] = [];

/** One object for all look-ups: the store would make one for each. */
const LOOK_UP = {};

/** A store in this process's memory, bounded by entries and by bytes; what was used least recently goes first. */
export class MemoryTier<V extends object> implements Tier<V> {
  readonly #store: LRUCache<string, V>;
  readonly #sizeOf: (value: V) => number;
  readonly #tagsOf: (value: V) => readonly string[];
  readonly #maxBytes: number;
  readonly #keysByTag = new Map<string, Set<string>>();

  constructor(options: MemoryTierOptions<V>) {
    this.#maxBytes = checkBound("maxBytes", options.maxBytes);
    this.#sizeOf = options.sizeOf;
    this.#tagsOf = options.tagsOf ?? (() => NO_TAGS);
    const { onEvict } = options;
    this.#store = new LRUCache<string, V>({
      max: checkBound("maxEntries", options.maxEntries),
      maxSize: this.#maxBytes,
      dispose: (value, key, reason) => {
        this.#removeTags(key, value);
        if (reason === "evict") onEvict?.(key);
      },
    });
  }

  get(key: string): V | undefined {
    return this.#store.get(key, LOOK_UP);
  }

  set(key: string, value: V): boolean {
    const size = Math.max(1, Math.ceil(this.#sizeOf(value)));
    // Deleted first, not overwritten: the store keeps the old size of an object that is set again.
    this.#store.delete(key);
    if (!(size <= this.#maxBytes)) return false;
    this.#store.set(key, value, { size });
    this.#addTags(key, value);
    return true;
  }

  delete(key: string): boolean {
    return this.#store.delete(key);
  }

  deleteTag(tag: string): number {
    const keys = [...(this.#keysByTag.get(tag) ?? [])];
    for (const key of keys) this.#store.delete(key);
    return keys.length;
  }

  holds(tag: string): boolean {
    return this.#keysByTag.has(tag);
  }

  clear(): void {
    this.#store.clear();
  }

  keys(): IterableIterator<string> {
    return this.#store.keys();
  }

  get size(): number {
    return this.#store.size;
  }

  get bytes(): number {
    return this.#store.calculatedSize;
  }

  #addTags(key: string, value: V): void {
    for (const tag of this.#tagsOf(value)) {
      const keys = this.#keysByTag.get(tag);
      if (keys === undefined) this.#keysByTag.set(tag, new Set([key]));
      else keys.add(key);
    }
  }

  #removeTags(key: string, value: V): void {
    for (const tag of this.#tagsOf(value)) {
      const keys = this.#keysByTag.get(tag);
      if (keys?.delete(key) && keys.size === 0) this.#keysByTag.delete(tag);
    }
  }
}

function checkBound(name: string, bound: number): number {
  if (Number.isSafeInteger(bound) && bound > 0) return bound;
  throw new CacheOptionError(`${name} must be a positive integer, not ${bound}.`);
}
