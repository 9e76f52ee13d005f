import { CacheClosedError } from "../errors.ts";
import type { Command, ReplyOptions } from "./connection.ts";
import type { Link, Server } from "./link.ts";

/** A link that several have: it is opened for the first of them, and closed by the last one. */
export class SharedLink {
  readonly #open: () => Link;
  #link: Link | undefined;
  #shares = 0;

  constructor(open: () => Link) {
    this.#open = open;
  }

  share(): Link {
    this.#link ??= this.#open();
    this.#shares++;
    return new Share(this.#link, () => this.#release());
  }

  async #release(): Promise<void> {
    const link = this.#link;
    if (--this.#shares > 0) return;
    this.#link = undefined;
    await link?.close();
  }
}

/** One of those, until it is closed. */
class Share implements Link {
  readonly #link: Link;
  readonly #release: () => Promise<void>;
  readonly #subscriptions = new Set<() => void>();
  #closed: Promise<void> | undefined;

  constructor(link: Link, release: () => Promise<void>) {
    this.#link = link;
    this.#release = release;
  }

  send<T>(key: string, command: Command, options?: ReplyOptions): Promise<T> {
    if (this.#closed !== undefined) return Promise.reject(closed());
    return this.#link.send(key, command, options);
  }

  slotOf(key: string): number {
    return this.#link.slotOf(key);
  }

  servers(): readonly Server[] {
    if (this.#closed !== undefined) throw closed();
    return this.#link.servers();
  }

  now(key: string): number | undefined {
    return this.#link.now(key);
  }

  /** Once it is closed nothing is heard any more. */
  subscribe(...args: Parameters<Link["subscribe"]>): () => void {
    if (this.#closed !== undefined) return () => {};
    const off = this.#link.subscribe(...args);
    this.#subscriptions.add(off);
    return () => {
      this.#subscriptions.delete(off);
      off();
    };
  }

  close(): Promise<void> {
    for (const off of this.#subscriptions) off();
    this.#closed ??= this.#release();
    return this.#closed;
  }
}

const closed = () => new CacheClosedError("The connection");
