import { channel } from "node:diagnostics_channel";
import type { PollAnswer } from "./authority.ts";
import type { BreakerState } from "./breaker.ts";

/**
 * How a read was answered: the one union for events, statistics and headers.
 * `hit`: a fresh value was held, in a tier of any number. `negative`: it was held that there is no value. `stale`: an older value,
 * while a newer one is loaded. `grace`: an older value, as no newer one could be had in time. `collapsed`: it waited for what
 * another read had started. `miss`: it called a loader.
 */
export type Status = "hit" | "stale" | "grace" | "negative" | "collapsed" | "miss";

/** Where an answer was held. */
export type TierName = "l1" | "l2";

/**
 * Why a miss was one. `new`: the key was not held, as far as is remembered. `expired`: its time was over. `replaced`: something
 * newer was known. `invalidated`: it was deleted, or one of its tags invalidated. `evicted`: it had to go so that others fit.
 */
export type MissCause = "new" | "expired" | "replaced" | "invalidated" | "evicted";

/** How one call of a loader ended. `discarded`: its callers got the value, but it was not kept. */
export type LoadOutcome = "installed" | "discarded" | "failed" | "timed-out";

/**
 * What a cache tells those who listen, with `cache.on` or, for all caches of a process, on the channel
 * `qrcards:cache:<name>` of `node:diagnostics_channel` (with `namespace` added). Payloads are made only while somebody does.
 */
export interface CacheEvents {
  /** A read was answered. `cause` is given for a miss. */
  read: {
    readonly key: string;
    readonly family: string;
    readonly status: Status;
    readonly tier: TierName | undefined;
    readonly cause?: MissCause;
  };
  /** A loader was called and is done with. */
  load: {
    readonly key: string;
    readonly family: string;
    readonly outcome: LoadOutcome;
    readonly durationMs: number;
    readonly error?: unknown;
  };
  /** An entry had to go so that others fit. */
  evict: { readonly key: string; readonly tier: TierName };
  /** `delete` or `expire` (keys), `invalidateTags` (tags), `flush` or `clear` (neither) was called. `soft`: copies are kept for grace. */
  invalidate: { readonly keys?: readonly string[]; readonly tags?: readonly string[]; readonly soft: boolean };
  /** The second tier was found not to answer (`open`), is being tried again (`half-open`), or answers (`closed`). */
  breaker: { readonly of: "reads" | "writes"; readonly state: BreakerState };
  /** A sampled read was loaded again, and compared with what it had been served. `ageMs`: since that had been loaded. */
  shadow: { readonly key: string; readonly outcome: "same" | "different" | "undecided"; readonly ageMs: number };
}

/** What a freshness tells those who listen. */
export interface FreshnessEvents {
  /** What was known could not be joined to what the authority says now, so everything was dropped. The first poll is such a break. */
  break: { readonly reason: string };
  /** A poll succeeded, and what it said is learnt. */
  polled: { readonly answer: PollAnswer };
  /** A poll failed or took too long. Entries are served until the lease is over. */
  pollFailed: { readonly error: unknown };
}

type Listener<E> = (event: E) => void;

/** Typed listeners. One that throws disturbs nobody: its error surfaces as an uncaught exception, as in an `EventTarget`. */
export class Events<M extends object> {
  readonly #listeners = new Map<keyof M, Set<Listener<never>>>();

  /** Whether somebody listens. Ask before building a payload: on a hit the payload would cost more than the hit. */
  wants(name: keyof M): boolean {
    return (this.#listeners.get(name)?.size ?? 0) > 0;
  }

  /** @returns how to stop listening */
  on<K extends keyof M>(name: K, listener: Listener<M[K]>): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners);
    listeners.add(listener);
    return () => void listeners.delete(listener);
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

type CacheEventName = keyof CacheEvents;

/** Where all caches of a process tell what happens, for those who watch from outside, such as tracers. */
const CHANNELS = {
  read: channel("qrcards:cache:read"),
  load: channel("qrcards:cache:load"),
  evict: channel("qrcards:cache:evict"),
  invalidate: channel("qrcards:cache:invalidate"),
  breaker: channel("qrcards:cache:breaker"),
  shadow: channel("qrcards:cache:shadow"),
} satisfies Record<CacheEventName, unknown>;

/** The events of one cache: for its listeners, and for the channels. */
export class CacheEventSource extends Events<CacheEvents> {
  readonly #namespace: string;
  /** Whether `read` has a listener: a field, as each hit asks. */
  #readHeard = false;

  constructor(namespace: string) {
    super();
    this.#namespace = namespace;
  }

  /** `wants("read")`, as cheap as it can be. */
  get wantsRead(): boolean {
    return this.#readHeard || CHANNELS.read.hasSubscribers;
  }

  override wants(name: CacheEventName): boolean {
    return super.wants(name) || CHANNELS[name].hasSubscribers;
  }

  override on<K extends CacheEventName>(name: K, listener: Listener<CacheEvents[K]>): () => void {
    const off = super.on(name, listener);
    this.#readHeard = super.wants("read");
    return () => {
      off();
      this.#readHeard = super.wants("read");
    };
  }

  override emit<K extends CacheEventName>(name: K, event: CacheEvents[K]): void {
    super.emit(name, event);
    if (CHANNELS[name].hasSubscribers) CHANNELS[name].publish({ namespace: this.#namespace, ...event });
  }
}
