import { type Command, Connection, type ReplyOptions } from "./connection.ts";
import type { Link, Server } from "./link.ts";
import { type ServerOptions, Subscriptions } from "./subscriptions.ts";

/** One server that holds everything: two connections, as one that is subscribed to is best left alone. */
export class SingleServer implements Link {
  readonly #connection: Connection;
  readonly #subscriptions: Subscriptions;

  constructor(options: ServerOptions) {
    this.#connection = new Connection(options);
    this.#subscriptions = new Subscriptions(options);
  }

  send<T>(_key: string, command: Command, options?: ReplyOptions): Promise<T> {
    return this.#connection.send(command, options);
  }

  slotOf(): number {
    return 0;
  }

  servers(): readonly Server[] {
    return [this.#connection];
  }

  now(): number | undefined {
    return this.#connection.clock.now();
  }

  subscribe(...args: Parameters<Link["subscribe"]>): () => void {
    return this.#subscriptions.subscribe(...args);
  }

  async close(): Promise<void> {
    await Promise.all([this.#connection.close(), this.#subscriptions.close()]);
  }
}
