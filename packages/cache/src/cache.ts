import type { Reach } from "./authority.ts";
import type { Entry } from "./entry.ts";
import type { CacheEvents } from "./events.ts";
import { type Explanation, explain } from "./explain.ts";
import { createHolder, dropAll, invalidateAll, invalidateKey, invalidateTags } from "./invalidate.ts";
import { argumentsKey } from "./key.ts";
import type { Loaded, Loader } from "./loader.ts";
import { type CacheOptions, createParts, type Parts, policyOf } from "./options.ts";
import type { Policy, ReadOptions } from "./policy.ts";
import { isDue, lookUp, read, refresh } from "./read.ts";
import { type BatchLoader, readMany } from "./read-many.ts";
import type { Stats } from "./stats.ts";
import type { Versioned } from "./versioned.ts";
import { put } from "./write.ts";

/** Policy of a memoised function, and where its keys come from. */
export interface MemoizePolicy<A extends readonly unknown[], T> extends Policy<T> {
  /** A prefix, unique in this cache, to which the arguments are added (see `argumentsKey`), or a function that makes the whole key. */
  readonly key: string | ((...args: A) => string);
}

/** How long `ready` waits between two looks. */
const READY_PAUSE_MS = 5;

/**
 * Wires a cache. It works at once, whether or not its second tier can be reached. Without one it holds no timer or socket.
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
  #closed: Promise<void> | undefined;

  /** Use `createCache`. */
  constructor(parts: Parts) {
    this.#parts = parts;
    this.#removeHolder = parts.knowledge.addHolder(createHolder(parts));
  }

  /** Its name, as it was given. */
  get namespace(): string {
    return this.#parts.namespace;
  }

  /**
   * The value for `key`: held, or loaded once for all who ask meanwhile. Any value is a value: `0`, `""`, `false`, `null` and
   * `NaN` are kept and are hits. `undefined` means "there is none", and is kept as a negative entry.
   *
   * Rejects with what the loader threw (all who wait get it, and it is never kept), with the signal's reason, or with
   * `LoadTimeoutError`, `AuthorityUnavailableError`, `UnversionedError`, `CacheClosedError`, `CacheOptionError`.
   */
  getOrLoad<T>(key: string, loader: Loader<T>, options?: ReadOptions<T>): Promise<T> {
    const held = lookUp<T>(this.#parts, key);
    if (held === undefined) return read(this.#parts, key, loader, options).then(valueIn);
    this.#afterHit(key, held, loader, options);
    return Promise.resolve(held.value);
  }

  /**
   * As `getOrLoad`, with the value's provenance: what `Freshness.isCurrent` needs to judge something you make from it. Copy
   * `tag`, `version` and `generation` from the entry, never from anywhere else.
   */
  async getOrLoadEntry<T>(key: string, loader: Loader<T>, options?: ReadOptions<T>): Promise<Entry<T>> {
    const held = lookUp<T>(this.#parts, key);
    if (held === undefined) return read(this.#parts, key, loader, options);
    this.#afterHit(key, held, loader, options);
    return held;
  }

  /**
   * The values for many keys, in their order; `undefined` where there is none. What is not held is asked of the second tier in
   * one round trip, and what that lacks of the loader in one call, with exactly those keys; a key that is being loaded already
   * is waited for. `fillLock` is ignored. Rejects as `getOrLoad`, when the value of any key cannot be had.
   */
  getOrLoadMany<T>(keys: readonly string[], loader: BatchLoader<T>, options?: ReadOptions<T>): Promise<(T | undefined)[]> {
    return readMany(this.#parts, keys, loader, options);
  }

  /** A function like `fn` that reads through this cache. */
  memoize<A extends readonly unknown[], T>(
    fn: (...args: A) => Loaded<T> | Promise<Loaded<T>>,
    { key, ...policy }: MemoizePolicy<A, T>,
  ): (...args: A) => Promise<T> {
    const keyOf = typeof key === "function" ? key : (...args: A) => argumentsKey(key, args);
    // Async, so that arguments which make no key reject the call and do not throw.
    return async (...args) => this.getOrLoad<T>(keyOf(...args), () => fn(...args), policy);
  }

  /**
   * The value that is held in this process and fresh, at once; `undefined` if there is none, or if it is held that there is
   * none. Counts as a read, and as a use of the entry, only if it serves something.
   */
  peek<T>(key: string): T | undefined {
    return lookUp<T>(this.#parts, key)?.value;
  }

  /**
   * Puts a value in, `versioned` under a freshness, and makes every coherent process let go of what it has. It beats every load
   * of this key that began before. Of two that are set at once the same one wins everywhere. Resolves when the second tier has
   * it, or cannot take it; `deferred` if the other processes could not be told yet, `not-kept` if no tier holds it: because it is
   * too large, may be kept for 0 ms, is not current (any more), or the only tier it may be in cannot take it.
   */
  set<T>(key: string, value: T | Versioned<T>, policy?: Policy<T>): Promise<Reach | "not-kept"> {
    return put(this.#parts, key, value, policy);
  }

  /**
   * Forgets `key`. When it resolves no read that starts later in this process gets the old value: not from a tier, and not
   * from a load in progress, whose callers still get their value, but which is not kept. Other coherent processes follow as
   * soon as they hear of it (`done`); with `deferred` they could not be told, and will be when they can be reached again: until
   * then they may serve it for as long as its TTL.
   */
  delete(key: string): Promise<Reach> {
    return invalidateKey(this.#parts, key, false);
  }

  /** As `delete`, but a value with `graceMs` is kept, to be served if its loader fails or is slow. */
  expire(key: string): Promise<Reach> {
    return invalidateKey(this.#parts, key, true);
  }

  /**
   * As `delete`, for everything that carries one of the tags. One command, whatever their number of entries. (Under a freshness
   * the database says what is current, so this only drops what this process holds.)
   */
  invalidateTags(tags: readonly string[]): Promise<Reach> {
    return invalidateTags(this.#parts, tags);
  }

  /**
   * As `expire`, for everything; with `hard` as `delete`. Under a freshness everything is what its authority versions, in all
   * caches of all processes, if that has a `flush`; rejects with `AuthorityUnavailableError` if it could not be recorded. Without
   * one it is what this process has: it takes nothing more from the second tier until that is cleared, and the others go on.
   */
  flush({ hard = false }: { readonly hard?: boolean } = {}): Promise<Reach> {
    return invalidateAll(this.#parts, !hard);
  }

  /** A hard `flush`. */
  clear(): Promise<Reach> {
    return invalidateAll(this.#parts, false);
  }

  /**
   * Resolves to true as soon as the second tier answers (at once without one), and to false if it does not within `limitMs`. A cache
   * works before that as well; for those who would rather start with what the others have loaded.
   */
  async ready(limitMs = 1_000): Promise<boolean> {
    const { shared, clock, knowledge } = this.#parts;
    const giveUpAt = clock.now() + limitMs;
    await knowledge.contact;
    for (;;) {
      if (shared === undefined || (shared.connected && knowledge.verified)) return true;
      if (clock.now() >= giveUpAt) return false;
      await new Promise<void>((resolve) => clock.after(READY_PAUSE_MS, resolve));
    }
  }

  /** What every tier holds for `key`, what it would be answered with, and why. Asks the second tier; changes nothing. */
  explain(key: string): Promise<Explanation> {
    return explain(this.#parts, key);
  }

  /** Calls `listener` for each event of that name. Returns how to stop. */
  on<K extends keyof CacheEvents>(name: K, listener: (event: CacheEvents[K]) => void): () => void {
    return this.#parts.events.on(name, listener);
  }

  /** What was counted so far, and what is held now. */
  stats(): Stats {
    const { counters, families, values, negatives, flights, shared, coherence, shadow } = this.#parts;
    const { misses, ...counts } = counters;
    return {
      ...families.sum(),
      ...counts,
      misses: { ...misses },
      entries: values.size,
      negativeEntries: negatives.size,
      bytes: values.bytes + negatives.bytes,
      flights: flights.size,
      families: families.snapshot(),
      l2: shared?.stats(),
      coherence: coherence?.stats(),
      shadow: shadow?.stats(),
    };
  }

  /**
   * Refuses new loads, waits for those in progress (at most their `hardTimeoutMs`) and for what is on its way to the second
   * tier, and lets go of everything.
   */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const { background, coherence, connection, guards } = this.#parts;
    await background.close();
    await coherence?.close();
    await connection?.close();
    for (const guard of guards) guard.close();
    this.#removeHolder();
    dropAll(this.#parts);
  }

  /** What a hit may cause besides: a load before its time is over, a comparison. Seldom; two compares decide. */
  #afterHit<T>(key: string, held: Entry<T>, loader: Loader<T>, options: ReadOptions<T> | undefined): void {
    const { clock, shadow, background } = this.#parts;
    if (isDue(held, clock)) {
      // Async, as a policy that cannot be is no matter of a hit: the next miss rejects with it.
      const refreshNow = async () => refresh(this.#parts, key, held, loader, policyOf(this.#parts, options));
      background.run(refreshNow());
    }
    shadow?.sample(this.#parts, key, held, loader, options);
  }
}

function valueIn<T>(entry: Entry<T>): T {
  return entry.value;
}
