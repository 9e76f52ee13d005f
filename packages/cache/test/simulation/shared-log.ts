import type { Change, PollAnswer, Position } from "../../src/index.ts";

/** All of a log: what a dump of it holds. */
export interface LogState {
  readonly epoch: number;
  readonly generation: number;
  readonly seq: number;
  readonly changes: readonly Change[];
  /** The stamp at each number, from the floor on. */
  readonly stamps: ReadonlyMap<number, string>;
  readonly floor: number;
}

export interface SharedLogOptions {
  /** A tag is told once, with its last change, and only the newest stamp is known; as Redis does it. */
  readonly brief: boolean;
  /** A new epoch begins with the number 0; else it counts on. */
  readonly fromZero: boolean;
}

/** The log of the caches' own invalidations, with all that can happen to it. */
export class SharedLog {
  readonly #options: SharedLogOptions;
  #state: LogState = { epoch: 0, generation: 0, seq: 0, changes: [], stamps: new Map([[0, "s0"]]), floor: 0 };
  #epochs = 0;
  #stamps = 0;

  constructor(options: SharedLogOptions) {
    this.#options = options;
  }

  bump(words: readonly string[]): Position {
    this.#advance(words);
    return this.#head();
  }

  flush(hard: boolean): void {
    if (hard) {
      this.loseEverything();
      return;
    }
    this.#state = { ...this.#state, generation: this.#state.generation + 1 };
    this.#advance([""]);
  }

  /** As a server that keeps nothing on disk, when it restarts. */
  loseEverything(): void {
    const seq = this.#options.fromZero ? 0 : this.#state.seq + 1;
    this.#state = { epoch: ++this.#epochs, generation: 0, seq, changes: [], stamps: new Map([[seq, this.#stamp()]]), floor: seq };
  }

  dump(): LogState {
    return this.#state;
  }

  restore(dump: LogState): void {
    this.#state = dump;
  }

  /** Forgets all but the newest changes. */
  prune(keep: number): void {
    const { changes, seq } = this.#state;
    const floor = Math.min(seq, (changes.at(-keep - 1)?.seq ?? this.#state.floor - 1) + 1);
    this.#state = { ...this.#state, floor, changes: changes.filter((change) => change.seq >= floor) };
  }

  poll(since: Position | undefined): PollAnswer {
    const { floor, seq, generation, changes } = this.#state;
    const head = this.#head();
    const joins = since?.epoch === head.epoch;
    const stamp = joins && since.seq >= floor - 1 && since.seq <= seq ? this.#state.stamps.get(since.seq) : undefined;
    const first = stamp === undefined ? [] : [{ seq: since!.seq, tag: "", stamp }];
    const news = changes.filter((change) => !joins || change.seq > since.seq);
    return { ...head, generation, completeFrom: floor, changes: [...first, ...(this.#options.brief ? this.#shorten(news) : news)] };
  }

  #head(): Position {
    const { epoch, seq, stamps } = this.#state;
    return { epoch: `e${epoch}`, seq, stamp: stamps.get(seq)! };
  }

  #advance(words: readonly string[]): void {
    const seq = this.#state.seq + 1;
    const stamp = this.#stamp();
    const changes = [...this.#state.changes, ...[...new Set(words)].map((tag) => ({ seq, tag, stamp }))];
    this.#state = { ...this.#state, seq, changes, stamps: new Map(this.#state.stamps).set(seq, stamp) };
  }

  #shorten(changes: readonly Change[]): Change[] {
    const last = changes.filter((change, index) => !changes.slice(index + 1).some((later) => later.tag === change.tag));
    return last.map((change) => ({ ...change, stamp: change.seq === this.#state.seq ? change.stamp : "" }));
  }

  #stamp(): string {
    return `s${++this.#stamps}`;
  }
}
