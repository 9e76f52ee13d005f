import type { Backend, Connection } from "../backend.ts";
import { type Clock, systemClock } from "../clock.ts";
import { CacheClosedError } from "../errors.ts";
import { MemoryAuthority } from "./memory/authority.ts";
import { MemoryBus } from "./memory/bus.ts";
import { MemorySharedTier } from "./memory/shared-tier.ts";

/** The clock of a store in memory, and how many changes it remembers. */
export interface MemoryBackendOptions {
  /** What lifetimes are measured by, and the tier's `now()`. Default: the process's monotonic clock. */
  readonly clock?: Clock;
  /** The most changes that the authority remembers. Default 10,000. */
  readonly maxChanges?: number;
}

/** A `Backend` in this process, and what may happen to a real one. */
export interface MemoryBackend extends Backend {
  /** What a restart does to a store that keeps nothing on disk: values, locks and the log of changes are gone. */
  loseEverything(namespace: string): void;
  /** What a lost connection does to all subscriptions of a namespace: they are made again, and told of the gap. */
  cutSubscriptions(namespace: string): void;
}

/**
 * A shared store that lives in this process: all connections to one namespace of one backend share it. For tests and
 * simulations, where it needs no service and no time but that of its clock, and for several caches in one process that should
 * see each other's deletes. Everything happens at the call; signals arrive after the turn. Nothing is evicted.
 */
export function createMemoryBackend({ clock = systemClock, maxChanges = 10_000 }: MemoryBackendOptions = {}): MemoryBackend {
  const stores = new Map<string, Store>();
  const storeOf = (namespace: string): Store => {
    let store = stores.get(namespace);
    if (store === undefined) {
      store = { tier: new MemorySharedTier(clock), bus: new MemoryBus(), authority: new MemoryAuthority(maxChanges) };
      stores.set(namespace, store);
    }
    return store;
  };
  return {
    connect: (namespace) => connectTo(storeOf(namespace)),
    loseEverything(namespace) {
      const store = storeOf(namespace);
      void store.tier.clear();
      store.authority.loseEverything();
    },
    cutSubscriptions: (namespace) => storeOf(namespace).bus.resubscribe(),
  };
}

/** What all connections to one namespace share. */
interface Store {
  readonly tier: MemorySharedTier;
  readonly bus: MemoryBus;
  readonly authority: MemoryAuthority;
}

/** One connection: it is refused everything, and hears nothing, once it is closed. */
function connectTo({ tier, bus, authority }: Store): Connection {
  let closed = false;
  const subscriptions = new Set<() => void>();
  const whileOpen =
    <A extends unknown[], R>(work: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      if (closed) throw new CacheClosedError("The connection");
      return work(...args);
    };
  return {
    tier: {
      get: whileOpen((keys) => tier.get(keys)),
      set: whileOpen((key, frame, ttlMs) => tier.set(key, frame, ttlMs)),
      delete: whileOpen((keys) => tier.delete(keys)),
      lock: whileOpen((key, token, ttlMs) => tier.lock(key, token, ttlMs)),
      unlock: whileOpen((key, token) => tier.unlock(key, token)),
      clear: whileOpen((prefix?: string) => tier.clear(prefix)),
      now: () => tier.now(),
    },
    bus: {
      signal: whileOpen(() => bus.signal()),
      subscribe(listener) {
        if (closed) return () => {};
        const unsubscribe = bus.subscribe(listener);
        subscriptions.add(unsubscribe);
        return () => {
          unsubscribe();
          subscriptions.delete(unsubscribe);
        };
      },
    },
    authority: {
      poll: whileOpen((since) => authority.poll(since)),
      bump: whileOpen((tags) => authority.bump(tags)),
      flush: whileOpen((hard) => authority.flush(hard)),
    },
    async close() {
      closed = true;
      for (const unsubscribe of subscriptions) unsubscribe();
      subscriptions.clear();
    },
  };
}
