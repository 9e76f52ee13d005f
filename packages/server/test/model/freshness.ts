import { isOn, versionAt, versionIn } from "./database.ts";
import type { Mutant } from "./mutants.ts";
import { positionOf } from "./poll.ts";
import { type Entry, type Flight, NONE, type State, type Worker } from "./state.ts";
import { OVER } from "./time.ts";

export function hasLease(worker: Worker, mutant: Mutant | undefined): boolean {
  return worker.lease !== OVER || (mutant === "noLease" && worker.polled !== NONE);
}

/** The only judge of what a worker holds: a structure, a path, a page, that there is none. */
export function isCurrent(state: State, worker: Worker, trip: number, entry: Entry, mutant: Mutant | undefined): boolean {
  return hasLease(worker, mutant) && vouchesFor(state, worker, trip, entry, mutant);
}

/** The same, the lease aside. */
export function vouchesFor(state: State, worker: Worker, trip: number, entry: Entry, mutant: Mutant | undefined): boolean {
  if (worker.known[trip] === NONE) return mutant === "sweepHeld" && entry.ofNow;
  return entry.ofNow && !isOlder(state, trip, entry, worker);
}

/** Whether it may be served, marked, where the database fails: not what is known to have been replaced, and no "not found". */
export function mayStandIn(state: State, worker: Worker, trip: number, entry: Entry, mutant: Mutant | undefined): boolean {
  if (state.changes[versionOf(state, trip, entry)]!.removes) return false;
  if (mutant === "replacedStandsIn") return true;
  return worker.known[trip] !== NONE && !isOlder(state, trip, entry, worker);
}

/** The change that an entry is the result of. */
export function versionOf(state: State, trip: number, entry: Entry): number {
  return versionAt(state, state.moments[entry.version]!.head, trip);
}

function isOlder(state: State, trip: number, entry: Entry, worker: Worker): boolean {
  const known = worker.known[trip]!;
  return state.changes[versionOf(state, trip, entry)]!.seq < state.changes[known]!.seq;
}

/**
 * What came of asking to install a value that was read from this snapshot: put it in, now; something newer is known; or it is of a
 * history that this worker has not polled.
 */
export function admit(
  state: State,
  worker: Worker,
  trip: number,
  ticket: Flight,
  snapshot: number,
  mutant: Mutant | undefined,
): "admitted" | "superseded" | "unknown" {
  if (isUnknown(state, worker, ticket, snapshot, mutant)) return "unknown";
  if (isSuperseded(state, worker, trip, ticket, snapshot, mutant)) return "superseded";
  worker.known[trip] = versionIn(state, snapshot, trip);
  return "admitted";
}

/** Whether the snapshot is of another history than this worker polls, or of one that it has not polled so far. */
export function isUnknown(state: State, worker: Worker, ticket: Flight, snapshot: number, mutant: Mutant | undefined): boolean {
  return !ticket.ofNow || (!wasPolled(state, worker, ticket, snapshot) && mutant !== "loadAheadOfPoll");
}

/** Whether something newer of the trip is known, or was polled since the load began. */
export function isSuperseded(
  state: State,
  worker: Worker,
  trip: number,
  ticket: Flight,
  snapshot: number,
  mutant: Mutant | undefined,
): boolean {
  const newest = mutant === "lazyNoPlaceholder" ? worker.known[trip]! : newestPolled(state, worker, trip, ticket);
  if (newest === NONE || mutant === "installBlind") return false;
  return state.changes[versionIn(state, snapshot, trip)]!.seq < state.changes[newest]!.seq;
}

/** Whether the snapshot's head is a change that this worker has polled, when the load began or since: only polls are knowledge. */
export function wasPolled(state: State, worker: Worker, ticket: Flight, snapshot: number): boolean {
  const { head } = state.moments[snapshot]!;
  if (state.changes[head]!.seq < state.changes[ticket.since]!.seq) return false;
  return isPolled(state, worker, head);
}

/** Whether a change is one of the history that this worker has polled. */
export function isPolled(state: State, worker: Worker, change: number): boolean {
  const { head } = positionOf(state, worker);
  return state.changes[change]!.seq <= state.changes[head]!.seq && isOn(state, change, head);
}

/** What is known of the trip, or was polled of it since the load began. */
function newestPolled(state: State, worker: Worker, trip: number, ticket: Flight): number {
  const last = versionAt(state, positionOf(state, worker).head, trip);
  const { seq } = state.changes[last]!;
  const known = worker.known[trip]!;
  if (seq > state.changes[ticket.since]!.seq && (known === NONE || seq > state.changes[known]!.seq)) return last;
  return known;
}
