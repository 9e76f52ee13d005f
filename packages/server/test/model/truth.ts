import { presentMoment, versionIn } from "./database.ts";
import { isCurrent, mayStandIn } from "./freshness.ts";
import { runs } from "./registry.ts";
import type { Setting } from "./setting.ts";
import { type Entry, type Moment, NONE, type State, type Worker } from "./state.ts";
import { OVER } from "./time.ts";

/** A promise that was broken, in words. */
export type Broken = string;

/** What a read may not be older than, by the moment at which it began. */
export interface Floors {
  /** The last moment that was acknowledged (G1), or that began more than L ago (G2, and G6 where nothing came after). */
  readonly floor: number;
  /** The last moment of which this worker has served something already (G5). */
  readonly order: number;
}

export function floorsOf(state: State, worker: Worker, trip: number): Floors {
  const bound = state.moments.findLastIndex(({ begun }) => begun === OVER);
  return { floor: Math.max(state.acknowledged, bound), order: worker.served[trip]! };
}

/** @returns what is broken if this is served to a read with these floors */
export function judgeServed(
  state: State,
  worker: Worker,
  trip: number,
  entry: Entry,
  floors: Floors,
  setting: Setting,
): Broken | undefined {
  const version = versionIn(state, entry.body, trip);
  if (version !== versionIn(state, entry.version, trip)) return "G4: a body says that it is of another version than it is";
  const { epoch, generation } = state.moments[entry.body]!;
  // A flush makes a new truth of the same version.
  const isRead = (moment: Moment) => moment.epoch === epoch && moment.generation === generation;
  if (findTrue(state, trip, version, floors.floor, isRead) === undefined) return describe(state, floors.floor);
  if (!setting.order) return undefined;
  const moment = findTrue(state, trip, version, floors.order, () => true);
  if (moment === undefined) return "G5: something older is served than this worker has served already";
  // Whoever reads here from now on may not be told anything older.
  if (state.restored === OVER) worker.served[trip] = Math.max(worker.served[trip]!, moment);
  return undefined;
}

/** The first moment, from this one on, at which that was the trip's version. */
function findTrue(state: State, trip: number, version: number, from: number, isRight: (moment: Moment) => boolean): number | undefined {
  for (let at = from; at < state.moments.length; at++) if (versionIn(state, at, trip) === version && isRight(state.moments[at]!)) return at;
  return undefined;
}

/** Which promise a floor stands for. */
function describe(state: State, floor: number): Broken {
  if (floor <= state.acknowledged) return "G1: something older is served than an edit that was acknowledged before the read began";
  const bound = "G2: something is served that was replaced more than L before the read began";
  return floor === presentMoment(state) ? `${bound}, and nothing was changed since (G6)` : bound;
}

/** What every reader could be served right now, in each state: hits, and copies where the database fails. */
export function judgeHeld(state: State, setting: Setting): Broken | undefined {
  for (const worker of state.workers) {
    if (!runs(worker)) continue;
    for (const [key, trip] of setting.keys.entries()) {
      const broken =
        judgeOne(state, worker, trip, worker.entries[key], setting) ??
        (key === 0 ? judgeOne(state, worker, trip, worker.page, setting) : undefined);
      if (broken !== undefined) return broken;
    }
  }
  return undefined;
}

function judgeOne(state: State, worker: Worker, trip: number, entry: Entry | undefined, setting: Setting): Broken | undefined {
  if (entry === undefined) return undefined;
  const { mutant } = setting;
  if (isCurrent(state, worker, trip, entry, mutant)) return judgeServed(state, worker, trip, entry, floorsOf(state, worker, trip), setting);
  if (mayStandIn(state, worker, trip, entry, mutant) && !isLastWordOf(state, worker, trip, entry))
    return "stale-if-error: a copy is served of what this worker knows to be replaced or removed";
  return undefined;
}

/** Whether it was the truth when this worker polled last, or since, and not "not found". */
function isLastWordOf(state: State, worker: Worker, trip: number, entry: Entry): boolean {
  const version = versionIn(state, entry.body, trip);
  if (worker.polled === NONE || state.changes[version]!.removes) return false;
  for (let moment = worker.polled; moment < state.moments.length; moment++) if (versionIn(state, moment, trip) === version) return true;
  return false;
}
