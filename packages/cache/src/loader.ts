import { type Clock, within } from "./clock.ts";
import type { Versioned } from "./versioned.ts";

/** What a loader returns to say that the value it was told of (`context.held`) is still right: it is then kept for another `ttlMs`. */
export const notModified: unique symbol = Symbol("notModified");

/** The type of `notModified`. */
export type NotModified = typeof notModified;

/** What a loader is told. */
export class LoadContext<T = unknown> {
  readonly key: string;
  /** What is still held, though it is over; e.g. for its ETag, to ask only whether it has changed. `undefined` if nothing is. */
  readonly held: T | undefined;
  #controller: AbortController | undefined;
  #abortReason: Error | undefined;

  constructor(key: string, held: T | undefined) {
    this.key = key;
    this.held = held;
  }

  /** Aborted at `hardTimeoutMs`, when nobody waits any more. Made on demand: a signal costs more than many a load. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#abortReason !== undefined) this.#controller.abort(this.#abortReason);
    return this.#controller.signal;
  }

  /** For the cache alone. */
  abort(reason: Error): void {
    this.#abortReason = reason;
    this.#controller?.abort(reason);
  }
}

/** What a loader gives: the value, with its reading where a database versions it. `undefined` means "there is none", and is kept as a negative entry. */
export type Loaded<T> = Versioned<T> | T | NotModified;

/** Gets a value from where it comes from. */
export type Loader<T> = (context: LoadContext<T>) => Loaded<T> | Promise<Loaded<T>>;

/** Of a key that is missing in the answer to a batch: there is none. Unlike `undefined` it needs no version; but then it is not kept. */
export const absent: unique symbol = Symbol("absent");

/** A loader as flights have it, which may be a part of a batch. */
export type SourceLoader<T> = (context: LoadContext<T>) => Loaded<T> | typeof absent | Promise<Loaded<T> | typeof absent>;

/**
 * What the loader gives, within `limitMs`: after that its signal is aborted, and whoever waits gets what `late` makes. A loader
 * that throws before it returns a promise has failed like any other.
 */
export function callLoader<T>(clock: Clock, loader: SourceLoader<T>, context: LoadContext<T>, limitMs: number, late: () => Error) {
  const call = async () => loader(context);
  return within(clock, limitMs, call(), () => {
    const reason = late();
    context.abort(reason);
    return reason;
  });
}
