import type { Random } from "./random.ts";

interface Pending {
  /** Looks at the database, if it has not done so yet, else delivers what it saw. */
  step(): void;
}

/**
 * Where everything waits that takes time. Each request travels there, is answered of one snapshot, and travels back; which of
 * all these steps comes next is the seed's choice, so answers overtake each other and rest for as long as it likes.
 */
export class Scheduler {
  readonly #pending = new Set<Pending>();
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  /** @param failing how likely the request is lost on its way there or back */
  request<T>(look: () => T, failing: number): Promise<T> {
    return new Promise((resolve, reject) => {
      let seen: { readonly answer: T } | undefined;
      const pending: Pending = {
        step: () => {
          const lost = this.#random.chance(failing);
          if (!lost && seen === undefined) {
            seen = { answer: look() };
            return;
          }
          this.#pending.delete(pending);
          if (lost) reject(new Error("lost"));
          else resolve(seen!.answer);
        },
      };
      this.#pending.add(pending);
    });
  }

  get idle(): boolean {
    return this.#pending.size === 0;
  }

  /** Takes one step of one request. */
  step(): void {
    if (!this.idle) this.#random.pick([...this.#pending]).step();
  }
}

/** Lets everything run that waits for nothing but its turn. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
