import type { Mutant } from "./mutants.ts";
import type { Setting } from "./setting.ts";
import type { Budget } from "./state.ts";

export interface Configuration {
  readonly name: string;
  readonly setting: Setting;
}

const NOTHING: Budget = {
  edits: 0,
  removals: 0,
  commands: 0,
  outsideEdits: 0,
  softFlushes: 0,
  hardFlushes: 0,
  backups: 0,
  restores: 0,
  filesPutBack: 0,
  prunings: 0,
  crashes: 0,
  starts: 0,
  marks: 0,
  evictions: 0,
};

type Differences = Partial<Omit<Setting, "budget">> & { readonly budget: Partial<Budget> };

/** One worker with one key and no second tier, unless it says otherwise. */
function configure(name: string, { budget, ...differences }: Differences): Configuration {
  const { workers = 1 } = differences;
  const usual = {
    workers,
    serving: workers,
    reader: true,
    keys: [0],
    secondTier: false,
    pages: false,
    flights: 1,
    sweeps: false,
    order: true,
  };
  return { name, setting: { ...usual, ...differences, budget: { ...NOTHING, ...budget } } };
}

/** A worker that serves, and one that edits. */
const REGISTRY = { workers: 2, serving: 1, reader: false, order: false } as const;

/** Explored to the end, by `npm run model` and in the tests. */
export const SMALL: readonly Configuration[] = [
  configure("edits, a second tier", { secondTier: true, budget: { edits: 1, outsideEdits: 1 } }),
  configure("a file put back, a second tier", {
    secondTier: true,
    backup: { registered: 1 },
    budget: { outsideEdits: 2, filesPutBack: 1 },
  }),
  configure("a soft flush, a second tier", { secondTier: true, budget: { outsideEdits: 1, softFlushes: 1 } }),
  configure("a hard flush, a second tier", { secondTier: true, budget: { outsideEdits: 1, hardFlushes: 1 } }),
  configure("a page removed and made anew", { pages: true, budget: { removals: 1, outsideEdits: 1 } }),
  configure("two loads of one trip", { keys: [0, 0], flights: 2, budget: { outsideEdits: 1 } }),
  configure("two trips, one forgotten", { keys: [0, 1], flights: 2, sweeps: true, budget: { outsideEdits: 1, evictions: 1 } }),
  configure("pruning", { budget: { outsideEdits: 2, prunings: 1 } }),
  configure("two workers", { workers: 2, order: false, budget: { edits: 1 } }),
  configure("a janitor", { ...REGISTRY, budget: { edits: 1, marks: 1 } }),
  configure("a crash and a start", { ...REGISTRY, budget: { edits: 1, crashes: 1, starts: 1 } }),
  configure("a command after qrcards restore", { reader: false, backup: { registered: 1 }, budget: { commands: 1, restores: 1 } }),
  configure("an edit after a file was put back", { ...REGISTRY, backup: { registered: 2 }, budget: { edits: 1, filesPutBack: 1 } }),
];

/** Explored as far as `--large` says, which takes minutes. */
export const LARGE: readonly Configuration[] = [
  configure("two edits each way, a second tier", { secondTier: true, budget: { edits: 2, outsideEdits: 2 } }),
  configure("two files put back, pruning, a second tier", {
    secondTier: true,
    budget: { outsideEdits: 2, backups: 1, filesPutBack: 2, prunings: 1 },
  }),
  configure("qrcards restore, pruning, a second tier", {
    secondTier: true,
    budget: { outsideEdits: 2, backups: 1, restores: 1, prunings: 1 },
  }),
  configure("both flushes, a second tier, pages", {
    secondTier: true,
    pages: true,
    budget: { outsideEdits: 1, softFlushes: 1, hardFlushes: 1 },
  }),
  configure("pages removed and made anew, a second tier", {
    secondTier: true,
    pages: true,
    budget: { removals: 2, edits: 2, evictions: 1 },
  }),
  configure("two loads of one trip, a second tier", {
    keys: [0, 0],
    flights: 2,
    secondTier: true,
    budget: { edits: 1, outsideEdits: 1, softFlushes: 1 },
  }),
  configure("two trips, a second tier", {
    keys: [0, 1],
    flights: 2,
    secondTier: true,
    sweeps: true,
    budget: { outsideEdits: 2, evictions: 2 },
  }),
  configure("two workers, a second tier", { workers: 2, secondTier: true, budget: { edits: 1, outsideEdits: 1 } }),
  configure("two workers, a crash, a start and a janitor", { workers: 2, budget: { edits: 1, crashes: 1, starts: 1, marks: 1 } }),
  configure("the registry of three", { ...REGISTRY, workers: 3, budget: { edits: 1, crashes: 1, starts: 1, marks: 1 } }),
  configure("edits after qrcards restore", { ...REGISTRY, backup: { registered: 2 }, budget: { edits: 2, restores: 1 } }),
  configure("edits after a file was put back", {
    ...REGISTRY,
    backup: { registered: 1 },
    budget: { edits: 1, outsideEdits: 1, filesPutBack: 1 },
  }),
  configure("flushes of two workers", { workers: 2, budget: { softFlushes: 1, hardFlushes: 1 } }),
];

const ONE = configure("one worker", { budget: { outsideEdits: 1 } });
const ONE_WITH_TIER = configure("one worker, a second tier", { secondTier: true, budget: { outsideEdits: 1 } });
const PUT_BACK = configure("one worker, a file put back", {
  order: false,
  reader: false,
  backup: { registered: 1 },
  budget: { outsideEdits: 2, filesPutBack: 1 },
});
const PUT_BACK_WITH_TIER = configure("one worker, a second tier, a file put back", {
  ...PUT_BACK.setting,
  secondTier: true,
});
const TWO = configure("a worker and an editor", { ...REGISTRY, budget: { edits: 1 } });
const JANITOR = configure("a worker, an editor, a janitor", { ...REGISTRY, budget: { edits: 1, marks: 1 } });
const RESTART = configure("a worker that restarts, an editor", { ...REGISTRY, budget: { edits: 1, crashes: 1, starts: 1 } });

/** Where each mutant falls. */
export const FALLS: Readonly<Record<Mutant, Configuration>> = {
  noLease: ONE,
  ackNow: TWO,
  ackEmptyRegistry: TWO,
  ackCumulative: TWO,
  registryBeforeCommit: RESTART,
  janitorNoGrace: JANITOR,
  reusedWorkerId: RESTART,
  leaseFromReply: configure("one worker, two edits from outside", { budget: { outsideEdits: 2 } }),
  driftSlow: ONE,
  cachedClock: ONE,
  installBlind: ONE,
  dropKeepsFlight: configure("one worker, a hard flush", { budget: { hardFlushes: 1 } }),
  verAfter: ONE,
  l2AcceptUnknown: ONE_WITH_TIER,
  l2EqualVersionNoStamp: PUT_BACK_WITH_TIER,
  lazyNoPlaceholder: ONE,
  busEstablishes: ONE_WITH_TIER,
  joinAny: ONE,
  joinNoLease: ONE,
  pollNoStamp: PUT_BACK,
  selectAcrossDrop: PUT_BACK_WITH_TIER,
  removedRowStillLeases: JANITOR,
  loadAheadOfPoll: PUT_BACK,
  ackWithoutStamp: configure("a worker, an editor, a change that was lost", { ...REGISTRY, lostChange: true, budget: { edits: 1 } }),
  ackAfterRestoreAtOnce: configure("a worker, an editor, a file put back from before the worker", {
    ...REGISTRY,
    backup: { registered: 1, isOlder: true },
    budget: { edits: 1, filesPutBack: 1 },
  }),
  restoreForgetsWorkers: configure("a worker, an editor, qrcards restore", {
    ...REGISTRY,
    backup: { registered: 2 },
    budget: { edits: 1, restores: 1 },
  }),
  softFlushWithoutChange: configure("two workers, a soft flush", { ...REGISTRY, budget: { softFlushes: 1 } }),
  replacedStandsIn: configure("one worker, a page removed", { budget: { removals: 1 } }),
  sweepHeld: configure("one worker that forgets", { sweeps: true, budget: { outsideEdits: 1 } }),
  leaveBeforeStop: TWO,
};
