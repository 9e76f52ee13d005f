import type { Entry } from "./entry.ts";
import type { CacheEvents } from "./events.ts";
import { argumentsKey } from "./key.ts";
import type { Loader } from "./load.ts";
import { type CacheOptions, createParts, type Parts, type Policy } from "./options.ts";
import { lookUp, read } from "./read.ts";
import type { Stats } from "./stats.ts";
import type { Versioned } from "./versioned.ts";
import { put } from "./write.ts";

/** Policy of a memoised function, and where its keys come from. */
export interface MemoizePolicy<A extends readonly unknown[], T> extends Policy<T> {
  /** A prefix, unique in this cache, to which the arguments are added (see `argumentsKey`), or a function that makes the whole key. */
  readonly key: string | ((...args: A) => string);
}

/**
 * Wires a cache. It works at once, and holds no timer or socket of its own.
 *
 * @throws CacheOptionError if an option has a value that it cannot have
 */
export function createCache(options: CacheOptions): Cache {
  return new Cache(createParts(options));
}

/** The verbs. Each delegates to the file of its name; decisions are made there. */
export class Cache {
  readonly #parts: Parts;
  readonly #removeHolder: () => void;

  /** Use `createCache`. */
  constructor(parts: Parts) {
    this.#parts = parts;
    const { values, negatives } = parts;
    this.#removeHolder = parts.knowledge.addHolder({
      holds: (tag) => values.holds(tag) || negatives.holds(tag),
      clear: () => this.#drop(),
    });
  }

  /**
   * The value for `key`: held, or loaded once for all who ask meanwhile. Any value is a value: `0`, `""`, `false`, `null` and
   * `NaN` are kept and are hits. `undefined` means "there is none", and is kept as a negative entry.
   *
   * Rejects with what the loader threw (all who wait get it, and it is never kept), or with `LoadTimeoutError`,
   * `AuthorityUnavailableError`, `UnversionedError`, `CacheClosedError`, `CacheOptionError`.
   */
  getOrLoad<T>(key: string, loader: Loader<T>, policy?: Policy<T>): Promise<T> {
    const held = lookUp<T>(this.#parts, key);
    if (held !== undefined) return Promise.resolve(held.value);
    return read(this.#parts, key, loader, policy).then(valueIn);
  }

  /**
   * As `getOrLoad`, with the value's provenance: what `Freshness.isCurrent` needs to judge something you make from it. Copy
   * `tag`, `version` and `generation` from the entry, never from anywhere else.
   */
  async getOrLoadEntry<T>(key: string, loader: Loader<T>, policy?: Policy<T>): Promise<Entry<T>> {
    return lookUp<T>(this.#parts, key) ?? read(this.#parts, key, loader, policy);
  }

  /** A function like `fn` that reads through this cache. */
  memoize<A extends readonly unknown[], T>(
    fn: (...args: A) => Versioned<T> | T | Promise<Versioned<T> | T>,
    { key, ...policy }: MemoizePolicy<A, T>,
  ): (...args: A) => Promise<T> {
    const keyOf = typeof key === "function" ? key : (...args: A) => argumentsKey(key, args);
    return async (...args) => {
      const callKey = keyOf(...args);
      const held = lookUp<T>(this.#parts, callKey);
      return held === undefined ? (await read(this.#parts, callKey, () => fn(...args), policy)).value : held.value;
    };
  }

  /**
   * The value that is held in this process and fresh, at once; `undefined` if there is none, or if it is held that there is
   * none. Counts as a read, and as a use of the entry, only if it serves something.
   */
  peek<T>(key: string): T | undefined {
    return lookUp<T>(this.#parts, key)?.value;
  }

  /**
   * Puts a value in, `versioned` under a freshness. It beats every load of this key that began before. Resolves to whether it
   * is held: not if it is larger than the tier, may be kept for 0 ms, or is not current.
   */
  async set<T>(key: string, value: T | Versioned<T>, policy?: Policy<T>): Promise<boolean> {
    return put(this.#parts, key, value, policy);
  }

  /**
   * Forgets `key`. When it resolves no read that starts later gets the old value: not from a tier, and not from a load in
   * progress, whose callers still get their value, but which is not kept.
   */
  async delete(key: string): Promise<void> {
    const { flights, values, negatives, events } = this.#parts;
    flights.detach(key);
    values.delete(key);
    negatives.delete(key);
    if (events.heard.invalidate) events.emit("invalidate", { keys: [key] });
  }

  /** As `delete`, for everything that carries one of the tags, loads in progress included. */
  async invalidateTags(tags: readonly string[]): Promise<void> {
    const { flights, values, negatives, events } = this.#parts;
    flights.detachTags(tags);
    for (const tag of tags) {
      values.deleteTag(tag);
      negatives.deleteTag(tag);
    }
    if (events.heard.invalidate) events.emit("invalidate", { tags });
  }

  /** As `delete`, for everything. */
  async clear(): Promise<void> {
    this.#drop();
    if (this.#parts.events.heard.invalidate) this.#parts.events.emit("invalidate", {});
  }

  /** Calls `listener` for each event of that name. Returns how to stop. */
  on<K extends keyof CacheEvents>(name: K, listener: (event: CacheEvents[K]) => void): () => void {
    return this.#parts.events.on(name, listener);
  }

  /** What was counted so far, and what is held now. */
  stats(): Stats {
    const { counters, values, negatives, flights } = this.#parts;
    return {
      reads: { ...counters.reads },
      refused: counters.refused,
      loads: { ...counters.loads },
      tooLarge: counters.tooLarge,
      evictions: counters.evictions,
      entries: values.size,
      negativeEntries: negatives.size,
      bytes: values.bytes + negatives.bytes,
      flights: flights.size,
    };
  }

  /** Refuses new loads, waits for those in progress (at most their `hardTimeoutMs`), and lets go of everything. */
  async close(): Promise<void> {
    await this.#parts.background.close();
    this.#removeHolder();
    this.#drop();
  }

  #drop(): void {
    this.#parts.flights.detachAll();
    this.#parts.values.clear();
    this.#parts.negatives.clear();
  }
}

function valueIn<T>(entry: Entry<T>): T {
  return entry.value;
}
