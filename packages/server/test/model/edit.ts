import { isPolled } from "./freshness.ts";
import type { Setting } from "./setting.ts";
import { type Acknowledgement, type Edit, NONE, type State } from "./state.ts";
import { OVER } from "./time.ts";

/** The registry is read, after the commit. */
export function readRegistry(state: State, edit: Edit, { mutant }: Setting): void {
  edit.registered = mutant === "ackEmptyRegistry" ? [] : state.rows.map(({ id }) => id).sort((one, other) => one - other);
}

/** Whether the editor may answer: all who were registered have polled past the change, or nobody can have a lease from before it. */
export function isVisibleEverywhere(state: State, edit: Edit, setting: Setting): boolean {
  if (edit.moment === NONE) return false;
  return isLeaseOut(state, edit) || setting.mutant === "ackNow" || isAcknowledged(state, edit, setting);
}

/** L has passed since the commit. */
function isLeaseOut(state: State, { moment }: Edit): boolean {
  return state.moments[moment]!.begun === OVER;
}

function isAcknowledged(state: State, { worker: number, moment, registered }: Edit, { mutant }: Setting): boolean {
  if (registered === undefined) return false;
  const worker = state.workers[number];
  // A command serves nobody, and has nowhere to hear an acknowledgement.
  if (worker === undefined) return registered.length === 0;
  // A snapshot from after the commit was polled.
  if (worker.polled < moment) return false;
  if (registered.length === 0) return true;
  // Its history is the one that the change is of.
  const { epoch, head } = state.moments[moment]!;
  if (state.moments[worker.polled]!.epoch !== epoch || !isPolled(state, worker, head)) return false;
  // A younger history may have been restored, and a registry with it that does not name everybody who still has a lease.
  if (worker.unbroken !== OVER && mutant !== "ackAfterRestoreAtOnce") return false;
  const { seq } = state.changes[head]!;
  return registered.every((id) => id === worker.id || state.said.some((said) => said.id === id && counts(said)));

  function counts(said: Acknowledgement): boolean {
    if (said.epoch !== epoch || state.changes[said.change]!.seq < seq) return false;
    return mutant === "ackWithoutStamp" || isPolled(state, worker!, said.change);
  }
}

/** The answer: from now on nobody may be told anything older. */
export function acknowledge(state: State, edit: Edit): void {
  if (isPromised(state, edit)) state.acknowledged = Math.max(state.acknowledged, edit.moment);
  state.edits = state.edits.filter((other) => other !== edit);
}

/**
 * Whether the answer promises anything. When a file was put back under the running workers less than L ago it does not, unless it
 * came by waiting, or from one who must have noticed.
 */
function isPromised(state: State, edit: Edit): boolean {
  if (state.putBack === OVER || isLeaseOut(state, edit)) return true;
  const hasNoticed = (state.workers[edit.worker]?.unbroken ?? OVER) !== OVER;
  return hasNoticed && edit.registered !== undefined && edit.registered.length > 0;
}
