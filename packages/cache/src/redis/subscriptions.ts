import { Events } from "../events.ts";
import { Connection, type ConnectionOptions } from "./connection.ts";
import type { ChannelListener } from "./link.ts";
import type { Session } from "./session.ts";

type Heard = Events<{ heard: { readonly what: "signal" | "gap"; readonly text: string } }>;

const GAP = { what: "gap", text: "" } as const;

/** Which server to connect to, however it is found. */
export type ServerOptions = Pick<ConnectionOptions, "settings" | "name" | "findServer" | "followsMaster">;

/**
 * Who listens to which channel, on a connection of its own that is there while anybody listens. The heartbeat runs on it as on
 * any other, as a subscription whose connection is dead looks like one on which nothing is said.
 */
export class Subscriptions {
  readonly #options: ServerOptions;
  readonly #channels = new Map<string, Heard>();
  #connection: Connection | undefined;
  /** While the connection is there. */
  #client: Session["client"] | undefined;
  /** Settles when no connection is left that nobody listens on. */
  #closing: Promise<unknown> = Promise.resolve();

  constructor(options: ServerOptions) {
    this.#options = options;
  }

  subscribe(channel: string, listener: ChannelListener): () => void {
    const heard: Heard = this.#channels.get(channel) ?? new Events();
    this.#channels.set(channel, heard);
    // One subscription each, also for a listener that subscribes twice.
    const off = heard.on("heard", ({ what, text }) => listener(what, text));
    if (this.#client !== undefined) this.#add(this.#client, channel);
    this.#connection ??= this.#connect();
    return () => {
      off();
      if (heard.wants("heard") || this.#channels.get(channel) !== heard) return;
      this.#channels.delete(channel);
      if (this.#channels.size === 0) this.#disconnect();
      else this.#client?.unsubscribe(channel, this.#onMessage).catch(() => {});
    };
  }

  /** Another server is better. */
  restart(reason: Error): void {
    this.#connection?.restart(reason);
  }

  async close(): Promise<void> {
    this.#channels.clear();
    this.#disconnect();
    await this.#closing;
  }

  #connect(): Connection {
    let subscribed: readonly string[];
    return new Connection({
      ...this.#options,
      prepare: async (client) => {
        subscribed = [...this.#channels.keys()];
        await client.subscribe([...subscribed], this.#onMessage);
      },
      onUp: (client) => {
        this.#client = client;
        this.#tellGap();
        for (const channel of this.#channels.keys()) if (!subscribed.includes(channel)) this.#add(client, channel);
      },
      onDown: () => {
        this.#client = undefined;
        this.#tellGap();
      },
    });
  }

  /** To a connection that is there. If the server refuses, it is no good, and the next attempt says so. */
  #add(client: Session["client"], channel: string): void {
    client.subscribe(channel, this.#onMessage).then(
      () => this.#channels.get(channel)?.emit("heard", GAP),
      (error: Error) => this.#connection?.restart(error),
    );
  }

  #disconnect(): void {
    this.#closing = Promise.all([this.#closing, this.#connection?.close()]);
    this.#connection = undefined;
    this.#client = undefined;
  }

  readonly #onMessage = (text: string, channel: string) => this.#channels.get(channel)?.emit("heard", { what: "signal", text });

  #tellGap(): void {
    for (const heard of this.#channels.values()) heard.emit("heard", GAP);
  }
}
