import type { Bus } from "../../bus.ts";

type Listener = Parameters<Bus["subscribe"]>[0];

/** A `Bus` in this process: it delivers to all who listen, the sender too, once the turn of whoever sent it is over. */
export class MemoryBus implements Bus {
  readonly #subscriptions = new Set<{ readonly listener: Listener }>();

  async signal(): Promise<void> {
    this.#deliver("signal");
  }

  subscribe(listener: Listener): () => void {
    // One subscription each, also for a listener that subscribes twice.
    const subscription = { listener };
    this.#subscriptions.add(subscription);
    this.#call(subscription, "gap");
    return () => this.#subscriptions.delete(subscription);
  }

  /** As if every subscription had been lost and made again: whatever was under way may not have arrived. */
  resubscribe(): void {
    this.#deliver("gap");
  }

  #deliver(what: "signal" | "gap"): void {
    for (const subscription of this.#subscriptions) this.#call(subscription, what);
  }

  #call(subscription: { readonly listener: Listener }, what: "signal" | "gap"): void {
    queueMicrotask(() => {
      if (this.#subscriptions.has(subscription)) subscription.listener(what);
    });
  }
}
