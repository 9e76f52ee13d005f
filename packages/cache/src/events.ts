/**
 * How a read was answered: the one union for events, statistics and headers.
 * `hit`: a fresh value was held. `negative`: it was held that there is no value. `collapsed`: it waited for a load that another
 * read had started. `miss`: it started a load. `stale` and `grace`: an older value was served on purpose, while a newer one is
 * loaded or because none can be had; no option turns these on yet.
 */
export type Status = "hit" | "stale" | "grace" | "negative" | "collapsed" | "miss";

/** Where an answer was held. */
export type TierName = "l1";

/** How one call of a loader ended. `discarded`: its callers got the value, but it was not kept. */
export type LoadOutcome = "installed" | "discarded" | "failed" | "timed-out";

/** What a cache tells those who listen. Payloads are made only while somebody does. */
export interface CacheEvents {
  /** A read was answered. */
  read: { readonly key: string; readonly status: Status; readonly tier: TierName | undefined };
  /** A loader was called and is done with. */
  load: { readonly key: string; readonly outcome: LoadOutcome; readonly durationMs: number; readonly error?: unknown };
  /** An entry had to go so that others fit. */
  evict: { readonly key: string; readonly tier: TierName };
  /** `delete` (keys), `invalidateTags` (tags) or `clear` (neither) was called. */
  invalidate: { readonly keys?: readonly string[]; readonly tags?: readonly string[] };
}

/** What a freshness tells those who listen. */
export interface FreshnessEvents {
  /** What was known could not be joined to what the authority says now, so everything was dropped. The first poll is such a break. */
  break: { readonly reason: string };
  /** A poll failed or took too long. Entries are served until the lease is over. */
  pollFailed: { readonly error: unknown };
}

type Listener<E> = (event: E) => void;

/** Typed listeners. One that throws disturbs nobody: its error surfaces as an uncaught exception, as in an `EventTarget`. */
export class Events<M extends object> {
  /** Which events somebody listens to. Ask before building a payload: on a hit the payload would cost more than the hit. */
  readonly heard: { [K in keyof M]?: boolean } = {};
  readonly #listeners = new Map<keyof M, Set<Listener<never>>>();

  /** @returns how to stop listening */
  on<K extends keyof M>(name: K, listener: Listener<M[K]>): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners);
    listeners.add(listener);
    this.heard[name] = true;
    return () => {
      listeners.delete(listener);
      this.heard[name] = listeners.size > 0;
    };
  }

  emit<K extends keyof M>(name: K, event: M[K]): void {
    for (const listener of (this.#listeners.get(name) ?? []) as Iterable<Listener<M[K]>>) {
      try {
        listener(event);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
