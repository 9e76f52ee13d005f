import type { Change, PollAnswer, Position, Reading } from "../../src/index.ts";

/** One state that a tag was in. */
export interface State {
  readonly id: number;
  readonly tag: string;
  /** The tag's thing does not exist: its loader finds nothing. */
  readonly gone: boolean;
  /** Its place among the edits. States before and after a flush have the same. */
  readonly rank: number;
  /** How many hard flushes came before it. */
  readonly epoch: number;
  /** Until when it was what the database said, as a place in the order of events and in time; `Infinity`: it still is. */
  until: number;
  untilMs: number;
  /** Until when a copy of it was as good as any: a soft flush makes all values old, but not their copies. */
  copyUntil: number;
}

interface Dump {
  readonly rows: readonly Change[];
  readonly current: ReadonlyMap<string, Change>;
}

/** The truth of a simulated run: an authority's history with everything that can be done to it, and a record of what was true when. */
export class Database {
  readonly states: State[] = [];
  #epoch = 1;
  #generation = 0;
  #rows: readonly Change[] = [];
  /** The change that each tag's state came with. */
  #current = new Map<string, Change>();
  /** The state that each change stands for; a flush gives it another, as values made before are not what it makes now. */
  readonly #stateOf = new Map<Change, State>();
  #stamps = 0;

  constructor(tags: readonly string[]) {
    for (const tag of tags) this.edit(tag, false, 0, 0);
  }

  /** A committed change of one tag. */
  edit(tag: string, gone: boolean, moment: number, atMs: number): State {
    const row = { seq: (this.#rows.at(-1)?.seq ?? 0) + 1, tag, stamp: `s${this.#stamps++}` };
    this.#end(tag, moment, atMs, true);
    this.#rows = [...this.#rows, row];
    this.#current.set(tag, row);
    return this.#enter(row, gone, this.states.length);
  }

  dump(): Dump {
    return { rows: this.#rows, current: new Map(this.#current) };
  }

  /** Puts an old dump back under the running processes: same epoch, fewer rows; the next edits get numbers that were used before. */
  restore(dump: Dump, moment: number, atMs: number): void {
    for (const tag of this.#current.keys()) this.#end(tag, moment, atMs, true);
    this.#rows = dump.rows;
    this.#current = new Map(dump.current);
    for (const tag of this.#current.keys()) {
      const current = this.currentOf(tag);
      current.until = current.untilMs = Number.POSITIVE_INFINITY;
      for (const state of this.states)
        if (state.rank === current.rank && state.epoch === current.epoch) state.copyUntil = Number.POSITIVE_INFINITY;
    }
  }

  /** All values are old, though no row has changed. `hard`: their copies too. */
  flush(hard: boolean, moment: number, atMs: number): void {
    if (hard) this.#epoch++;
    else this.#generation++;
    for (const [tag, row] of this.#current) {
      const { gone, rank } = this.currentOf(tag);
      this.#end(tag, moment, atMs, hard);
      this.#enter(row, gone, rank);
    }
  }

  /** Drops the rows that only a poller who is far behind would miss. */
  prune(keep: number): void {
    this.#rows = this.#rows.slice(-keep);
  }

  currentOf(tag: string): State {
    return this.#stateOf.get(this.#current.get(tag)!)!;
  }

  /** What a loader finds: the value and its reading, from one snapshot. */
  find(tag: string): { state: State; reading: Reading } {
    const { seq, stamp } = this.#current.get(tag)!;
    return { state: this.currentOf(tag), reading: { tag, version: seq, stamp, head: this.#head() } };
  }

  poll(since: Position | undefined): PollAnswer {
    const changes = since === undefined ? [] : this.#rows.filter((row) => row.seq >= since.seq);
    return { epoch: `e${this.#epoch}`, generation: this.#generation, ...this.#head(), changes };
  }

  #head(): { seq: number; stamp: string } {
    const { seq, stamp } = this.#rows.at(-1)!;
    return { seq, stamp };
  }

  #enter(row: Change, gone: boolean, rank: number): State {
    const never = Number.POSITIVE_INFINITY;
    const life = { until: never, untilMs: never, copyUntil: never };
    const state: State = { id: this.states.length, tag: row.tag, gone, rank, epoch: this.#epoch, ...life };
    this.states.push(state);
    this.#stateOf.set(row, state);
    return state;
  }

  #end(tag: string, moment: number, atMs: number, copies: boolean): void {
    for (const state of this.states) {
      if (state.tag !== tag) continue;
      if (state.until > moment) Object.assign(state, { until: moment, untilMs: atMs });
      if (copies && state.copyUntil > moment) state.copyUntil = moment;
    }
  }
}
