import { RedisClient } from "@redis/client";
import { systemClock } from "../clock.ts";
import type { Address, Login } from "./options.ts";

type Client = ReturnType<typeof createRespClient>;

/**
 * What makes clients. The library's `createClient` makes a class of them for each set of options that differs from the last one,
 * if only by the port. That takes 40 ms, which nobody in this process can do anything in, and so would each attempt to connect.
 */
const makeClient = RedisClient.factory();

/** How long answers under way are awaited when a session is closed. */
const DRAIN_MS = 1_000;

export interface SessionOptions {
  readonly address: Address;
  readonly login: Login;
  /** How long TCP, TLS, login and `prepare` may take together. */
  readonly limitMs: number;
  /** Ends it, also while it connects. */
  readonly signal: AbortSignal;
  /** What must have worked before it can be used. */
  readonly prepare?: ((client: Client) => Promise<unknown>) | undefined;
}

/**
 * One connection from its first packet to its end; it never comes back. The client library could reconnect by itself, but
 * then the timer of its next attempt keeps the process alive and outlives `close`, its watch over silence sleeps while
 * commands are written, and a client that is destroyed while it connects stays connected.
 */
export class Session {
  readonly address: Address;
  readonly client: Client;
  /** Resolves with the reason when it is over, whichever way. */
  readonly ended: Promise<Error>;
  /** Why it is over. */
  reason: Error | undefined;
  readonly #socket = new AbortController();
  readonly #owner: AbortSignal;
  #resolveEnded!: (reason: Error) => void;

  /** Resolves when it can be used. If it rejects, nothing is left of it. */
  static async open(options: SessionOptions): Promise<Session> {
    const { limitMs, prepare } = options;
    const session = new Session(options);
    const cancel = systemClock.after(limitMs, () => session.end(new Error(`It did not answer within ${limitMs} ms.`)));
    try {
      await session.client.connect();
      if (session.reason === undefined) await prepare?.(session.client);
    } catch (error) {
      session.end(error as Error);
    } finally {
      cancel();
    }
    if (session.reason !== undefined) throw session.reason;
    return session;
  }

  private constructor({ address, login, signal }: SessionOptions) {
    this.address = address;
    this.#owner = signal;
    this.ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
    // Any error means that the connection is lost, or that what comes in is no Redis's.
    this.client = createRespClient(address, login, this.#socket.signal).on("error", (error: Error) => this.end(error));
    signal.addEventListener("abort", this.#onAbort);
    if (signal.aborted) this.#onAbort();
  }

  /** Ends it at once; what is under way is rejected. Only the first reason counts. */
  end(reason: Error): void {
    if (this.reason !== undefined) return;
    this.reason = reason;
    this.#owner.removeEventListener("abort", this.#onAbort);
    this.client.destroy();
    // The client lets go of a socket only once that is connected.
    this.#socket.abort();
    this.#resolveEnded(reason);
  }

  /** Ends it when all answers are there, or after a bounded time. */
  async close(): Promise<void> {
    if (this.reason !== undefined) return;
    const cancel = systemClock.after(DRAIN_MS, this.#onAbort);
    await Promise.race([this.client.close(), this.ended]);
    cancel();
    this.#onAbort();
  }

  readonly #onAbort = () => this.end(new Error("It was closed."));
}

function createRespClient(address: Address, login: Login, signal: AbortSignal) {
  const { username, password, database, tls } = login;
  const socket = { ...address, signal, reconnectStrategy: false as const };
  return makeClient({
    // The caches' own guard has the deadlines; the library's costs more than the command, and does not cover one that was sent.
    commandOptions: { timeout: 0 },
    disableOfflineQueue: true,
    // So that whoever looks at CLIENT LIST sees whose connections these are.
    name: "qrcards-cache",
    // Redis Enterprise would announce that it is about to move. It closes the connection then, and that is enough.
    maintNotifications: "disabled",
    database,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    socket: tls === undefined ? socket : { ...tls, ...socket, tls: true },
  });
}
