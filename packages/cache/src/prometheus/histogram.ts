/** Counts of observations up to each bound, as Prometheus wants them: each bucket holds all that are smaller. */
export class Histogram {
  readonly bounds: readonly number[];
  readonly #counts: number[];
  #sum = 0;

  /** @param bounds ascending; all above the last is counted as well */
  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.#counts = [...bounds.map(() => 0), 0];
  }

  /** @param times how many observations this one stands for, where only some are made. Default 1 */
  observe(value: number, times = 1): void {
    const index = this.bounds.findIndex((bound) => value <= bound);
    this.#counts[index === -1 ? this.bounds.length : index]! += times;
    this.#sum += value * times;
  }

  /** Of all that was observed. */
  get sum(): number {
    return this.#sum;
  }

  /** How many observations were at most each bound, and last how many there were. */
  cumulative(): readonly number[] {
    let total = 0;
    return this.#counts.map((count) => {
      total += count;
      return total;
    });
  }
}
