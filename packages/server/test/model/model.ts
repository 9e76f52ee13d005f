import { canonical } from "./canonical.ts";
import { databaseSteps, editSteps, registrySteps, timeSteps } from "./database-steps.ts";
import type { Model, Step } from "./explore.ts";
import { type Setting, tripCount } from "./setting.ts";
import { type Change, type Moment, STATE, type State } from "./state.ts";
import { StepList } from "./step-list.ts";
import { OVER } from "./time.ts";
import { createWorker, workerSteps } from "./worker-steps.ts";

/** The protocol as something to explore. At the beginning each worker has polled, has a lease, and holds nothing. */
export function createModel(setting: Setting): Model<State> {
  return {
    initial: createInitial(setting),
    copy: STATE.copy,
    write: STATE.write,
    read: (text) => STATE.read({ text, at: 0 }),
    canonical: (state) => canonical(state, setting),
    steps: (state) => listSteps(state, setting),
  };
}

function listSteps(state: State, setting: Setting): readonly Step<State>[] {
  const list = new StepList(state, setting);
  editSteps(list);
  workerSteps(list);
  databaseSteps(list);
  registrySteps(list);
  timeSteps(list);
  return list.steps;
}

function createInitial(setting: Setting): State {
  const { workers, backup, lostChange = false } = setting;
  const ids = Array.from({ length: workers }, (_, id) => id);
  const rows = ids.map((id) => ({ id, removed: false, seenRemoved: OVER }));
  const epoch = backup?.isOlder === true ? 1 : 0;
  const first: Change = { seq: 0, before: 0, trip: 0, removes: false };
  const began: Moment = { epoch: 0, generation: 0, head: 0, prunedTo: 0, begun: OVER };
  return {
    changes: lostChange ? [first, { ...first, seq: 1 }] : [first],
    moments: [
      { ...began, head: lostChange ? 1 : 0 },
      { ...began, epoch },
    ],
    rows,
    backup: backup && { moment: backup.isOlder === true ? 0 : 1, rows: rows.slice(workers - backup.registered) },
    workers: ids.map((id) => ({ ...createWorker(id, tripCount(setting), setting.keys.length), id, polled: 1, lease: 1 })),
    reader: undefined,
    edits: [],
    said: ids.flatMap((id) => (lostChange ? [0, 1] : [0]).map((change) => ({ id, epoch, change }))),
    acknowledged: 0,
    putBack: OVER,
    restored: OVER,
    clock: 0,
    left: setting.budget,
  };
}
