import { present, versionIn } from "./database.ts";
import type { Setting } from "./setting.ts";
import { type Entry, FLIGHT, NONE, type State, WORKER } from "./state.ts";

/** One form for all states that differ only in names, in order, or in what can never matter any more. */
export function canonical(state: State, setting: Setting): State {
  forgetIdle(state, setting);
  for (const worker of state.workers) {
    for (const [key, trip] of setting.keys.entries()) settle(state, worker.entries[key], trip);
    settle(state, worker.page, setting.keys[0]!);
    settle(state, worker.making, setting.keys[0]!);
    if (worker.flights.length > 1) sortBy(worker.flights, (flight) => written(FLIGHT.write, flight));
  }
  if (setting.serving > 1) orderWorkers(state);
  nameIds(state);
  return state;
}

function forgetIdle(state: State, { mutant }: Setting): void {
  const { left, edits } = state;
  const mayGoBack = state.backup !== undefined && left.restores + left.filesPutBack > 0;
  if (!mayGoBack && left.backups === 0) state.backup = undefined;
  const seqOf = (change: number) => state.changes[change]!.seq;
  const { head } = present(state);
  // What was said of a change counts for edits up to that change: those under way, and those that will have its number.
  const lowest = Math.min(
    seqOf(head) + (mutant === "softFlushWithoutChange" ? 0 : 1),
    ...edits.map(({ moment }) => (moment === NONE ? 99 : seqOf(state.moments[moment]!.head))),
  );
  const anyEdit = edits.length + left.edits + left.removals + left.softFlushes + left.hardFlushes > 0;
  if (!anyEdit) state.said = [];
  else if (!mayGoBack && left.backups === 0) state.said = state.said.filter(({ change }) => seqOf(change) >= lowest);
}

/** An entry is the same whichever of the moments it is of that had the same content. */
function settle(state: State, entry: Entry | undefined, trip: number): void {
  if (entry === undefined) return;
  entry.body = first(state, entry.body, trip);
  entry.version = first(state, entry.version, trip);
}

function first(state: State, moment: number, trip: number): number {
  const { epoch, generation } = state.moments[moment]!;
  const version = versionIn(state, moment, trip);
  return state.moments.findIndex(
    (other, at) => other.epoch === epoch && other.generation === generation && versionIn(state, at, trip) === version,
  );
}

/** Workers are alike: which one is called A does not matter. */
function orderWorkers(state: State): void {
  const order = state.workers.map((worker, at) => {
    const isRead = state.reader?.worker === at;
    const edits = state.edits.findIndex((edit) => edit.worker === at);
    return {
      at,
      form: written(WORKER.write, { ...worker, id: worker.id === NONE ? NONE : 0 }) + String.fromCharCode(isRead ? 1 : 0, edits + 1),
    };
  });
  sortBy(order, ({ form }) => form);
  if (order.every(({ at }, place) => at === place)) return;
  const placeOf = (number: number) => order.findIndex(({ at }) => at === number);
  state.workers = order.map(({ at }) => state.workers[at]!);
  if (state.reader !== undefined) state.reader.worker = placeOf(state.reader.worker);
  for (const edit of state.edits) edit.worker = edit.worker === NONE ? NONE : placeOf(edit.worker);
}

/** Ids are numbered in the order in which they are met. */
function nameIds(state: State): void {
  const names = new Map<number, number>([[NONE, NONE]]);
  const name = (id: number) => {
    const known = names.get(id) ?? names.size - 1;
    names.set(id, known);
    return known;
  };
  for (const worker of state.workers) worker.id = name(worker.id);
  sortBy(state.rows, ({ id, removed, seenRemoved }) => String.fromCharCode(names.get(id) ?? 99, removed ? 1 : 0, seenRemoved, id));
  for (const row of state.rows) row.id = name(row.id);
  for (const edit of state.edits) edit.registered = edit.registered?.map(name).sort((one, other) => one - other);
  for (const row of state.backup?.rows ?? []) row.id = name(row.id);
  for (const said of state.said) said.id = name(said.id);
  sortBy(state.said, ({ id, epoch, change }) => String.fromCharCode(id, epoch, change));
}

function written<T>(write: (out: number[], value: T) => void, value: T): string {
  const out: number[] = [];
  write(out, value);
  return String.fromCharCode(...out);
}

/** In place. For a handful of values: each is compared with those before it. */
function sortBy<T>(values: T[], form: (value: T) => string): void {
  if (values.length < 2) return;
  const forms = values.map(form);
  for (let at = 1; at < values.length; at++) {
    for (let to = at; to > 0 && forms[to]! < forms[to - 1]!; to--) {
      [values[to - 1], values[to]] = [values[to]!, values[to - 1]!];
      [forms[to - 1], forms[to]] = [forms[to]!, forms[to - 1]!];
    }
  }
}
