import type { Bus, Freshness } from "@qrcards/cache";

/** The other processes on the same database, as far as they can be told that something changed. */
export interface Neighbours {
  /** Has them poll now instead of at their next turn. Never rejects, and is nothing to wait for: who misses it polls in time. */
  tell(): void;
  close(): void;
}

/** Polls when others say so. A message carries no knowledge, so one that is lost, doubled or forged does no harm. */
export function createNeighbours(bus: Bus, freshness: Pick<Freshness, "hear">): Neighbours {
  // A poll that fails is told to whoever needs its lease.
  const poll = () => void freshness.hear().catch(() => {});
  const unsubscribe = bus.subscribe(poll);
  return {
    tell: () => void bus.signal().catch(() => {}),
    close: unsubscribe,
  };
}

/** There is no bus: others find out by polling. */
export const NO_NEIGHBOURS: Neighbours = { tell: () => {}, close: () => {} };
