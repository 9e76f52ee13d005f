import { presentMoment, versionIn } from "./database.ts";
import { admit, hasLease, isPolled, isSuperseded, wasPolled } from "./freshness.ts";
import { positionOf } from "./poll.ts";
import type { Setting } from "./setting.ts";
import { type Entry, type Flight, NONE, type State, type Worker } from "./state.ts";

/** Starts a load. Its ticket is taken before any I/O: from here on what is polled is remembered for it. */
export function takeOff(state: State, worker: Worker, key: number, setting: Setting): Flight {
  const flight: Flight = {
    key,
    asksSecondTier: setting.secondTier,
    read: NONE,
    ofNow: true,
    since: positionOf(state, worker).head,
    heard: 0,
    joinable: true,
    awaited: false,
    afterReader: isWatched(state, worker, key),
  };
  worker.flights.push(flight);
  if (!setting.secondTier) readDatabase(state, worker, flight);
  return flight;
}

/** A load reads the database, version and content from one snapshot. It begins anew with that: with a ticket of its own. */
export function readDatabase(state: State, worker: Worker, flight: Flight): void {
  flight.asksSecondTier = false;
  flight.since = positionOf(state, worker).head;
  flight.ofNow = true;
  flight.read = presentMoment(state);
  flight.heard = 0;
  flight.afterReader ||= isWatched(state, worker, flight.key);
}

/** Whether the reader who is watched has arrived, and so came before what begins now. */
function isWatched({ reader, workers }: State, worker: Worker, key: number): boolean {
  return reader !== undefined && workers[reader.worker] === worker && reader.key === key;
}

export interface Landing {
  readonly entry: Entry;
  /** Whether it was put in. If not, it is only for who waits. */
  readonly installed: boolean;
}

/**
 * What the load read is put in, if it still may be.
 *
 * @returns `again`: it is of another history than the worker polls, and is read again; `waits`: for a poll that reaches it
 */
export function land(state: State, worker: Worker, flight: Flight, setting: Setting): Landing | "again" | "waits" {
  const { mutant, keys } = setting;
  const trip = keys[flight.key]!;
  const snapshot = mutant === "verAfter" ? presentMoment(state) : flight.read;
  const admission = admit(state, worker, trip, flight, snapshot, mutant);
  if (admission === "unknown") return isReached(state, worker, flight) ? "again" : "waits";
  const entry: Entry = { body: flight.read, version: snapshot, ofNow: flight.ofNow };
  // A detached load brings something to who waits for it, and to nobody else.
  const installed = admission === "admitted" && (flight.joinable || mutant === "dropKeepsFlight");
  if (installed) worker.entries[flight.key] = entry;
  remove(worker, flight);
  return { entry, installed };
}

/** Whether its snapshot was polled, or a poll since shows that it is of another history. Nothing is handed out before. */
export function isReached(state: State, worker: Worker, flight: Flight): boolean {
  return flight.heard === 2 || wasPolled(state, worker, flight, flight.read);
}

/**
 * The frames of the second tier that would be accepted: any of them may be there, as it may hold whatever was ever true. A frame is
 * good only if it is of this epoch and of the very version, by number and stamp, that is known, or that the database says when it
 * is asked. That answer may be as old as it likes, since others asked for it too: it counts only if its head was polled.
 */
export function acceptableFrames(state: State, worker: Worker, flight: Flight, setting: Setting): number[] {
  const { mutant, keys } = setting;
  const trip = keys[flight.key]!;
  const { epoch, generation } = positionOf(state, worker);
  // Of a load that was detached nothing is kept, so nothing is taken for it.
  if (!flight.joinable) return [];
  const readings = findReadings(state, worker, flight, setting);
  const frames: number[] = [];
  for (const [frame, moment] of state.moments.entries()) {
    const version = versionIn(state, frame, trip);
    // "Not found" is kept in memory only.
    if (moment.epoch !== epoch || moment.generation !== generation || state.changes[version]!.removes) continue;
    const isNamed = readings.some((reading) => isSame(state, reading, version, mutant === "l2EqualVersionNoStamp"));
    const isBelieved = mutant === "l2AcceptUnknown" && worker.known[trip] === NONE;
    if ((isNamed || isBelieved) && !frames.some((other) => versionIn(state, other, trip) === version)) frames.push(frame);
  }
  return frames;
}

/** The versions that may be taken for the trip's last: the known one, and what the database can have said that counts. */
function findReadings(state: State, worker: Worker, flight: Flight, { mutant, keys }: Setting): number[] {
  const trip = keys[flight.key]!;
  const known = worker.known[trip]!;
  if (!flight.ofNow) return [];
  const readings = known !== NONE && hasLease(worker, mutant) ? [known] : [];
  const isFromBefore = mutant === "selectAcrossDrop" && !isPolled(state, worker, flight.since);
  for (const asked of state.moments.keys()) {
    const isPlaced = isFromBefore || wasPolled(state, worker, flight, asked);
    if (isPlaced && !isSuperseded(state, worker, trip, flight, asked, mutant)) readings.push(versionIn(state, asked, trip));
  }
  return readings;
}

function isSame(state: State, reading: number, version: number, byNumberAlone: boolean): boolean {
  return byNumberAlone ? state.changes[reading]!.seq === state.changes[version]!.seq : reading === version;
}

/** A frame is taken: it is held in this process from now on. Without a lease it can only stand in, and the load goes on. */
export function acceptFrame(state: State, worker: Worker, flight: Flight, frame: number, { keys, mutant }: Setting): Landing | "again" {
  const entry: Entry = { body: frame, version: frame, ofNow: true };
  worker.known[keys[flight.key]!] = versionIn(state, frame, keys[flight.key]!);
  worker.entries[flight.key] = entry;
  if (!hasLease(worker, mutant)) return "again";
  remove(worker, flight);
  return { entry, installed: true };
}

export function remove(worker: Worker, flight: Flight): void {
  worker.flights = worker.flights.filter((other) => other !== flight);
}
