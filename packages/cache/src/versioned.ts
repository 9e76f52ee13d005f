import type { Reading } from "./authority.ts";
import { CacheOptionError } from "./errors.ts";

/** Where the value is: under no name, so that to the compiler no value of yours looks like one of these, whatever it is made of. */
export const VALUE: unique symbol = Symbol("value");

/** A value together with what its one database snapshot said of it. Made by `versioned`. */
export class Versioned<T> {
  readonly [VALUE]: T;
  readonly reading: Reading;

  constructor(value: T, reading: Reading) {
    this[VALUE] = value;
    this.reading = reading;
  }
}

/**
 * What a loader returns under an authority. Everything in `reading` must come from the same database snapshot as the value: a
 * version that is read before or after it lets an old value pass for a new one.
 *
 * @throws CacheOptionError if the version is newer than the head of its own snapshot, which only a wiring mistake can make
 */
export function versioned<T>(value: T, reading: Reading): Versioned<T> {
  const { tag, version, head } = reading;
  if (Number.isSafeInteger(version) && Number.isSafeInteger(head.seq) && version >= 0 && version <= head.seq)
    return new Versioned(value, reading);
  throw new CacheOptionError(`Version ${version} of "${tag}" cannot be of a snapshot whose head is ${head.seq}.`);
}
