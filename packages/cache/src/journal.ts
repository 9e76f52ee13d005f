/**
 * The invalidations that could not be told to the other caches yet. Bounded: when it overflows nobody can say any more what
 * must go, and so everything must.
 */
export class Journal {
  readonly #words = new Set<string>();
  readonly #maxWords: number;
  #everything = false;

  /** @param maxWords how many different words it can remember */
  constructor(maxWords: number) {
    this.#maxWords = maxWords;
  }

  add(words: readonly string[]): void {
    for (const word of words) this.#words.add(word);
    if (this.#words.size > this.#maxWords) this.addEverything();
  }

  addEverything(): void {
    this.#everything = true;
    this.#words.clear();
  }

  /** Whether everything must go, also because it overflowed. */
  get everything(): boolean {
    return this.#everything;
  }

  get empty(): boolean {
    return this.size === 0;
  }

  /** How many words are remembered; 1 if everything must go. */
  get size(): number {
    return this.#everything ? 1 : this.#words.size;
  }

  words(): readonly string[] {
    return [...this.#words];
  }

  /** Takes over what another one remembers. */
  merge(other: Journal): void {
    if (other.everything) this.addEverything();
    else this.add(other.words());
  }
}
