import { until } from "./timing.ts";

/** The database behind the cache, as a script: what it says, how often it is asked, and when its answers come. */
export class Origin {
  /** How many loads began. */
  loads = 0;
  /** The most that ran at the same time. */
  mostAtOnce = 0;
  /** The keys of all loads, in order. */
  readonly loaded: string[] = [];

  readonly #values = new Map<string, unknown>();
  #running = 0;
  #hold: Hold | undefined;
  #error: Error | undefined;

  /** What it says of `key` from now on. Before, it says "value of <key>". */
  write(key: string, value: unknown): void {
    this.#values.set(key, value);
  }

  /** From now on each load fails, until `heal`. */
  failWith(error: Error): void {
    this.#error = error;
  }

  heal(): void {
    this.#error = undefined;
  }

  /** From now on each load reads at once, and hands out what it read when it is let go. */
  hold(): Hold {
    this.#hold = new Hold();
    return this.#hold;
  }

  async load(key: string): Promise<unknown> {
    this.loads++;
    this.loaded.push(key);
    this.#running++;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#running);
    // What was read before an edit is handed out after it: this is how every race here comes about.
    const value = this.#values.has(key) ? this.#values.get(key) : `value of ${key}`;
    const error = this.#error;
    const hold = this.#hold?.open ? this.#hold : undefined;
    try {
      await (hold === undefined ? new Promise(setImmediate) : hold.wait());
      if (error !== undefined) throw error;
      return value;
    } finally {
      this.#running--;
    }
  }
}

/** Loads that wait. */
export class Hold {
  open = true;
  #waiting = 0;
  #release = () => {};
  readonly #released = new Promise<void>((resolve) => {
    this.#release = resolve;
  });

  wait(): Promise<void> {
    this.#waiting++;
    return this.#released;
  }

  /** Resolves when so many loads wait here. */
  reached(count = 1): Promise<void> {
    return until(
      () => this.#waiting >= count,
      3_000,
      () => `${this.#waiting} of ${count} loads began`,
    );
  }

  /** Lets loads that begin from now on pass; those that wait still wait. */
  letOthersPass(): void {
    this.open = false;
  }

  /** Lets everything go on. */
  release(): void {
    this.open = false;
    this.#release();
  }
}
