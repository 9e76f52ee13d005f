import { CacheOptionError } from "../errors.ts";
import type { Tier } from "../tier.ts";

/** The bounds of a memory tier, and what it must know of what it holds. */
export interface MemoryTierOptions<V> {
  /** The most that are held at once. */
  readonly maxEntries: number;
  /** The most that the sizes of all held may add up to. */
  readonly maxBytes: number;
  /** The size of one in bytes; counted as at least 1. Asked once, when it is set. What has no size is too large. */
  readonly sizeOf: (value: V) => number;
  /** What one can be dropped by, see `deleteTag`. Must give the same answer for as long as it is held. Default: no tags. */
  readonly tagsOf?: (value: V) => readonly string[];
  /**
   * What goes first when room is needed. `second-chance`: the oldest that was not used since it was last passed over. `lru`: the
   * one whose last use is longest ago, at the price of a longer look-up. Default `second-chance`.
   */
  readonly eviction?: Eviction;
  /** Called with the key of each that had to go so that others fit. */
  readonly onEvict?: (key: string) => void;
}

export type Eviction = "second-chance" | "lru";

/** So many in a row are spared for having been used; then one goes all the same, so that making room takes bounded time. */
const MOST_SECOND_CHANCES = 64;

/**
 * A store in this process's memory, bounded by entries and by bytes. What goes first is, by default, the oldest that was not used
 * since it was last passed over ("clock", or second chance): within a tenth of a point of least-recently-used on trips, a point
 * better on paths (`bench/micro/eviction.ts`), and a look-up writes one flag instead of moving the entry to the front of a list.
 */
export class MemoryTier<V> implements Tier<V> {
  readonly #slots = new Map<string, Slot<V>>();
  /** All slots in a ring that begins and ends here: the oldest comes after it, the newest before it. */
  readonly #ring = new Link();
  readonly #keysByTag = new Map<string, Set<string>>();
  readonly #options: MemoryTierOptions<V>;
  readonly #isLru: boolean;
  #bytes = 0;

  constructor(options: MemoryTierOptions<V>) {
    for (const name of ["maxEntries", "maxBytes"] as const) {
      const bound = options[name];
      if (!(Number.isSafeInteger(bound) && bound > 0)) throw new CacheOptionError(`${name} must be a positive integer, not ${bound}.`);
    }
    const { eviction = "second-chance" } = options;
    if (!["second-chance", "lru"].includes(eviction))
      throw new CacheOptionError(`eviction must be "second-chance" or "lru", not ${eviction}.`);
    this.#isLru = eviction === "lru";
    this.#options = options;
  }

  get(key: string): V | undefined {
    const slot = this.#slots.get(key);
    if (slot === undefined) return undefined;
    if (this.#isLru) this.#makeNewest(slot);
    else slot.used = true;
    return slot.value;
  }

  set(key: string, value: V): boolean {
    const { maxEntries, maxBytes, sizeOf } = this.#options;
    this.delete(key);
    const bytes = Math.max(1, Math.ceil(sizeOf(value)));
    if (!(bytes <= maxBytes)) return false;
    while (this.#slots.size >= maxEntries || this.#bytes + bytes > maxBytes) this.#evict();

    const slot = new Slot(key, value, bytes);
    slot.insertBefore(this.#ring);
    this.#slots.set(key, slot);
    this.#bytes += bytes;
    for (const tag of this.#tagsOf(value)) this.#tagged(tag).add(key);
    return true;
  }

  delete(key: string): boolean {
    const slot = this.#slots.get(key);
    if (slot === undefined) return false;
    this.#remove(slot);
    return true;
  }

  deleteTag(tag: string): number {
    const keys = this.tagged(tag);
    for (const key of keys) this.delete(key);
    return keys.length;
  }

  tagged(tag: string): readonly string[] {
    return [...(this.#keysByTag.get(tag) ?? [])];
  }

  holds(tag: string): boolean {
    return this.#keysByTag.has(tag);
  }

  clear(): void {
    this.#slots.clear();
    this.#keysByTag.clear();
    this.#ring.unlink();
    this.#bytes = 0;
  }

  keys(): IterableIterator<string> {
    return this.#slots.keys();
  }

  get size(): number {
    return this.#slots.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  #evict(): void {
    let oldest = this.#ring.after as Slot<V>;
    for (let chances = MOST_SECOND_CHANCES; oldest.used && chances > 0; chances--) {
      oldest.used = false;
      this.#makeNewest(oldest);
      oldest = this.#ring.after as Slot<V>;
    }
    this.#remove(oldest);
    this.#options.onEvict?.(oldest.key);
  }

  #makeNewest(slot: Slot<V>): void {
    slot.unlink();
    slot.insertBefore(this.#ring);
  }

  #remove(slot: Slot<V>): void {
    slot.unlink();
    this.#slots.delete(slot.key);
    this.#bytes -= slot.bytes;
    for (const tag of this.#tagsOf(slot.value)) {
      const keys = this.#keysByTag.get(tag);
      if (keys?.delete(slot.key) && keys.size === 0) this.#keysByTag.delete(tag);
    }
  }

  #tagged(tag: string): Set<string> {
    let keys = this.#keysByTag.get(tag);
    if (keys === undefined) {
      keys = new Set();
      this.#keysByTag.set(tag, keys);
    }
    return keys;
  }

  #tagsOf(value: V): readonly string[] {
    return this.#options.tagsOf?.(value) ?? [];
  }
}

/** A place in a ring. Alone it is its own neighbour. */
class Link {
  before: Link = this;
  after: Link = this;

  insertBefore(link: Link): void {
    this.before = link.before;
    this.after = link;
    this.before.after = this;
    this.after.before = this;
  }

  unlink(): void {
    this.before.after = this.after;
    this.after.before = this.before;
    this.before = this;
    this.after = this;
  }
}

class Slot<V> extends Link {
  readonly key: string;
  readonly value: V;
  readonly bytes: number;
  /** Looked up since it was set, or since it was last passed over. */
  used = false;

  constructor(key: string, value: V, bytes: number) {
    super();
    this.key = key;
    this.value = value;
    this.bytes = bytes;
  }
}
