import type { Random } from "./random.ts";

/** A way that requests take: how likely one is lost on it at present, on its way there or back. */
export interface Lane {
  failing: number;
}

/** On it nothing is ever lost. */
export const SAFE_LANE: Lane = Object.freeze({ failing: 0 });

interface Pending {
  /** A request looks at what it asks, if it has not done so yet, else delivers what it saw. */
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

  request<T>(look: () => T, lane: Lane): Promise<T> {
    return new Promise((resolve, reject) => {
      let seen: { readonly answer: T } | undefined;
      const pending: Pending = {
        step: () => {
          const lost = this.#random.chance(lane.failing);
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

  /** Something that nobody waits for: it happens in one step. */
  later(happen: () => void): void {
    const pending: Pending = {
      step: () => {
        this.#pending.delete(pending);
        happen();
      },
    };
    this.#pending.add(pending);
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
