import { backUp, commitChange, flushHard, flushSoftly, prune, putFileBack, restore } from "./database.ts";
import { acknowledge, isVisibleEverywhere, readRegistry } from "./edit.ts";
import { deleteRow, markRemoved, mayDelete, runs } from "./registry.ts";
import { tripCount } from "./setting.ts";
import { type Budget, NONE, type State } from "./state.ts";
import { nameOf, type StepList } from "./step-list.ts";
import { elapse } from "./time.ts";
import { tellChange, tellPresent } from "./words.ts";

export function timeSteps(list: StepList): void {
  const { state, setting } = list;
  for (let wait = 1; wait <= state.clock; wait++) {
    list.add(
      () =>
        wait === state.clock
          ? "more than L passes"
          : `more than L has passed since ${wait} of the ${state.clock} last events that L is counted from`,
      (then) => elapse(then, wait, setting.mutant),
    );
  }
}

/** What is done to the database past the servers. */
export function databaseSteps(list: StepList): void {
  const { state, setting } = list;
  for (let trip = 0; trip < tripCount(setting); trip++) {
    list.spend(
      "outsideEdits",
      () => `somebody changes trip ${trip} with psql: ${tellNext(state)}`,
      (then) => commitChange(then, trip, false),
    );
  }
  list.spend("prunings", () => "changes before the newest are pruned", prune);
  list.spend("backups", () => `a backup is made at ${tellPresent(state)}`, backUp);
  if (state.backup === undefined) return;
  list.spend(
    "restores",
    () => "qrcards restore puts the backup back, under a new epoch",
    (then) => restore(then, setting.mutant),
  );
  list.spend("filesPutBack", () => "the backup is put back by other means, with its epoch and its registry", putFileBack);
}

export function registrySteps(list: StepList): void {
  const { state, setting } = list;
  for (const row of state.rows) {
    const who = () => nameOfId(state, row.id);
    if (!row.removed)
      list.spend(
        "marks",
        () => `a janitor marks the row of ${who()} as removed`,
        (then) => markRemoved(then, row.id),
      );
    if (mayDelete(row, setting.mutant))
      list.add(
        () => `a janitor deletes the row of ${who()}`,
        (then) => deleteRow(then, row.id),
      );
  }
}

/** Edits that are answered: by workers and by commands. */
export function editSteps(list: StepList): void {
  const { state, setting } = list;
  const editors = [...state.workers.keys()].filter((number) => runs(state.workers[number]!));
  for (const number of editors) {
    for (let trip = 0; trip < tripCount(setting); trip++) {
      begin(list, "edits", number, `edits trip ${trip}`, (then) => commitChange(then, trip, false));
      begin(list, "removals", number, `removes the page of trip ${trip}`, (then) => commitChange(then, trip, true));
    }
    begin(list, "softFlushes", number, "flushes everything softly", (then) =>
      flushSoftly(then, setting.mutant === "softFlushWithoutChange"),
    );
    begin(list, "hardFlushes", number, "flushes everything hard", flushHard);
  }
  for (let trip = 0; trip < tripCount(setting); trip++)
    begin(list, "commands", NONE, `edits trip ${trip}`, (then) => commitChange(then, trip, false));
  for (const [at, edit] of state.edits.entries()) {
    const who = nameOf(state, edit.worker);
    if (edit.registered === undefined)
      list.add(
        () => `${who} reads the registry: ${state.rows.map(({ id }) => nameOfId(state, id)).join(", ") || "nobody"}`,
        (then) => readRegistry(then, then.edits[at]!, setting),
      );
    if (isVisibleEverywhere(state, edit, setting))
      list.add(
        () => `${who} answers the edit: visible everywhere`,
        (then) => acknowledge(then, then.edits[at]!),
      );
  }
}

function begin(list: StepList, budget: keyof Budget, worker: number, says: string, commit: (state: State) => number): void {
  const { state, setting } = list;
  const who = nameOf(state, worker);
  if (setting.mutant !== "registryBeforeCommit") {
    list.spend(
      budget,
      () => `${who} ${says} and commits: ${tellNext(state)}`,
      (then) => {
        const moment = commit(then);
        then.edits.push({ worker, moment, registered: undefined });
      },
    );
    return;
  }
  const pending = state.edits.findIndex((edit) => edit.worker === worker && edit.moment === NONE);
  if (pending === -1) {
    if (state.left[budget] === 0) return;
    list.add(
      () => `${who} is about to edit, and reads the registry: ${state.rows.map(({ id }) => nameOfId(state, id)).join(", ") || "nobody"}`,
      (then) => {
        then.edits.push({ worker, moment: NONE, registered: undefined });
        readRegistry(then, then.edits.at(-1)!, setting);
      },
    );
    return;
  }
  list.spend(
    budget,
    () => `${who} ${says} and commits: ${tellNext(state)}`,
    (then) => {
      then.edits[pending]!.moment = commit(then);
    },
  );
}

function nameOfId(state: State, id: number): string {
  const number = state.workers.findIndex((worker) => worker.id === id);
  return number === -1 ? "one that is gone" : nameOf(state, number);
}

function tellNext(state: State): string {
  return tellChange(state, state.changes.length, state.changes[state.moments.at(-1)!.head]!.seq + 1);
}
