/**
 * A recorded history: what a run did and saw, enough to be judged again. All times are ms of one monotonic clock, the
 * harness's own. The sites' states are kept as registers: `title:page3` holds `t17`, `at:/atlas/rome` holds `page3`. Each edit
 * says which registers it set, each answer which it showed, so that a judge need not know what a page is.
 */
export type HistoryRecord = Begin | Body | Read | Probe | Edit | Fault | Life | End;

/** Values by register. A register of an address that no edit has named holds `none`. */
export type Registers = Readonly<Record<string, string>>;

export interface Begin {
  readonly is: "begin";
  readonly setup: string;
  readonly seed: number;
  /** Wall clock, for people. */
  readonly startedAt: string;
  /** L. */
  readonly leaseMs: number;
  /** Machines that serve with one process: what one of its connections was shown, all of them have seen. */
  readonly alone: readonly string[];
  readonly registers: Registers;
  /** Which trip a register belongs to. One whose trip nobody names belongs to all of them. */
  readonly trips: Registers;
}

/** What answers with the same bytes showed. They are many, so it is written down once. */
export interface Body {
  readonly is: "body";
  readonly id: number;
  readonly shows: readonly Shown[];
}

export type Shown = readonly [register: string, value: string];

export interface Read {
  readonly is: "read";
  readonly start: number;
  readonly end: number;
  readonly url: string;
  /** What the reader expected to find: `page`, `just edited`, `absent`, `gone`, `former`, `card`, `library`, `crowd`. */
  readonly operation: string;
  /** The machine that was asked. */
  readonly machine: string;
  /** By number. What comes over one comes from one process. */
  readonly connection: number;
  /** Undefined when there was none. */
  readonly status?: number;
  /** Why there was none. */
  readonly failure?: string;
  /** The `Body` that it showed. */
  readonly body?: number;
  /** As it came. */
  readonly cacheStatus?: string;
  /** It said that it may be old. */
  readonly marked?: true;
  readonly retryAfter?: string;
  /** After the last edit, the last fault, and L. */
  readonly quiet?: true;
}

/** A read of a bare server that always answers the same: how fast this machine was at that moment. */
export interface Probe {
  readonly is: "probe";
  readonly start: number;
  readonly end: number;
}

export interface Edit {
  readonly is: "edit";
  readonly id: number;
  /** `text`, `title`, `rename`, `move`, `delete`, `restore`, `create`. */
  readonly operation: string;
  /** By SQL it goes behind the servers' backs. */
  readonly by: "api" | "sql";
  readonly trip: string;
  readonly sets: Registers;
  readonly start: number;
  /** By then it was committed, if ever: the answer, or the first look at the database that found it there. */
  readonly end: number;
  /** Whether nothing older may be served anywhere from `end` on. */
  readonly acknowledged: boolean;
  /** That answered, or was asked last. */
  readonly machine: string;
  /** How often it was asked for under its key, the last time with success. */
  readonly attempts?: readonly Attempt[];
  /** What its answer said; absent without one. */
  readonly answeredPosition?: number;
  readonly afterMs?: number;
  /** Its place in the history, as the database has it at the end of the run; null: it is not there. */
  readonly position: number | null;
}

export interface Attempt {
  readonly start: number;
  readonly end: number;
  readonly machine: string;
  /** A status, or why there was none. */
  readonly answer: number | string;
}

export interface Fault {
  readonly is: "fault";
  readonly kind: string;
  /** What it strikes. Of all but `worker` and `database` readers are to notice nothing. */
  readonly strikes: "redis" | "bus" | "crowd" | "rolling" | "worker" | "database";
  /** A machine, or `all`. */
  readonly target: string;
  /** While it lasts nobody whom it strikes can reach the database. */
  readonly away?: true;
  readonly begin: number;
  readonly end: number;
}

export interface Life {
  readonly is: "machine";
  readonly machine: string;
  readonly event: "born" | "died";
  readonly at: number;
  /** The last that it said before it died. */
  readonly words: string;
}

export interface End {
  readonly is: "end";
  readonly at: number;
  /** What the database holds, read from it directly. */
  readonly registers: Registers;
}
