/** The highest value of all that happened before an instant. Filled first, in any order; asked afterwards. */
export class Ratchet<T> {
  #steps: { readonly at: number; readonly value: number; readonly of: T }[] = [];
  #sorted = true;

  add(at: number, value: number, of: T): void {
    this.#steps.push({ at, value, of });
    this.#sorted = false;
  }

  /** The highest value of those that were added for an instant before `at`. */
  before(at: number): { readonly value: number; readonly of: T } | undefined {
    if (!this.#sorted) this.#settle();
    let low = 0;
    let high = this.#steps.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#steps[middle]!.at < at) low = middle + 1;
      else high = middle;
    }
    return this.#steps[low - 1];
  }

  /** Only what rises is kept. */
  #settle(): void {
    let highest = Number.NEGATIVE_INFINITY;
    this.#steps = this.#steps
      .toSorted((one, other) => one.at - other.at)
      .filter(({ value }) => {
        if (value <= highest) return false;
        highest = value;
        return true;
      });
    this.#sorted = true;
  }
}
