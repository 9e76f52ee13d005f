import type { MissCause } from "./events.ts";

/** Why a key is not held any more. */
export interface Departure {
  readonly cause: MissCause;
  /** What was invalidated, for `invalidated`: a tag, or nothing for the key itself or everything. */
  readonly tag?: string;
  /** The instant on the cache's clock. */
  readonly at: number;
}

/** Why the keys that went last did so: what a miss is explained by. Bounded; what went long ago counts as new. */
export class Departures {
  readonly #byKey = new Map<string, Departure>();
  readonly #maxKeys: number;

  constructor(maxKeys: number) {
    this.#maxKeys = maxKeys;
  }

  note(key: string, departure: Departure): void {
    this.#byKey.delete(key);
    this.#byKey.set(key, departure);
    if (this.#byKey.size > this.#maxKeys) this.#byKey.delete(this.#byKey.keys().next().value!);
  }

  of(key: string): Departure | undefined {
    return this.#byKey.get(key);
  }

  clear(): void {
    this.#byKey.clear();
  }
}
