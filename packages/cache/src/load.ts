import type { Entry } from "./entry.ts";
import { LoadTimeoutError } from "./errors.ts";
import type { LoadOutcome } from "./events.ts";
import type { Flight } from "./flight.ts";
import { callLoader, LoadContext, type SourceLoader } from "./loader.ts";
import type { Parts } from "./options.ts";
import type { FullPolicy } from "./policy.ts";
import { type Written, write } from "./write.ts";

/** How often a load reads when its snapshots are not of the history this process polls, e.g. during a restore. */
const MOST_ATTEMPTS = 3;

/**
 * Runs the loader for a flight and puts in what it returns, if that still may be. Rejects as the loader does, or at
 * the deadline.
 *
 * @param held what is still held for the key, if anything is
 * @param deadline default: in `hardTimeoutMs`
 */
export async function load<T>(
  parts: Parts,
  flight: Flight<T>,
  loader: SourceLoader<T>,
  policy: FullPolicy<T>,
  held: Entry<T> | undefined,
  deadline: number = parts.clock.now() + policy.hardTimeoutMs,
): Promise<Written<T>> {
  for (let attempt = 1; ; attempt++) {
    const written = await tryOnce(parts, flight, loader, policy, held, deadline);
    if (!written.unknown || attempt === MOST_ATTEMPTS) return written;
  }
}

async function tryOnce<T>(
  parts: Parts,
  flight: Flight<T>,
  loader: SourceLoader<T>,
  policy: FullPolicy<T>,
  held: Entry<T> | undefined,
  deadline: number,
): Promise<Written<T>> {
  const { knowledge, clock, flights, families, events } = parts;
  const { key } = flight;
  const context = new LoadContext<T>(key, held?.value);
  const beganAt = clock.now();
  let outcome: LoadOutcome = "failed";
  let error: unknown;
  const late = () => {
    outcome = "timed-out";
    return new LoadTimeoutError(key, policy.hardTimeoutMs);
  };
  // Before any I/O: from here on each change that is polled is remembered for this load.
  const ticket = knowledge.begin();
  flight.readBeganAt = flights.tick();
  try {
    const loaded = await callLoader(clock, loader, context, deadline - beganAt, late);
    const written = await write(parts, flight, ticket, loaded, policy, held);
    outcome = written.held || written.shipped !== undefined ? "installed" : "discarded";
    return written;
  } catch (thrown) {
    error = thrown;
    throw thrown;
  } finally {
    knowledge.end(ticket);
    families.get(policy.family).loads[outcome]++;
    if (events.wants("load")) events.emit("load", { key, family: policy.family, outcome, durationMs: clock.now() - beganAt, error });
  }
}
