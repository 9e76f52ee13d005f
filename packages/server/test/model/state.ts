import { flag, label, list, maybe, record, small, type ValueOf } from "./codec.ts";

/** In the place of a change, a moment, an id: there is none. */
export const NONE = -1;

/**
 * A change, named by its place in `State.changes`: that is its stamp, which no other change ever has. Each knows the one before
 * it, so after a restore the history is a tree: two changes may have one `seq`. Change 0 is the beginning of all trips.
 */
export const CHANGE = record({
  seq: small,
  before: small,
  /** Which trip, or `NONE`: a soft flush, which changes none. */
  trip: small,
  /** Whether the page is gone by it: what is served from here on is "not found". */
  removes: flag,
});

/**
 * The database between two writes, without its registry; named by its place in `State.moments`. What anybody has read of it is
 * known by the moment: there is no need to copy it.
 */
export const MOMENT = record({
  epoch: small,
  /** Raised by a soft flush of everything. */
  generation: small,
  /** The newest change. */
  head: small,
  /** Of the changes before this `seq` nobody is told any more. */
  prunedTo: small,
  /** The wait for L since it began. */
  begun: small,
});

/** A row of the registry. */
export const ROW = record({
  id: small,
  removed: flag,
  /** The wait for L since a janitor saw it removed. */
  seenRemoved: small,
});

/** A poll on its way back. */
export const POLL = record({
  /** The snapshot that it brings. */
  moment: small,
  /** The instant of the question. */
  askedAt: small,
  /** Whether the snapshot has the worker's own row, not removed. */
  registered: flag,
});

/** A structure, a page, or that there is none. */
export const ENTRY = record({
  /** The moment that its bytes are of. */
  body: small,
  /** The moment that it says it is of. The same, or something is wrong. */
  version: small,
  /** Whether its process generation is still the process's. */
  ofNow: flag,
});

/** A load in progress. */
export const FLIGHT = record({
  key: small,
  /** What it waits for: an answer of the second tier, or its database snapshot. */
  asksSecondTier: flag,
  /** The snapshot read; `NONE` while it asks the second tier. */
  read: small,
  /** Whether its ticket is of the current process generation. */
  ofNow: flag,
  /** The change that the worker stood at when the ticket was taken. */
  since: small,
  /** A poll that began after its snapshot: 0 none, 1 asked, 2 applied. */
  heard: small,
  /** Whether readers who come now join it. */
  joinable: flag,
  /** Whether the reader who is watched waits for it. */
  awaited: flag,
  /** Whether its reading began after that reader arrived. */
  afterReader: flag,
});

export const WORKER = record({
  name: label,
  /** Its row in the registry; `NONE` while the process does not run. */
  id: small,
  /** The snapshot polled last; `NONE` before the first. */
  polled: small,
  /** The instant from which its lease counts; see `time.ts`. */
  lease: small,
  /** The wait for L since its history broke for the last time. */
  unbroken: small,
  /** For each trip the change that is known to be its last; `NONE`: nothing is known. */
  known: list(small),
  /** For each key. */
  entries: list(maybe(ENTRY)),
  /** A page that is being made from the entry of key 0. */
  making: maybe(ENTRY),
  page: maybe(ENTRY),
  poll: maybe(POLL),
  flights: list(FLIGHT),
  /** For each trip the moment before which nothing may be served any more, as something of it was served: G5. */
  served: list(small),
});

/** Of all readers the one that is watched: any number of others may have begun whatever loads there are. */
export const READER = record({
  worker: small,
  key: small,
  /** The earliest moment whose content is a right answer. */
  floor: small,
  /** The earliest moment whose version is in order: G5. */
  order: small,
  /** Whether it waits for a lease; else for a flight. */
  needsLease: flag,
});

export const EDIT = record({
  /** Who edits; `NONE`: a command. */
  worker: small,
  /** The moment that began with its commit; `NONE` before that. */
  moment: small,
  /** The ids registered when it looked. */
  registered: maybe(list(small)),
});

/** What a worker once said: that it has polled this change, in this epoch. Anybody may hear it at any later time, or never. */
export const ACKNOWLEDGEMENT = record({ id: small, epoch: small, change: small });

export const BACKUP = record({ moment: small, rows: list(ROW) });

/** How often each may still happen. */
export const BUDGET = record({
  edits: small,
  removals: small,
  commands: small,
  outsideEdits: small,
  softFlushes: small,
  hardFlushes: small,
  backups: small,
  restores: small,
  filesPutBack: small,
  prunings: small,
  crashes: small,
  starts: small,
  marks: small,
  evictions: small,
});

export const STATE = record({
  changes: list(CHANGE),
  /** The last is now. */
  moments: list(MOMENT),
  rows: list(ROW),
  backup: maybe(BACKUP),
  workers: list(WORKER),
  reader: maybe(READER),
  edits: list(EDIT),
  said: list(ACKNOWLEDGEMENT),
  /** The newest moment whose edit was acknowledged. */
  acknowledged: small,
  /** The wait for L since a backup was put back by other means than `qrcards restore`. Meanwhile acknowledgements promise nothing. */
  putBack: small,
  /** The wait for L since a backup was put back by any means. Meanwhile there is no order in what a worker serves. */
  restored: small,
  /** See `time.ts`. */
  clock: small,
  left: BUDGET,
});

export type Change = ValueOf<typeof CHANGE>;
export type Moment = ValueOf<typeof MOMENT>;
export type Entry = ValueOf<typeof ENTRY>;
export type Poll = ValueOf<typeof POLL>;
export type Flight = ValueOf<typeof FLIGHT>;
export type Worker = ValueOf<typeof WORKER>;
export type Reader = ValueOf<typeof READER>;
export type Acknowledgement = ValueOf<typeof ACKNOWLEDGEMENT>;
export type Edit = ValueOf<typeof EDIT>;
export type Budget = ValueOf<typeof BUDGET>;
export type State = ValueOf<typeof STATE>;
