import type { Entry } from "./entry.ts";
import type { MissCause, Status } from "./events.ts";

/** What a flight brings: an entry, and how its leader's read was answered with it. */
export interface Landing<T> {
  readonly entry: Entry<T>;
  readonly status: Extract<Status, "hit" | "stale" | "grace" | "miss">;
}

/** One load in progress: whoever starts it leads, whoever needs the same key meanwhile follows. */
export class Flight<T = unknown> {
  readonly key: string;
  /** It puts in a value that it was given: what other processes change is weighed against that by its own version. */
  readonly isPut: boolean;
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
  /** Settles for all who wait at once. To be taken before it has landed. */
  result!: Promise<Landing<T>>;
  /** Why it had to be started. */
  cause: MissCause | undefined;
  #fallback: Entry<T> | undefined;
  /** Those who wait for something to stand in. */
  #onFallback: (() => void)[] | undefined;
  /** The tags invalidated since it began, and when first: its value may turn out to carry one of them. */
  #invalidatedAt: Map<string, number> | undefined;

  constructor(key: string, tags: readonly string[], isPut: boolean) {
    this.key = key;
    this.tags = tags;
    this.isPut = isPut;
  }

  /** What may be served in grace while the load takes its time: what is held, or was found in the second tier on the way. */
  get fallback(): Entry<T> | undefined {
    return this.#fallback;
  }

  fallBackOn(entry: Entry<T>): void {
    this.#fallback = entry;
    for (const tell of this.#onFallback ?? []) tell();
  }

  /** Calls the listener when there is something to fall back on, if that comes later than now. */
  onFallback(tell: () => void): void {
    this.#onFallback ??= [];
    this.#onFallback.push(tell);
  }

  overtake(at: number): void {
    this.overtakenAt = Math.min(this.overtakenAt, at);
  }

  invalidate(tag: string, at: number): void {
    this.#invalidatedAt ??= new Map();
    if (!this.#invalidatedAt.has(tag)) this.#invalidatedAt.set(tag, at);
  }

  /** Whether a value with these tags may still become an entry. If not, it is also no answer for whoever came after that. */
  mayInstall(tags: readonly string[]): boolean {
    for (const tag of tags) this.overtake(this.#invalidatedAt?.get(tag) ?? Number.POSITIVE_INFINITY);
    return this.overtakenAt === Number.POSITIVE_INFINITY;
  }

  /** Whether something with these tags, which was made before this flight began, is still good for anything. Decides nothing. */
  spares(tags: readonly string[]): boolean {
    return this.overtakenAt === Number.POSITIVE_INFINITY && !tags.some((tag) => this.#invalidatedAt?.has(tag));
  }
}

/**
 * What a landed flight has for a result, so that it does not hold on to its value. V8's maps leave the table behind when they
 * grow or are cleaned up, with who was in it; and one such table in the old generation keeps all later ones, and so the values
 * of all flights in them, until the next full collection.
 */
const LANDED = new Promise<never>(() => {});

const NEXT_TURN = Promise.resolve();

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
  open<T>(key: string, tags: readonly string[], work: (flight: Flight<T>) => Promise<Landing<T>>): Flight<T> {
    return this.#start(new Flight<T>(key, tags, false), work);
  }

  /** As `open`, for a value that need not be loaded. */
  openPut<T>(key: string, work: (flight: Flight<T>) => Promise<Landing<T>>): Flight<T> {
    return this.#start(new Flight<T>(key, [], true), work);
  }

  /** Whoever reads from now on starts a load of their own, and what is in the air for this key is never installed. */
  detach(key: string): void {
    this.#byKey.get(key)?.overtake(this.tick());
    this.#byKey.delete(key);
  }

  /** The same, because of a change that another process made. */
  detachLoad(key: string): void {
    if (this.#byKey.get(key)?.isPut === false) this.detach(key);
  }

  detachTags(tags: readonly string[], sparingPuts = false): void {
    const at = this.tick();
    for (const flight of [...this.#byKey.values()]) {
      if (sparingPuts && flight.isPut) continue;
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

  #start<T>(flight: Flight<T>, work: (flight: Flight<T>) => Promise<Landing<T>>): Flight<T> {
    this.#byKey.set(flight.key, flight as Flight);
    flight.result = this.#fly(flight, work);
    return flight;
  }

  async #fly<T>(flight: Flight<T>, work: (flight: Flight<T>) => Promise<Landing<T>>): Promise<Landing<T>> {
    // A turn later, so that whoever comes in this one has come before the work began.
    await NEXT_TURN;
    try {
      return await work(flight);
    } finally {
      this.#land(flight as Flight);
    }
  }

  /** Frees the key, but only if this flight still holds it: a detached flight must not release its successor. */
  #land(flight: Flight): void {
    if (this.#byKey.get(flight.key) === flight) this.#byKey.delete(flight.key);
    flight.result = LANDED;
  }
}
