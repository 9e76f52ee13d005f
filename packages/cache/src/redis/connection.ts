import { setTimeout as pause } from "node:timers/promises";
import { ErrorReply, type RedisArgument } from "@redis/client";
import { NotConnectedError } from "../errors.ts";
import type { Address, Settings } from "./options.ts";
import { ServerClock } from "./server-clock.ts";
import { Session, type SessionOptions } from "./session.ts";

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 500;

/** So many heartbeats may be unanswered. They are counted, not timed: a process that stood still itself must not blame the server. */
const MOST_UNANSWERED = 2;

/** How often it is asked who the master is. One that is fenced off from the others says nothing of it itself. */
const MASTER_CHECK_MS = 5_000;

export type Command = readonly RedisArgument[];

/** How replies are handed out: bulk strings as text, if nothing else is said. */
export type ReplyOptions = Parameters<Session["client"]["sendCommand"]>[1];

export interface ConnectionOptions {
  readonly settings: Settings;
  /** What it is a connection to, as errors say it. */
  readonly name: string;
  /** Where to connect to; asked before each attempt. If it rejects, the attempt has failed. */
  readonly findServer: (signal: AbortSignal) => Promise<Address>;
  /**
   * That the server must be a master, and which one that is can change: what is none does not count as connected, and what is
   * connected is given up when `findServer` names another.
   */
  readonly followsMaster?: boolean;
  /** What must have worked before it counts as connected. */
  readonly prepare?: SessionOptions["prepare"];
  /** It is connected. */
  readonly onUp?: (client: Session["client"]) => void;
  /** It was connected, and is not any more. */
  readonly onDown?: () => void;
}

/**
 * A connection to a server, for ever: while it is not there, it is tried again and again in the background, and what it is
 * told to send is rejected at once, never kept for later. A heartbeat notices a server that has fallen silent although the
 * connection stands: one that was stopped, or whose packets are lost.
 */
export class Connection {
  readonly clock = new ServerClock();
  readonly #options: ConnectionOptions;
  /** Ends what is under way when it is closed. */
  readonly #closing = new AbortController();
  #closed = false;
  readonly #running: Promise<void>;
  /** While it can be used. */
  #session: Session | undefined;
  /** Why there is no session. */
  #trouble = new Error("It was not tried yet.");

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  get ready(): boolean {
    return this.#session !== undefined;
  }

  /**
   * Sends one command, and resolves to its reply. Rejects with the server's `ErrorReply`, or with `NotConnectedError`: at once
   * if it is not connected, later if the connection is lost meanwhile, and then nobody knows whether it was carried out.
   */
  send<T>(command: Command, options?: ReplyOptions): Promise<T> {
    const session = this.#session;
    if (session === undefined) return Promise.reject(this.#notConnected(this.#trouble));
    return session.client.sendCommand<T>(command, options).catch((error: Error) => {
      if (!(error instanceof ErrorReply)) throw this.#notConnected(session.reason ?? error);
      // It was made a replica; the name that it was found by may be another server's by now.
      if (error.message.startsWith("READONLY")) session.end(error);
      throw error;
    });
  }

  /** Gives up the connection that is there now, so that another one is made. */
  restart(reason: Error): void {
    this.#session?.end(reason);
  }

  /** Waits a bounded time for answers under way. Nothing is left of it then. Never rejects. */
  async close(): Promise<void> {
    const session = this.#session;
    this.#closed = true;
    this.#session = undefined;
    this.#trouble = new Error("It was closed.");
    await session?.close();
    this.#closing.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    let pauseMs = FIRST_PAUSE_MS;
    while (!this.#closed) {
      try {
        const session = await this.#open();
        pauseMs = FIRST_PAUSE_MS;
        this.#lost(await this.#use(session));
      } catch (error) {
        this.#lost(error as Error);
      }
      await pause(pauseMs, undefined, { signal, ref: false }).catch(() => {});
      pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
    }
  }

  async #open(): Promise<Session> {
    const { settings, findServer, followsMaster, prepare } = this.#options;
    const { signal } = this.#closing;
    const address = await findServer(signal);
    this.clock.restart();
    return Session.open({
      address,
      login: settings.login,
      limitMs: settings.connectTimeoutMs,
      signal,
      prepare: async (client) => {
        if (followsMaster) await expectMaster(client);
        await prepare?.(client);
        await this.#hearTime(client);
      },
    });
  }

  /** Lets commands through until the session is over, and resolves to the reason. */
  async #use(session: Session): Promise<Error> {
    const { settings, name, followsMaster, onUp, onDown } = this.#options;
    let unanswered = 0;
    const answered = () => {
      unanswered = 0;
    };
    const beat = () => {
      if (unanswered === MOST_UNANSWERED) return session.end(new Error(`It fell silent: ${unanswered} heartbeats were not answered.`));
      unanswered++;
      this.#hearTime(session.client).then(answered, (error: Error) => {
        // An error is an answer. What is no time is one to something else: from then on each would be.
        if (error instanceof ErrorReply) answered();
        else session.end(error);
      });
    };
    const heart = setInterval(beat, settings.heartbeatMs).unref();
    const check = followsMaster ? setInterval(() => void this.#checkMaster(session), MASTER_CHECK_MS).unref() : undefined;
    this.#session = session;
    settings.troubles.over(name);
    if (!this.#closed) onUp?.(session.client);
    const reason = await session.ended;
    clearInterval(heart);
    clearInterval(check);
    this.#session = undefined;
    if (!this.#closed) onDown?.();
    return reason;
  }

  async #hearTime(client: Session["client"]): Promise<void> {
    const askedAt = performance.now();
    const reply = await client.sendCommand<unknown>(["TIME"]);
    const [seconds, microseconds] = Array.isArray(reply) && reply.length === 2 ? reply.map(Number) : [];
    const timeMs = seconds! * 1_000 + microseconds! / 1_000;
    if (!Number.isFinite(timeMs)) throw new Error("It answered something else than it was asked.");
    this.clock.hear(timeMs, askedAt);
  }

  async #checkMaster(session: Session): Promise<void> {
    const { host, port } = await this.#options.findServer(this.#closing.signal).catch(() => session.address);
    if (host !== session.address.host || port !== session.address.port) session.end(new Error(`The master is ${host}:${port} now.`));
  }

  #lost(reason: Error): void {
    if (this.#closed) return;
    this.#trouble = reason;
    // Whoever could not say where the server is has said why.
    if (!(reason instanceof NotConnectedError)) this.#options.settings.troubles.report(this.#options.name, reason);
  }

  #notConnected(cause: Error): NotConnectedError {
    return new NotConnectedError(this.#options.name, { cause });
  }
}

/** HELLO tells the role to everybody; ROLE itself may be forbidden. */
async function expectMaster(client: Session["client"]): Promise<void> {
  const { role } = await client.sendCommand<{ role: string }>(["HELLO"]);
  if (role !== "master") throw new Error(`It is no master but a ${role}.`);
}
