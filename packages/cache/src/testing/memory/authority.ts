import { randomBytes } from "node:crypto";
import type { Authority, Change, PollAnswer, Position } from "../../authority.ts";

/** An `Authority` in this process's memory: a log of the caches' own invalidations, bounded. What it has forgotten is missing in its answers. */
export class MemoryAuthority implements Authority {
  readonly #maxChanges: number;
  #head = newHistory();
  #generation = 0;
  /** Ascending. All changes of one `bump` have one seq, and are forgotten together; those of the head never are. */
  #changes = [firstChange(this.#head)];
  #completeFrom = 0;

  constructor(maxChanges: number) {
    this.#maxChanges = maxChanges;
  }

  async poll(since: Position | undefined): Promise<PollAnswer> {
    const from = since?.epoch === this.#head.epoch ? since.seq : 0;
    return {
      ...this.#head,
      generation: this.#generation,
      changes: this.#changes.filter((change) => change.seq >= from),
      completeFrom: this.#completeFrom,
    };
  }

  async bump(tags: readonly string[]): Promise<Position> {
    if (tags.length === 0) return this.#head;
    const { epoch, seq } = this.#head;
    this.#head = { epoch, seq: seq + 1, stamp: random() };
    for (const tag of new Set(tags)) this.#changes.push({ seq: this.#head.seq, tag, stamp: this.#head.stamp });
    this.#forget();
    return this.#head;
  }

  async flush(hard: boolean): Promise<void> {
    if (hard) this.loseEverything();
    else this.#generation++;
  }

  /** As after a restart of a store that keeps nothing: another history begins. */
  loseEverything(): void {
    this.#head = newHistory();
    this.#generation = 0;
    this.#changes = [firstChange(this.#head)];
    this.#completeFrom = 0;
  }

  #forget(): void {
    const excess = this.#changes.at(-this.#maxChanges - 1);
    if (excess === undefined) return;
    this.#completeFrom = Math.min(excess.seq + 1, this.#head.seq);
    this.#changes = this.#changes.filter((change) => change.seq >= this.#completeFrom);
  }
}

const random = () => randomBytes(8).toString("hex");

const newHistory = (): Position => ({ epoch: random(), seq: 0, stamp: random() });

/** Of nothing; so that whoever polled the beginning finds the change that they polled last. */
const firstChange = ({ seq, stamp }: Position): Change => ({ seq, tag: "", stamp });
