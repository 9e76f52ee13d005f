import type { Worker } from "../../../cache/test/simulation/worker.ts";
import { type Instant, type Picture, Truth } from "./truth.ts";

/** A committed change of one trip. */
export interface Commit {
  readonly tag: string;
  readonly seq: number;
  readonly moment: number;
}

/** What was committed, and is not lost. */
export interface History {
  readonly picture: Picture;
  readonly commits: readonly Commit[];
}

/** A read that has begun: what it may be answered with. */
export interface Expectation {
  readonly begunAt: Instant;
  /** Of the trip, the newest change that all have been told to be visible everywhere. */
  readonly visible: number;
  /** The newest state that a read of this worker got. */
  readonly seen: number;
}

/** What the database said when, what editors were told, and so what may be answered to whom. */
export class Promises {
  readonly truth: Truth;
  readonly #leaseMs: number;
  #commits: readonly Commit[] = [];
  /** For each trip, the moment of the newest change of which it was said that it is visible everywhere. */
  readonly #visible = new Map<string, number>();
  #restoredAt = 0;
  /** Until when, in true time, nothing is promised to those who edit: something was put back behind everybody's back. */
  #excusedUntilMs = Number.NEGATIVE_INFINITY;

  constructor(tags: readonly string[], leaseMs: number) {
    this.truth = new Truth(tags);
    this.#leaseMs = leaseMs;
  }

  get history(): History {
    return { picture: this.truth.dump(), commits: this.#commits };
  }

  committed(tag: string, seq: number, moment: number): Commit {
    const commit = { tag, seq, moment };
    this.#commits = [...this.#commits, commit];
    return commit;
  }

  /** All commits up to this number that are not lost. */
  commitsUpTo(seq: number): readonly Commit[] {
    return this.#commits.filter((commit) => commit.seq <= seq);
  }

  /** Somebody was told that these are visible everywhere. Of what was lost meanwhile nothing is promised. */
  becameVisible(commits: readonly Commit[]): void {
    for (const { tag, moment } of commits.filter((commit) => this.#commits.includes(commit)))
      this.#visible.set(tag, Math.max(moment, this.#visible.get(tag) ?? 0));
  }

  /** Nothing from before this moment is served any more. */
  allBecameVisible(tags: readonly string[], moment: number): void {
    for (const tag of tags) this.#visible.set(tag, Math.max(moment, this.#visible.get(tag) ?? 0));
  }

  /** @param isNew it is another history, with which nothing from before goes on: `false` if nobody was told */
  restore({ picture, commits }: History, at: Instant, isNew: boolean): void {
    this.truth.restore(picture, at);
    if (isNew) this.truth.flush(at);
    else this.#excusedUntilMs = at.atMs + this.#leaseMs;
    this.#commits = commits;
    this.#restoredAt = at.moment;
  }

  expect(worker: Worker, tag: string, begunAt: Instant): Expectation {
    const excused = begunAt.atMs <= this.#excusedUntilMs;
    return { begunAt, visible: excused ? 0 : (this.#visible.get(tag) ?? 0), seen: worker.seen.get(tag) ?? -1 };
  }

  /**
   * The promise that an answer breaks.
   *
   * @param value the number of a state, undefined for "there is none"
   */
  findBreach(worker: Worker, tag: string, value: number | undefined, { begunAt, visible, seen }: Expectation): string | undefined {
    const { states } = this.truth;
    const candidates = (value === undefined ? states.filter((state) => state.gone) : [states[value]!]).filter((state) => state.tag === tag);
    const unbroken = Math.max(worker.brokeAt, this.#restoredAt) < begunAt.moment;
    if (candidates.length === 0) return "MIXED";
    if (!candidates.some((state) => state.until > visible)) return "VISIBLE";
    if (!candidates.some((state) => state.untilMs >= begunAt.atMs - this.#leaseMs)) return "BOUND";
    if (unbroken && !candidates.some((state) => state.edit >= seen)) return "MONO";
    if (unbroken && value !== undefined) worker.seen.set(tag, Math.max(states[value]!.edit, worker.seen.get(tag) ?? -1));
    return undefined;
  }
}
