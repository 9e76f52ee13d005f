import { presentMoment } from "./database.ts";
import { isCurrent, isUnknown } from "./freshness.ts";
import { acceptableFrames, isReached, readDatabase, takeOff } from "./load.ts";
import { applyPoll, askPoll, mayBringSomething, say } from "./poll.ts";
import { arrive, findFlight, goOn, handOut, landFromDatabase, landFromSecondTier, leave } from "./read.ts";
import { deleteRow, register, runs } from "./registry.ts";
import { type Flight, NONE, type State, type Worker } from "./state.ts";
import { nameOf, type StepList } from "./step-list.ts";
import { OVER } from "./time.ts";
import { tellMoment } from "./words.ts";

export function workerSteps(list: StepList): void {
  for (const [number, worker] of list.state.workers.entries()) {
    if (!runs(worker)) {
      startSteps(list, number);
      continue;
    }
    endSteps(list, number, worker);
    pollSteps(list, number, worker);
    if (worker.polled === NONE || number >= list.setting.serving) continue;
    forgettingSteps(list, number, worker);
    loadSteps(list, number, worker);
    if (list.setting.pages) pageSteps(list, number, worker);
    if (list.setting.reader) readSteps(list, number, worker);
  }
}

function startSteps(list: StepList, number: number): void {
  const { state, setting } = list;
  list.spend(
    "starts",
    () => `${nameOf(state, number)} starts and registers`,
    (then) => register(then, then.workers[number]!, setting.mutant),
  );
}

function endSteps(list: StepList, number: number, worker: Worker): void {
  const { state, setting } = list;
  list.spend(
    "crashes",
    () => `${nameOf(state, number)} crashes`,
    (then) => crash(then, number),
  );
  list.spend(
    "crashes",
    () => `${nameOf(state, number)} stops, or is seen to have ended: its row is deleted`,
    (then) => {
      deleteRow(then, worker.id);
      crash(then, number);
    },
  );
  if (setting.mutant === "leaveBeforeStop")
    list.by(
      number,
      () => "deletes its row and goes on for a while",
      (then) => deleteRow(then, worker.id),
    );
}

/** Memory is lost, and with it edits under way: nobody is told that they are visible. */
function crash(state: State, number: number): void {
  if (state.reader?.worker === number) leave(state);
  const { name, known, entries } = state.workers[number]!;
  state.workers[number] = createWorker(name, known.length, entries.length);
  state.edits = state.edits.filter((edit) => edit.worker !== number);
}

/** A process that does not run. */
export function createWorker(name: number, trips: number, keys: number): Worker {
  return {
    name,
    id: NONE,
    polled: NONE,
    lease: OVER,
    unbroken: OVER,
    known: Array.from({ length: trips }, () => NONE),
    entries: Array.from({ length: keys }, () => undefined),
    making: undefined,
    page: undefined,
    poll: undefined,
    flights: [],
    served: Array.from({ length: trips }, () => 0),
  };
}

function pollSteps(list: StepList, number: number, worker: Worker): void {
  const { state, setting } = list;
  const { mutant } = setting;
  if (worker.poll === undefined && mayBringSomething(state, worker, mutant))
    list.by(
      number,
      () => `polls, and the database answers: ${tellMoment(state, presentMoment(state))}`,
      (then, it) => askPoll(then, it, mutant),
    );
  if (worker.poll !== undefined) {
    const { moment, registered } = worker.poll;
    list.by(
      number,
      () => (registered ? `hears the answer: ${tellMoment(state, moment)}` : "hears that it is not registered, and registers anew"),
      (then, it) => applyPoll(then, it, mutant),
    );
  }
  if (mutant === "ackCumulative")
    for (const { moment } of state.edits)
      list.by(
        number,
        () => "hears of the edit and acknowledges it",
        (then, it) => say(then, it.id, then.moments[moment]!.epoch, then.moments[moment]!.head),
      );
  if (mutant === "busEstablishes" && worker.polled !== NONE)
    for (const [change, { trip, seq }] of state.changes.entries())
      if (trip !== NONE && worker.known[trip] === NONE)
        list.by(
          number,
          () => `hears, late, of change ${seq}`,
          (_, it) => {
            it.known[trip] = change;
          },
        );
}

/** What memory may lose at any time. */
function forgettingSteps(list: StepList, number: number, worker: Worker): void {
  const { setting } = list;
  for (const [key, entry] of worker.entries.entries()) {
    if (entry === undefined || list.state.left.evictions === 0) continue;
    list.by(
      number,
      () => `evicts what it holds for key ${key}`,
      (then, it) => {
        then.left.evictions--;
        it.entries[key] = undefined;
      },
    );
  }
  if (!setting.sweeps) return;
  for (const [trip, known] of worker.known.entries()) {
    if (known === NONE) continue;
    const isHeld =
      worker.entries.some((entry, key) => entry !== undefined && setting.keys[key] === trip) ||
      (worker.page !== undefined && setting.keys[0] === trip);
    if (isHeld && setting.mutant !== "sweepHeld") continue;
    list.by(
      number,
      () => `forgets what it knows of trip ${trip}`,
      (_, it) => {
        it.known[trip] = NONE;
      },
    );
  }
}

function loadSteps(list: StepList, number: number, worker: Worker): void {
  const { state, setting } = list;
  for (const key of setting.keys.keys()) {
    const entry = worker.entries[key];
    const isHeld = entry !== undefined && isCurrent(state, worker, setting.keys[key]!, entry, setting.mutant);
    if (isHeld || findFlight(worker, key) !== undefined || worker.flights.length >= setting.flights) continue;
    list.by(
      number,
      () =>
        `begins a load for key ${key}, for somebody else${setting.secondTier ? "" : `: the database says ${tellMoment(state, presentMoment(state))}`}`,
      (then, it) => takeOff(then, it, key, setting),
    );
  }
  for (const [at, flight] of worker.flights.entries()) {
    const of = (it: Worker) => it.flights[at]!;
    if (flight.asksSecondTier) {
      for (const frame of acceptableFrames(state, worker, flight, setting))
        list.serveBy(
          number,
          () => `accepts from the second tier, for key ${flight.key}, what was written at ${tellMoment(state, frame)}`,
          (then, it) => landFromSecondTier(then, it, of(it), frame, setting),
        );
      list.by(
        number,
        () =>
          `gets nothing good from the second tier for key ${flight.key} and reads the database: ${tellMoment(state, presentMoment(state))}`,
        (then, it) => readDatabase(then, it, of(it)),
      );
      continue;
    }
    landingSteps(list, number, at, flight);
  }
}

function landingSteps(list: StepList, number: number, at: number, flight: Flight): void {
  const { state, setting } = list;
  list.serveBy(
    number,
    () => `ends the load for key ${flight.key} that read ${tellMoment(state, flight.read)}`,
    (then, it) => landFromDatabase(then, it, it.flights[at]!, setting),
  );
  const worker = state.workers[number]!;
  if (flight.awaited && isUnknown(state, worker, flight, flight.read, setting.mutant) && isReached(state, worker, flight))
    list.serveBy(
      number,
      () => `hands out ${tellMoment(state, flight.read)} for key ${flight.key}, which it cannot place`,
      (then, it) => handOut(then, it, it.flights[at]!, setting),
    );
}

function pageSteps(list: StepList, number: number, worker: Worker): void {
  const { state, setting } = list;
  const [entry] = worker.entries;
  if (worker.making !== undefined)
    list.by(
      number,
      () => "keeps the page that it made",
      (_, it) => {
        it.page = it.making;
        it.making = undefined;
      },
    );
  else if (entry !== undefined && isCurrent(state, worker, setting.keys[0]!, entry, setting.mutant))
    list.by(
      number,
      () => "makes a page of what it holds for key 0",
      (_, it) => {
        it.making = { ...it.entries[0]! };
      },
    );
}

function readSteps(list: StepList, number: number, worker: Worker): void {
  const { state, setting } = list;
  if (state.reader !== undefined) {
    if (state.reader.worker === number && state.reader.needsLease && worker.lease !== OVER && mayFly(list, worker, state.reader.key))
      list.by(
        number,
        () => "has a lease again, and the reader goes on",
        (then, it) => goOn(then, it, setting),
      );
    return;
  }
  for (const [key, trip] of setting.keys.entries()) {
    const entry = worker.entries[key];
    if (entry !== undefined && isCurrent(state, worker, trip, entry, setting.mutant)) continue;
    if (!mayFly(list, worker, key)) continue;
    list.add(
      () => `a reader asks ${nameOf(state, number)} for key ${key}`,
      (then) => arrive(then, then.workers[number]!, key, setting),
    );
  }
}

function mayFly({ setting }: StepList, worker: Worker, key: number): boolean {
  return findFlight(worker, key) !== undefined || worker.flights.length < setting.flights;
}
