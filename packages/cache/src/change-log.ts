/** When each word last changed, as far as is remembered: the part of the shared log that this process has polled. */
export class ChangeLog {
  /** In the order of the changes, so that the oldest is the first. */
  readonly #lastChange = new Map<string, number>();
  readonly #maxWords: number;
  /** Every change from this one on is remembered. */
  #completeFrom = Number.POSITIVE_INFINITY;

  /** @param maxWords how many different words are remembered; of what changed before the oldest nothing can be said */
  constructor(maxWords: number) {
    this.#maxWords = maxWords;
  }

  /** Forgets all; from now on changes from `completeFrom` on will be added. */
  restart(completeFrom: number): void {
    this.#lastChange.clear();
    this.#completeFrom = completeFrom;
  }

  add(word: string, seq: number): void {
    this.#lastChange.delete(word);
    this.#lastChange.set(word, seq);
    if (this.#lastChange.size <= this.#maxWords) return;
    const [oldest, oldestSeq] = this.#lastChange.entries().next().value!;
    this.#lastChange.delete(oldest);
    this.#completeFrom = oldestSeq + 1;
  }

  /** Whether everything that changed after `seq` is remembered. */
  reaches(seq: number): boolean {
    return seq + 1 >= this.#completeFrom;
  }

  /** Whether one of the words is known to have changed after `seq`. */
  changedSince(seq: number, words: Iterable<string>): boolean {
    for (const word of words) if ((this.#lastChange.get(word) ?? -1) > seq) return true;
    return false;
  }
}
