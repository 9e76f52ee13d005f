import type { Backend, Connection } from "@qrcards/cache";
import type { CacheConfig } from "./config-cache.ts";
import type { Channel } from "./freshness/channel.ts";

/** Redis, as far as this process has it: the cache's second tier, and the bus by which processes tell each other to poll. */
export interface SecondTier {
  readonly backend: Backend;
  readonly bus: Connection["bus"];
  /** In which workers acknowledge what they have polled. */
  readonly channel: Channel;
  /** Where it is, without user and password. */
  readonly label: string;
  /** Resolves when it is lost for the first time, or known not to be there at all. */
  readonly lost: Promise<void>;
  /** Calls the listener when Redis is lost (with the reason) and when it is back (without one), and at once if it is lost now. */
  watch(listener: (trouble: Error | undefined) => void): void;
  /** Drops every key of ours that begins with `prefix`, all if it is empty; a walk that may take long. Rejects if Redis is away. */
  clear(prefix: string): Promise<number>;
  close(): Promise<void>;
}

/** How soon after its coming it is said that Redis is there. It is used as soon as it is there, whether that was said or not. */
const LOOK_EVERY_MS = 1_000;

/** A key that nothing is ever kept under. */
const PROBE_KEY = "?";

/**
 * Connects in the background: a Redis that is not there is no error, and is used when it comes. Its client is loaded here and
 * nowhere else, so that a server without Redis does not pay for it.
 */
export async function openSecondTier({
  redis: place,
  redisPrefix,
}: Pick<CacheConfig, "redis" | "redisPrefix">): Promise<SecondTier | undefined> {
  if (place === undefined) return undefined;
  const { redis } = await import("@qrcards/cache/redis");
  const listeners: ((trouble: Error | undefined) => void)[] = [];
  const lost = Promise.withResolvers<void>();
  let trouble: Error | undefined;
  let looking: NodeJS.Timeout | undefined;
  let closed = false;

  const change = (now: Error | undefined) => {
    const isNews = (trouble === undefined) !== (now === undefined);
    trouble = now;
    if (isNews) for (const listener of listeners) listener(now);
  };
  const found = () => {
    clearInterval(looking);
    looking = undefined;
    change(undefined);
  };
  const missed = (reason: Error) => {
    if (closed) return;
    looking ??= setInterval(look, LOOK_EVERY_MS).unref();
    lost.resolve();
    change(reason);
  };
  function look(): void {
    connection.tier.get([PROBE_KEY]).then(found, missed);
  }
  // One of two connections: if it was the bus's alone, nothing is kept from anybody, and it is rebuilt in a moment.
  const backend = redis({ ...place.options, onError: look });
  const connection = backend.connect(redisPrefix);
  const acknowledgements = connection.channel!("acknowledgements");

  return {
    backend,
    bus: connection.bus,
    channel: {
      send: (text) => void acknowledgements.send(text).catch(() => {}),
      subscribe: (listener) => acknowledgements.subscribe(listener),
    },
    label: place.label,
    lost: lost.promise,
    watch: (listener) => {
      listeners.push(listener);
      if (trouble !== undefined) listener(trouble);
    },
    clear: (prefix) => connection.tier.clear(prefix),
    close: async () => {
      closed = true;
      clearInterval(looking);
      await connection.close();
    },
  };
}
