import type { Command, ReplyOptions } from "./connection.ts";

/** Hears each message of a channel, and of each gap in which there may have been some, whose text is empty. See `Bus.subscribe`. */
export type ChannelListener = (what: "signal" | "gap", text: string) => void;

/** What takes commands: a server, or all of them together. */
export interface Server {
  send<T>(command: Command, options?: ReplyOptions): Promise<T>;
}

/** A way to the servers, whichever their number and shape, shared by all namespaces of a backend. */
export interface Link {
  /**
   * Sends one command to the server that holds `key`, and resolves to its reply. Rejects with the server's `ErrorReply`, or with
   * `NotConnectedError`, at once if that server is not connected.
   */
  send<T>(key: string, command: Command, options?: ReplyOptions): Promise<T>;
  /** Keys with the same number may go in one command. */
  slotOf(key: string): number;
  /**
   * All servers that hold keys of their own.
   *
   * @throws NotConnectedError if they are not known yet
   */
  servers(): readonly Server[];
  /** The time of day of the server that holds `key`, see `ServerClock`. */
  now(key: string): number | undefined;
  /** As `Bus.subscribe`, to a channel. */
  subscribe(channel: string, listener: ChannelListener): () => void;
  /** Never rejects. Nothing is left then. */
  close(): Promise<void>;
}
