import { type Backend, type Cache, type CacheOptions, createCache, type L2Options, ManualClock } from "../../src/index.ts";
import { type CallTrouble, createMemoryBackend, misbehavingBackend } from "../../src/testing/index.ts";

/** The default. */
const POLL_EVERY_MS = 400;

/** What a store was asked, since it was made or `reset`. */
export interface Commands {
  get: number;
  /** How many keys the `get`s were for. */
  keys: number;
  set: number;
  delete: number;
  clear: number;
  lock: number;
  unlock: number;
  poll: number;
  bump: number;
  flush: number;
  signal: number;
}

const NONE: Commands = { get: 0, keys: 0, set: 0, delete: 0, clear: 0, lock: 0, unlock: 0, poll: 0, bump: 0, flush: 0, signal: 0 };

/** A backend that counts what all its connections are asked. */
export function countedBackend(backend: Backend) {
  const commands = { ...NONE };
  const count = (name: keyof Commands, by = 1) => {
    commands[name] += by;
  };
  const counted = <A extends unknown[], R>(name: keyof Commands, call: (...args: A) => R) => {
    return (...args: A): R => {
      count(name);
      return call(...args);
    };
  };
  return {
    commands,
    reset: () => void Object.assign(commands, NONE),
    connect(namespace: string) {
      const { tier, bus, authority, close } = backend.connect(namespace);
      return {
        tier: {
          get: (keys: readonly string[]) => {
            count("get");
            count("keys", keys.length);
            return tier.get(keys);
          },
          set: counted("set", tier.set),
          delete: counted("delete", tier.delete),
          clear: counted("clear", tier.clear),
          lock: counted("lock", tier.lock),
          unlock: counted("unlock", tier.unlock),
          now: tier.now,
        },
        bus: { signal: counted("signal", bus.signal), subscribe: bus.subscribe },
        authority: {
          poll: counted("poll", authority.poll),
          bump: counted("bump", authority.bump),
          flush: counted("flush", authority.flush),
        },
        close,
      };
    },
  };
}

/**
 * Several processes that share one store, each with a cache of its own, connected. The store counts what it is asked, and each
 * process's connection to it can be told to misbehave.
 */
export async function createNodes<const N extends number = 2>(count?: N, options?: NodeOptions, situation?: Situation) {
  const nodes = createStrangers(count, options, situation);
  await shipped();
  nodes.store.reset();
  return nodes;
}

export interface NodeOptions extends Partial<Omit<CacheOptions, "l2" | "clock">> {
  readonly l2?: Omit<L2Options, "backend">;
}

export interface Situation {
  /** How many changes the log remembers. */
  readonly maxChanges?: number;
  /** The trouble that the first process's log is in from the beginning. */
  readonly logTrouble?: Partial<CallTrouble>;
}

/** As `createNodes`, and nobody has had an answer yet, not even from the log. */
export function createStrangers<const N extends number = 2>(
  count = 2 as N,
  options: NodeOptions = {},
  { maxChanges = 10_000, logTrouble = {} }: Situation = {},
) {
  const clock = new ManualClock();
  const memory = createMemoryBackend({ clock, maxChanges });
  const store = countedBackend(memory);
  const connectable = misbehavingBackend(store, { clock });
  const backend: Backend = {
    connect(namespace) {
      const connection = connectable.connect(namespace);
      if (connectable.connections.length === 1) connection.authority.misbehave(logTrouble);
      return connection;
    },
  };
  const { l2, ...others } = options;
  const caches = Array.from({ length: count }, () => createCache({ namespace: "test", clock, l2: { ...l2, backend }, ...others }));
  return {
    clock,
    /** The store itself, and what may happen to it. */
    memory,
    store,
    connections: connectable.connections,
    caches: caches as unknown as N extends 1 ? [Cache] : N extends 2 ? [Cache, Cache] : [Cache, Cache, Cache],
  };
}

/** Waits until what is on its way to the store, or from it, is there. */
export async function shipped(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Lets time pass in small steps, with everything that happens meanwhile. */
export async function pass(clock: ManualClock, ms: number, stepMs = 5): Promise<void> {
  await shipped();
  for (let left = ms; left > 0; left -= stepMs) {
    clock.advance(Math.min(stepMs, left));
    await shipped();
  }
}

/** Lets much time pass, and the processes poll at the end of it, as they would have all the while. */
export async function skip(clock: ManualClock, ms: number): Promise<void> {
  clock.advance(Math.max(0, ms - POLL_EVERY_MS));
  await shipped();
  clock.advance(Math.min(ms, POLL_EVERY_MS));
  await shipped();
}

/** How a promise stands, once everything has run that waits for nothing but its turn. */
export async function stateOf(promise: Promise<unknown>): Promise<unknown> {
  let state: unknown = "pending";
  promise.then(
    (value) => {
      state = { value };
    },
    (error: unknown) => {
      state = { error };
    },
  );
  await shipped();
  return state;
}

export const never = () => new Promise<never>(() => {});
