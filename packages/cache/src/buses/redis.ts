import type { Bus } from "../bus.ts";
import type { Keys } from "../redis/keys.ts";
import type { Link } from "../redis/link.ts";

/** A `Bus` on Redis's PUBLISH, which a cluster passes on to all its servers. The message is empty: that it comes is the message. */
export class RedisBus implements Bus {
  readonly #link: Link;
  readonly #channel: string;

  constructor(link: Link, keys: Keys) {
    this.#link = link;
    this.#channel = keys.bus;
  }

  async signal(): Promise<void> {
    await this.#link.send(this.#channel, ["PUBLISH", this.#channel, ""]);
  }

  subscribe(listener: Parameters<Bus["subscribe"]>[0]): () => void {
    return this.#link.subscribe(this.#channel, (what) => listener(what));
  }
}
