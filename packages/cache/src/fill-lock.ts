import { type Entry, judge } from "./entry.ts";
import type { Flight, Landing } from "./flight.ts";
import { load } from "./load.ts";
import type { SourceLoader } from "./loader.ts";
import type { Parts } from "./options.ts";
import type { FullPolicy } from "./policy.ts";
import { fromFrame } from "./promote.ts";

/** How long whoever waits for another process's load waits between two looks; each time longer, up to the second figure. */
const FIRST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 100;

/** The part of `hardTimeoutMs` for which others are waited for. What is left must be enough to load the value after all. */
const WAITING_SHARE = 0.5;

/**
 * Loads under a lock in the second tier, so that of all processes one loads and the others wait for what it puts there. Only
 * ever a saving: if the holder dies its lock expires, and where the tier does not answer, or others take too long, everybody loads
 * for themselves. Waiting and loading together take `hardTimeoutMs` at most.
 */
export async function loadLocked<T>(
  parts: Parts,
  flight: Flight<T>,
  loader: SourceLoader<T>,
  policy: FullPolicy<T>,
  held: Entry<T> | undefined,
): Promise<Landing<T>> {
  const { clock, knowledge, background } = parts;
  const shared = parts.shared!;
  const { key } = flight;
  const token = crypto.randomUUID();
  // A load before its time is over: what is found there is most likely what is held here.
  const isEarly = held !== undefined && judge(held, knowledge, clock) === "fresh";
  const beganAt = clock.now();
  const deadline = beganAt + policy.hardTimeoutMs;
  const giveUpAt = beganAt + WAITING_SHARE * policy.hardTimeoutMs;
  for (let pauseMs = FIRST_PAUSE_MS; clock.now() < giveUpAt; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    const taken = await shared.lock(key, token, policy.lockTtlMs).catch(() => undefined);
    if (taken === undefined) break;
    // Also with the lock in hand: its last holder may have put the value there after this process looked.
    const found = isEarly ? undefined : await fromFrame(parts, flight, () => shared.find(key), policy);
    if (found?.status === "hit") {
      if (taken) background.run(shared.unlock(key, token));
      return found;
    }
    if (taken) return loadAsHolder(parts, flight, loader, policy, held, deadline, token);
    await new Promise<void>((resolve) => clock.after(pauseMs, resolve));
  }
  return { entry: (await load(parts, flight, loader, policy, held, deadline)).entry, status: "miss" };
}

async function loadAsHolder<T>(
  parts: Parts,
  flight: Flight<T>,
  loader: SourceLoader<T>,
  policy: FullPolicy<T>,
  held: Entry<T> | undefined,
  deadline: number,
  token: string,
): Promise<Landing<T>> {
  const unlock = () => parts.shared!.unlock(flight.key, token).catch(() => {});
  try {
    const { entry, shipped } = await load(parts, flight, loader, policy, held, deadline);
    // The lock is given back when the value is there: not a moment earlier, or the next one would load again.
    parts.background.run((shipped ?? Promise.resolve(false)).then(unlock));
    return { entry, status: "miss" };
  } catch (error) {
    parts.background.run(unlock());
    throw error;
  }
}
