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
  /**
   * The place from which on its value is no answer any more: its key was deleted or set, or a tag invalidated. Who arrived
   * before gets the value all the same, nobody later does, and it never becomes an entry.
   */
  overtakenAt = Number.POSITIVE_INFINITY;
  /** Settles for all who wait at once. */
  readonly result: Promise<T>;
  /** The tags invalidated since it began, and when first: its value may turn out to carry one of them. */
  readonly #invalidatedAt = new Map<string, number>();

  constructor(key: string, tags: readonly string[], work: (flight: Flight<T>) => Promise<T>) {
    this.key = key;
    this.tags = tags;
    // A turn later, so that the flight can be joined before the first line of the work runs.
    this.result = Promise.resolve().then(() => work(this));
  }

  overtake(at: number): void {
    this.overtakenAt = Math.min(this.overtakenAt, at);
  }

  invalidate(tag: string, at: number): void {
    if (!this.#invalidatedAt.has(tag)) this.#invalidatedAt.set(tag, at);
  }

  /** Whether a value with these tags may still become an entry. */
  mayInstall(tags: readonly string[]): boolean {
    for (const tag of tags) this.overtake(this.#invalidatedAt.get(tag) ?? Number.POSITIVE_INFINITY);
    return this.overtakenAt === Number.POSITIVE_INFINITY;
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
    this.#byKey.get(key)?.overtake(this.tick());
    this.#byKey.delete(key);
  }

  detachTags(tags: readonly string[]): void {
    const at = this.tick();
    for (const flight of [...this.#byKey.values()]) {
      for (const tag of tags) flight.invalidate(tag, at);
      if (!flight.mayInstall(flight.tags)) this.#byKey.delete(flight.key);
    }
  }

  detachAll(): void {
    const at = this.tick();
    for (const flight of this.#byKey.values()) flight.overtake(at);
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
