import { within } from "./clock.ts";
import type { Entry } from "./entry.ts";
import { LoadTimeoutError } from "./errors.ts";
import type { LoadOutcome } from "./events.ts";
import type { Flight } from "./flight.ts";
import type { FullPolicy, Parts } from "./options.ts";
import type { Versioned } from "./versioned.ts";
import { type Written, write } from "./write.ts";

/** What a loader is told. */
export class LoadContext {
  readonly key: string;
  #controller: AbortController | undefined;
  #abortReason: Error | undefined;

  constructor(key: string) {
    this.key = key;
  }

  /** Aborted at `hardTimeoutMs`, when nobody waits any more. Made on demand: a signal costs more than many a load. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#abortReason !== undefined) this.#controller.abort(this.#abortReason);
    return this.#controller.signal;
  }

  /** For the cache alone. */
  abort(reason: Error): void {
    this.#abortReason = reason;
    this.#controller?.abort(reason);
  }
}

/** Gets a value from where it comes from. `undefined` means "there is none", and is kept as a negative entry. */
export type Loader<T> = (context: LoadContext) => Versioned<T> | T | Promise<Versioned<T> | T>;

/** How often a load reads when its snapshots are not of the history this process polls, e.g. during a restore. */
const MOST_ATTEMPTS = 3;

/** Runs the loader for a flight and puts in what it returns, if that still may be. Rejects as the loader does, or by `hardTimeoutMs`. */
export async function load<T>(parts: Parts, flight: Flight<Entry<T>>, loader: Loader<T>, policy: FullPolicy<T>): Promise<Entry<T>> {
  const deadline = parts.clock.now() + policy.hardTimeoutMs;
  for (let attempt = 1; ; attempt++) {
    const { entry, unknown } = await tryOnce(parts, flight, loader, policy, deadline);
    if (!unknown || attempt === MOST_ATTEMPTS) return entry;
  }
}

async function tryOnce<T>(
  parts: Parts,
  flight: Flight<Entry<T>>,
  loader: Loader<T>,
  policy: FullPolicy<T>,
  deadline: number,
): Promise<Written<T>> {
  const { knowledge, clock, flights, counters, events } = parts;
  const { key } = flight;
  const context = new LoadContext(key);
  const beganAt = clock.now();
  let outcome: LoadOutcome = "failed";
  let error: unknown;
  const onTimeout = () => {
    outcome = "timed-out";
    const reason = new LoadTimeoutError(key, policy.hardTimeoutMs);
    context.abort(reason);
    return reason;
  };
  // Before any I/O: from here on each change that is polled is remembered for this load.
  const ticket = knowledge.begin();
  flight.readBeganAt = flights.tick();
  try {
    const loaded = await within(clock, deadline - beganAt, call(loader, context), onTimeout);
    const written = await write(parts, flight, ticket, loaded, policy);
    outcome = written.held ? "installed" : "discarded";
    return written;
  } catch (thrown) {
    error = thrown;
    throw thrown;
  } finally {
    knowledge.end(ticket);
    counters.loads[outcome]++;
    if (events.heard.load) events.emit("load", { key, outcome, durationMs: clock.now() - beganAt, error });
  }
}

/** So that a loader which throws before it returns a promise has failed like any other. */
async function call<T>(loader: Loader<T>, context: LoadContext): Promise<Versioned<T> | T> {
  return loader(context);
}
