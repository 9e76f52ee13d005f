import { hasLease, isCurrent, vouchesFor } from "./freshness.ts";
import { acceptFrame, type Landing, land, readDatabase, remove, takeOff } from "./load.ts";
import type { Setting } from "./setting.ts";
import type { Flight, State, Worker } from "./state.ts";
import { type Broken, floorsOf, judgeServed } from "./truth.ts";

/**
 * The reader who is watched arrives where nothing current is held; whoever finds something current is served at once, which is
 * judged in every state. One is enough: any loads may have been begun by others.
 */
export function arrive(state: State, worker: Worker, key: number, setting: Setting): void {
  state.reader = { worker: state.workers.indexOf(worker), key, ...floorsOf(state, worker, setting.keys[key]!), needsLease: true };
  goOn(state, worker, setting);
}

/** One round: a lease, else what is current by now, else a flight to join, else one to start. */
export function goOn(state: State, worker: Worker, setting: Setting): void {
  const reader = state.reader!;
  const joined = findFlight(worker, reader.key);
  reader.needsLease = !hasLease(worker, setting.mutant) && !(setting.mutant === "joinNoLease" && joined !== undefined);
  if (reader.needsLease) return;
  const entry = worker.entries[reader.key];
  if (entry !== undefined && isCurrent(state, worker, setting.keys[reader.key]!, entry, setting.mutant)) {
    leave(state);
  } else {
    const flight = joined ?? takeOff(state, worker, reader.key, setting);
    flight.awaited = true;
  }
}

export function findFlight(worker: Worker, key: number): Flight | undefined {
  return worker.flights.find((flight) => flight.key === key && flight.joinable);
}

/** A flight brings what the database said. */
export function landFromDatabase(state: State, worker: Worker, flight: Flight, setting: Setting): Broken | undefined {
  const landing = land(state, worker, flight, setting);
  if (landing === "again") readDatabase(state, worker, flight);
  else if (landing !== "waits") return take(state, worker, flight, landing, setting);
  return undefined;
}

/** A flight brings a frame of the second tier. */
export function landFromSecondTier(state: State, worker: Worker, flight: Flight, frame: number, setting: Setting): Broken | undefined {
  const landing = acceptFrame(state, worker, flight, frame, setting);
  if (landing === "again") readDatabase(state, worker, flight);
  else return take(state, worker, flight, landing, setting);
  return undefined;
}

/** After three tries a load hands out what it read, though it is of a history that nobody here polls. It is not kept. */
export function handOut(state: State, worker: Worker, flight: Flight, setting: Setting): Broken | undefined {
  remove(worker, flight);
  const entry = { body: flight.read, version: flight.read, ofNow: false };
  return take(state, worker, flight, { entry, installed: false }, setting);
}

/**
 * What a reader takes: what was read after they arrived; else only what is current, as it may have been replaced before they
 * arrived. If it is not, the next round ends it.
 */
function take(state: State, worker: Worker, flight: Flight, { entry, installed }: Landing, setting: Setting): Broken | undefined {
  if (!flight.awaited) return undefined;
  const { mutant, keys } = setting;
  const { key, floor, order } = state.reader!;
  const trip = keys[key]!;
  const isGood =
    flight.afterReader ||
    mutant === "joinAny" ||
    (installed && (mutant === "joinNoLease" ? vouchesFor : isCurrent)(state, worker, trip, entry, mutant));
  if (!isGood) {
    goOn(state, worker, setting);
    return undefined;
  }
  leave(state);
  return judgeServed(state, worker, trip, entry, { floor, order }, setting);
}

/** The reader is served, or gone. */
export function leave(state: State): void {
  state.reader = undefined;
  for (const worker of state.workers) for (const flight of worker.flights) Object.assign(flight, { awaited: false, afterReader: false });
}
