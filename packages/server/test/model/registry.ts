import type { Mutant } from "./mutants.ts";
import { NONE, type State, type Worker } from "./state.ts";
import { beginWait, OVER } from "./time.ts";

/** A new row, under a new id. */
export function register(state: State, worker: Worker, mutant: Mutant | undefined): void {
  worker.id = mutant === "reusedWorkerId" ? 0 : unusedId(state);
  const row = state.rows.find(({ id }) => id === worker.id);
  if (row === undefined) state.rows.push({ id: worker.id, removed: false, seenRemoved: OVER });
  else row.removed = false;
}

export function isRegistered(state: State, { id }: Worker, mutant: Mutant | undefined): boolean {
  return state.rows.some((row) => row.id === id && (!row.removed || mutant === "removedRowStillLeases"));
}

export function deleteRow(state: State, id: number): void {
  state.rows = state.rows.filter((row) => row.id !== id);
}

/** A janitor takes a worker for dead. It may be wrong at any time; that it waits for 30 s of silence is for the hit ratio. */
export function markRemoved(state: State, id: number): void {
  const row = state.rows.find((candidate) => candidate.id === id)!;
  row.removed = true;
  row.seenRemoved = beginWait(state);
}

export function mayDelete(row: State["rows"][number], mutant: Mutant | undefined): boolean {
  return row.removed && (row.seenRemoved === OVER || mutant === "janitorNoGrace");
}

/** Nobody can ever ask for what was said under an id that no row has and no edit waits for. */
function forgetSaid(state: State): void {
  state.said = state.said.filter(({ id }) => isRemembered(state, id));
}

function isRemembered(state: State, id: number): boolean {
  return (
    state.workers.some((worker) => worker.id === id) ||
    state.rows.some((row) => row.id === id) ||
    (state.backup?.rows.some((row) => row.id === id) ?? false) ||
    state.edits.some(({ registered }) => registered?.includes(id) ?? false)
  );
}

/** One that nobody remembers: the model's word for random. */
export function unusedId(state: State): number {
  forgetSaid(state);
  let id = 0;
  while (isRemembered(state, id) || state.said.some((said) => said.id === id)) id++;
  return id;
}

/** Whether its process runs. */
export function runs({ id }: Worker): boolean {
  return id !== NONE;
}
