import type { Change, PollAnswer, Position, Reading } from "../../src/index.ts";

/** One state that a tag was in. */
export interface State {
  readonly id: number;
  readonly tag: string;
  /** The tag's thing does not exist: its loader finds nothing. */
  readonly gone: boolean;
  /** Until when it was what the database said, as a place in the order of events and in time; `Infinity`: it still is. */
  until: number;
  untilMs: number;
}

interface Row extends Change {
  readonly state: number;
}

interface Dump {
  readonly rows: readonly Row[];
  readonly current: ReadonlyMap<string, Row>;
}

/** The truth of a simulated run: an authority's history with everything that can be done to it, and a record of what was true when. */
export class Database {
  readonly states: State[] = [];
  #epoch = 1;
  #generation = 0;
  #rows: readonly Row[] = [];
  #current = new Map<string, Row>();
  #stamps = 0;

  constructor(tags: readonly string[]) {
    for (const tag of tags) this.edit(tag, false, 0, 0);
  }

  /** A committed change of one tag. */
  edit(tag: string, gone: boolean, order: number, atMs: number): void {
    const state: State = { id: this.states.length, tag, gone, until: Number.POSITIVE_INFINITY, untilMs: Number.POSITIVE_INFINITY };
    this.states.push(state);
    const row: Row = { seq: (this.#rows.at(-1)?.seq ?? 0) + 1, tag, stamp: `s${this.#stamps++}`, state: state.id };
    this.#supersede(this.#current.get(tag)?.state, order, atMs);
    this.#rows = [...this.#rows, row];
    this.#current.set(tag, row);
  }

  dump(): Dump {
    return { rows: this.#rows, current: new Map(this.#current) };
  }

  /** Puts an old dump back under the running process: same epoch, fewer rows; the next edits get numbers that were used before. */
  restore(dump: Dump, order: number, atMs: number): void {
    for (const row of this.#current.values()) this.#supersede(row.state, order, atMs);
    this.#rows = dump.rows;
    this.#current = new Map(dump.current);
    for (const row of this.#current.values()) {
      const state = this.states[row.state]!;
      state.until = state.untilMs = Number.POSITIVE_INFINITY;
    }
  }

  flushSoft(): void {
    this.#generation++;
  }

  flushHard(): void {
    this.#epoch++;
  }

  /** Drops the rows that only a poller who is far behind would miss. */
  prune(keep: number): void {
    this.#rows = this.#rows.slice(-keep);
  }

  currentOf(tag: string): State {
    return this.states[this.#current.get(tag)!.state]!;
  }

  /** What a loader finds: the value and its reading, from one snapshot. */
  find(tag: string): { state: State; reading: Reading } {
    const row = this.#current.get(tag)!;
    return { state: this.states[row.state]!, reading: { tag, version: row.seq, stamp: row.stamp, head: this.#head() } };
  }

  poll(since: Position | undefined): PollAnswer {
    const changes = since === undefined ? [] : this.#rows.filter((row) => row.seq >= since.seq);
    return { epoch: `e${this.#epoch}`, generation: this.#generation, ...this.#head(), changes };
  }

  #head(): { seq: number; stamp: string } {
    const { seq, stamp } = this.#rows.at(-1)!;
    return { seq, stamp };
  }

  #supersede(id: number | undefined, order: number, atMs: number): void {
    if (id !== undefined) Object.assign(this.states[id]!, { until: order, untilMs: atMs });
  }
}
