/** Where a value came from for one reader: it was in this process's memory, or they waited until it was there. */
export type Source = "memory" | "redis" | "database";

/** Remembers of kept values where they came from, for those who say so of their answer. */
export class Origins {
  readonly #byValue = new WeakMap<object, { readonly source: Source; readonly arrivedAt: number }>();
  #order = 0;

  /** The place of a reader in the order of readers and arrivals. A count, not a time: two things never share a place. */
  tick(): number {
    return ++this.#order;
  }

  /** The value has just arrived. */
  note<T extends object | undefined>(value: T, source: Exclude<Source, "memory">): T {
    if (value !== undefined) this.#byValue.set(value, { source, arrivedAt: this.tick() });
    return value;
  }

  /** @param askedAt the reader's place. What had arrived before was in memory */
  of(value: object, askedAt: number): Source {
    const origin = this.#byValue.get(value);
    return origin !== undefined && origin.arrivedAt > askedAt ? origin.source : "memory";
  }
}
