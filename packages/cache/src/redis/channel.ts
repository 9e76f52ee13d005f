import type { Channel } from "../backend.ts";
import type { Keys } from "./keys.ts";
import type { Link } from "./link.ts";

/** A `Channel` on Redis's PUBLISH. */
export class RedisChannel implements Channel {
  readonly #link: Link;
  readonly #name: string;

  constructor(link: Link, keys: Keys, name: string) {
    this.#link = link;
    this.#name = keys.channel(name);
  }

  async send(text: string): Promise<void> {
    await this.#link.send(this.#name, ["PUBLISH", this.#name, text]);
  }

  subscribe(listener: (text: string) => void): () => void {
    return this.#link.subscribe(this.#name, (what, text) => {
      if (what === "signal") listener(text);
    });
  }
}
