import type { Bus } from "../../src/index.ts";
import type { Random } from "./random.ts";
import type { Lane, Scheduler } from "./scheduler.ts";

type Listener = Parameters<Bus["subscribe"]>[0];

/** A bus whose messages come late, twice, in any order or not at all. */
export class LossyBus implements Bus {
  readonly #random: Random;
  readonly #scheduler: Scheduler;
  readonly #lane: Lane;
  readonly #listeners = new Set<Listener>();

  constructor(random: Random, scheduler: Scheduler, lane: Lane) {
    this.#random = random;
    this.#scheduler = scheduler;
    this.#lane = lane;
  }

  signal(): Promise<void> {
    return this.#scheduler.request(() => {
      for (const listener of this.#listeners) this.#send(listener, "signal");
    }, this.#lane);
  }

  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    this.#send(listener, "gap");
    return () => this.#listeners.delete(listener);
  }

  #send(listener: Listener, what: "signal" | "gap"): void {
    const copies = this.#random.weighted({ 0: this.#lane.failing * 5, 1: 1, 2: 0.1 });
    for (let copy = 0; copy < Number(copies); copy++)
      this.#scheduler.later(() => {
        if (this.#listeners.has(listener)) listener(what);
      });
  }
}
