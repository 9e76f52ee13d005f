/** One load in progress: whoever starts it leads, whoever needs the same key meanwhile follows. */
export class Flight<T = unknown> {
  readonly key: string;
  /** The tags that are known before the value is. */
  readonly tags: readonly string[];
  /**
   * The place of its newest loader call in the order of arrivals, see `Flights.tick`. Whoever arrived before that place may
   * take the result whatever has happened since: it was read after they asked.
   */
  readBeganAt = 0;
  /** Something it carries was invalidated, or its key set, since it began: those who wait get its value, nobody later does. */
  fenced = false;
  /** What was invalidated since it began: its value may turn out to carry one of these tags. */
  readonly #invalidated = new Set<string>();
  /** Settles for all who wait at once. */
  readonly result: Promise<T>;

  constructor(key: string, tags: readonly string[], work: (flight: Flight<T>) => Promise<T>) {
    this.key = key;
    this.tags = tags;
    // A turn later, so that the flight can be joined before the first line of the work runs.
    this.result = Promise.resolve().then(() => work(this));
  }

  invalidate(tags: readonly string[]): void {
    for (const tag of tags) this.#invalidated.add(tag);
  }

  /** Whether a value with these tags may still become an entry. */
  mayInstall(tags: readonly string[]): boolean {
    return !this.fenced && !tags.some((tag) => this.#invalidated.has(tag));
  }
}

/** The loads in progress, at most one a key that can be joined. Invalidation beats them: it fences and detaches, and waits for none. */
export class Flights {
  readonly #byKey = new Map<string, Flight>();
  #order = 0;

  /** The next place in the one order of arrivals and loader calls. A count, not a time: two things never share a place. */
  tick(): number {
    return ++this.#order;
  }

  find<T>(key: string): Flight<T> | undefined {
    return this.#byKey.get(key) as Flight<T> | undefined;
  }

  /** Starts a flight that others can join until its work settles or it is detached. */
  open<T>(key: string, tags: readonly string[], work: (flight: Flight<T>) => Promise<T>): Flight<T> {
    const flight = new Flight<T>(key, tags, (opened) => work(opened).finally(() => this.#land(opened as Flight)));
    this.#byKey.set(key, flight as Flight);
    return flight;
  }

  /** Whoever reads from now on starts a load of their own, and what is in the air for this key is never installed. */
  detach(key: string): void {
    const flight = this.#byKey.get(key);
    if (flight !== undefined) flight.fenced = true;
    this.#byKey.delete(key);
  }

  detachTags(tags: readonly string[]): void {
    for (const flight of [...this.#byKey.values()]) {
      flight.invalidate(tags);
      if (!flight.mayInstall(flight.tags)) this.detach(flight.key);
    }
  }

  detachAll(): void {
    for (const flight of this.#byKey.values()) flight.fenced = true;
    this.#byKey.clear();
  }

  get size(): number {
    return this.#byKey.size;
  }

  /** Frees the key, but only if this flight still holds it: a detached flight must not release its successor. */
  #land(flight: Flight): void {
    if (this.#byKey.get(flight.key) === flight) this.#byKey.delete(flight.key);
  }
}
