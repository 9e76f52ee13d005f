import { isOn, presentMoment } from "./database.ts";
import type { Mutant } from "./mutants.ts";
import { isRegistered, register } from "./registry.ts";
import { type Flight, type Moment, NONE, type State, type Worker } from "./state.ts";
import { beginWait, now } from "./time.ts";

/**
 * A poll begins and reads its one snapshot. The time between the two is none here: a worker that asked earlier would only have its
 * lease for less long.
 */
export function askPoll(state: State, worker: Worker, mutant: Mutant | undefined): void {
  worker.poll = { moment: presentMoment(state), askedAt: now(state), registered: isRegistered(state, worker, mutant) };
  for (const flight of worker.flights) if (flight.read !== NONE && flight.heard === 0) flight.heard = 1;
}

/**
 * Whether a poll that begins now can bring something: not where its answer, however late it is heard, says what is known, and gives
 * the lease that is there.
 */
export function mayBringSomething(state: State, worker: Worker, mutant: Mutant | undefined): boolean {
  const isAwaited = worker.flights.some(({ read, heard }) => read !== NONE && heard === 0);
  const isNew = worker.polled !== presentMoment(state) || worker.lease !== now(state) || !isRegistered(state, worker, mutant);
  return isAwaited || isNew;
}

/** It gets no answer. */
function losePoll(worker: Worker): void {
  worker.poll = undefined;
  for (const flight of worker.flights) if (flight.heard === 1) flight.heard = 0;
}

/** Its answer arrives. Apply first, extend after. */
export function applyPoll(state: State, worker: Worker, mutant: Mutant | undefined): void {
  const { moment, askedAt, registered } = worker.poll!;
  if (!registered) {
    // No lease, and nothing acknowledged: first it must be known again, and under another id.
    losePoll(worker);
    register(state, worker, mutant);
    return;
  }
  worker.poll = undefined;
  const { epoch, generation, head } = state.moments[moment]!;
  if (isBreak(state, worker, moment, mutant)) beginAnew(state, worker, mutant);
  else learn(state, worker, head, generation, mutant);
  worker.polled = moment;
  worker.lease = mutant === "leaseFromReply" ? now(state) : askedAt;
  for (const flight of worker.flights) if (flight.heard === 1) flight.heard = 2;
  say(state, worker.id, epoch, head);
}

/** Whether what the worker knows cannot be continued with this answer. */
function isBreak(state: State, worker: Worker, moment: number, mutant: Mutant | undefined): boolean {
  if (worker.polled === NONE) return true;
  const answer = state.moments[moment]!;
  const position = state.moments[worker.polled]!;
  const seqOf = (change: number) => state.changes[change]!.seq;
  if (answer.epoch !== position.epoch) return true;
  if (seqOf(answer.head) < seqOf(position.head)) return true;
  if (seqOf(position.head) < answer.prunedTo) return true;
  return !isOn(state, position.head, answer.head) && mutant !== "pollNoStamp";
}

/** Drops all, detaches running loads, raises the process generation. */
function beginAnew(state: State, worker: Worker, mutant: Mutant | undefined): void {
  worker.known.fill(NONE);
  worker.entries.fill(undefined);
  worker.page = undefined;
  raiseGeneration(worker, mutant);
  detachFlights(worker, mutant);
  worker.unbroken = beginWait(state);
}

/** Whoever waits for them gets what they bring, nobody else does, and none of it is kept. */
function detachFlights(worker: Worker, mutant: Mutant | undefined): void {
  for (const flight of worker.flights) flight.joinable = outlives(flight, mutant);
  worker.flights = worker.flights.filter(({ awaited, joinable }) => awaited || joinable);
}

/** Whether a load goes on over a break as if nothing had happened. */
function outlives({ asksSecondTier }: Flight, mutant: Mutant | undefined): boolean {
  return mutant === "dropKeepsFlight" || (mutant === "selectAcrossDrop" && asksSecondTier);
}

function learn(state: State, worker: Worker, head: number, generation: number, mutant: Mutant | undefined): void {
  const position = state.moments[worker.polled]!;
  if (generation !== position.generation) raiseGeneration(worker, mutant);
  const { seq } = state.changes[position.head]!;
  for (let change = head; state.changes[change]!.seq > seq; change = state.changes[change]!.before) {
    const { trip } = state.changes[change]!;
    const known = worker.known[trip] ?? NONE;
    // Where nothing is known nothing is held; a load in progress looks for it among what was polled since it began.
    if (known !== NONE && state.changes[change]!.seq > state.changes[known]!.seq) worker.known[trip] = change;
  }
}

/** What is held stays, but nothing of it is current any more. */
function raiseGeneration(worker: Worker, mutant: Mutant | undefined): void {
  for (const entry of [...worker.entries, worker.page, worker.making]) if (entry !== undefined) entry.ofNow = false;
  for (const flight of worker.flights) flight.ofNow &&= outlives(flight, mutant);
}

export function say(state: State, id: number, epoch: number, change: number): void {
  if (!state.said.some((said) => said.id === id && said.epoch === epoch && said.change === change)) state.said.push({ id, epoch, change });
}

/** What a worker that has polled stands at. */
export function positionOf(state: State, worker: Worker): Moment {
  return state.moments[worker.polled]!;
}
