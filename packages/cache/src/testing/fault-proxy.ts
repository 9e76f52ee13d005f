import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { type Clock, systemClock } from "../clock.ts";
import { FaultLane, type LaneFaults, noFaults } from "./fault-lane.ts";
import { Random } from "./random.ts";

const HOST = "127.0.0.1";

/** Which way bytes go: from whoever connected to the proxy, or back to them. */
export type Direction = "toTarget" | "toClient";

const DIRECTIONS: readonly Direction[] = ["toTarget", "toClient"];

/** Between whom a proxy stands, and by which clock its faults go. */
export interface FaultProxyOptions {
  /** Where everything goes: a host and port, or a URL that names both. */
  readonly target: { readonly host: string; readonly port: number } | string;
  /** Where the proxy listens, on 127.0.0.1. Default: a free port. */
  readonly port?: number;
  /** What `afterMs`, latency and pauses are measured by. Default: the process's monotonic clock. */
  readonly clock?: Clock;
  /** Of the random part of latency. Default 1. */
  readonly seed?: number;
}

/** One step of a script. */
export interface FaultStep {
  /** How long after the step before it, or after the beginning. */
  readonly afterMs: number;
  do(proxy: FaultProxy): void | Promise<void>;
}

/** Starts a proxy that forwards everything to the target until it is told otherwise. */
export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const proxy = new FaultProxy(options);
  await proxy.heal();
  return proxy;
}

/**
 * Stands between a client and a real server, and does to their connection what networks and servers do: it stalls, delays,
 * tears, cuts, resets, swallows and lies. All faults can be switched at any time, count at once, for open connections too, and
 * go together; those that act on bytes can be limited to one direction. Order is kept, and a receiver that does not read holds
 * the sender back, as without a proxy.
 *
 * A target that refuses the proxy's own connection looks to the client like one that resets it.
 */
export class FaultProxy {
  /** What has gone through since the start: connections that were taken, open ones, and bytes that were passed on. */
  readonly stats = { connections: 0, open: 0, bytes: { toTarget: 0, toClient: 0 } };

  readonly #target: { readonly host: string; readonly port: number };
  /** What `url` is made from. */
  readonly #url: URL;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #faults: Record<Direction, LaneFaults> = { toTarget: noFaults(), toClient: noFaults() };
  readonly #sessions = new Set<Session>();
  readonly #cancelSteps = new Set<() => void>();
  readonly #server: Server;
  #port: number | undefined;
  /** Opening and closing the port, one after the other. */
  #door: Promise<unknown> = Promise.resolve();

  constructor({ target, port, clock = systemClock, seed = 1 }: FaultProxyOptions) {
    this.#url = new URL(typeof target === "string" ? target : `redis://${HOST}`);
    this.#target = typeof target === "string" ? addressOf(this.#url) : target;
    this.#port = port;
    this.#clock = clock;
    this.#random = new Random(seed);
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => this.#accept(client));
  }

  get port(): number {
    return this.#port ?? 0;
  }

  /** The target's URL with the proxy's host and port, or `redis://127.0.0.1:<port>` if the target was given without one. */
  get url(): string {
    const url = new URL(this.#url);
    url.hostname = HOST;
    url.port = String(this.port);
    return url.href;
  }

  /** Holds all bytes back until `resume`, losing none: what a stopped server or a silent network looks like. New connections are taken. */
  pause(direction?: Direction): void {
    this.#set({ paused: true }, direction);
  }

  resume(direction?: Direction): void {
    this.#set({ paused: false }, direction);
  }

  /** Lets bytes arrive `latencyMs` later, and up to `jitterMs` on top of that, evenly distributed. 0 takes it back. */
  delay(latencyMs: number, { jitterMs = 0, direction }: { readonly jitterMs?: number; readonly direction?: Direction } = {}): void {
    this.#set({ latencyMs, jitterMs }, direction);
  }

  /** Forwards at most `pieceBytes` at once, with a pause between two pieces, default 1 ms. `Infinity` takes it back. */
  slice(pieceBytes: number, { pauseMs = 1, direction }: { readonly pauseMs?: number; readonly direction?: Direction } = {}): void {
    this.#set({ pieceBytes, piecePauseMs: Number.isFinite(pieceBytes) ? pauseMs : 0 }, direction);
  }

  /** Swallows all bytes that come from now on; connections stay open. What was swallowed is lost when this ends. */
  blackhole(direction?: Direction): void {
    this.#set({ swallows: true }, direction);
  }

  /** Replaces the next bytes that arrive, on whichever connection, by these, once. Default: what goes to the client. */
  garble(bytes: Uint8Array | string, direction: Direction = "toClient"): void {
    this.#set({ garbage: Buffer.from(bytes) }, direction);
  }

  /** Says to the receivers of all open connections that nothing more comes; the other direction stays open. */
  halfClose(direction: Direction): void {
    for (const session of this.#sessions) session.lanes[direction].finish();
  }

  /** Resets all open connections on both sides (RST instead of an orderly end). New ones are taken. */
  reset(): void {
    for (const session of this.#sessions) session.destroy("reset");
  }

  /** Destroys all open connections, and refuses new ones until `heal`. */
  cut(): Promise<void> {
    return this.#atTheDoor(async () => {
      if (this.#server.listening) this.#server.close();
      for (const session of this.#sessions) session.destroy();
      await Promise.all([...this.#sessions].map((session) => session.closed));
    });
  }

  /** Takes all faults back and listens again after a cut. What is late already stays late, and what was lost is lost. */
  heal(): Promise<void> {
    this.#set(noFaults());
    return this.#atTheDoor(async () => {
      if (!this.#server.listening) this.#port = await listen(this.#server, this.#port);
    });
  }

  /**
   * Runs the steps, each at its own instant of the clock, however long the one before it takes. Resolves when the last one is
   * done, or when the proxy is closed; rejects as the first one that fails does.
   */
  async script(steps: readonly FaultStep[]): Promise<void> {
    let at = 0;
    const run = ({ afterMs, do: act }: FaultStep) => {
      at += afterMs;
      return new Promise<void>((resolve) => {
        const cancel = this.#clock.after(at, () => {
          this.#cancelSteps.delete(skip);
          resolve((async () => act(this))());
        });
        const skip = () => {
          cancel();
          resolve();
        };
        this.#cancelSteps.add(skip);
      });
    };
    await Promise.all(steps.map(run));
  }

  /** Destroys everything that is open, stops scripts and listens no more; afterwards no socket and no timer is left. */
  async close(): Promise<void> {
    for (const skip of this.#cancelSteps) skip();
    this.#cancelSteps.clear();
    await this.cut();
  }

  #set(faults: Partial<LaneFaults>, only?: Direction): void {
    for (const direction of only === undefined ? DIRECTIONS : [only]) {
      Object.assign(this.#faults[direction], faults);
      for (const session of this.#sessions) session.lanes[direction].flow();
    }
  }

  #atTheDoor(change: () => Promise<void>): Promise<void> {
    const changed = this.#door.then(change);
    this.#door = changed.catch(() => {});
    return changed;
  }

  #accept(client: Socket): void {
    const target = connect({ ...this.#target, allowHalfOpen: true, noDelay: true });
    const lane = (from: Socket, to: Socket, direction: Direction) =>
      new FaultLane(from, to, {
        faults: this.#faults[direction],
        clock: this.#clock,
        random: this.#random,
        onForwarded: (bytes) => {
          this.stats.bytes[direction] += bytes;
        },
      });
    const lanes = { toTarget: lane(client, target, "toTarget"), toClient: lane(target, client, "toClient") };
    const session = new Session(client, target, lanes, () => {
      this.stats.open--;
      this.#sessions.delete(session);
    });
    this.stats.connections++;
    this.stats.open++;
    this.#sessions.add(session);
  }
}

/** A client's connection and the proxy's own one to the target. They end together. */
class Session {
  readonly lanes: Readonly<Record<Direction, FaultLane>>;
  /** Resolves when neither of the two sockets is left. */
  readonly closed: Promise<void>;
  readonly #sockets: readonly Socket[];

  constructor(client: Socket, target: Socket, lanes: Readonly<Record<Direction, FaultLane>>, onClose: () => void) {
    this.#sockets = [client, target];
    this.lanes = lanes;
    for (const socket of this.#sockets) socket.on("error", () => this.destroy("reset"));
    const closed = (socket: Socket) => new Promise((resolve) => socket.once("close", resolve));
    this.closed = Promise.all(this.#sockets.map(closed)).then(onClose);
  }

  destroy(how?: "reset"): void {
    for (const socket of this.#sockets) {
      // One that is not there yet would be reset only once it is. One that is just ending cannot be, and Node would never close it.
      const ending = socket.writableEnded && !socket.writableFinished;
      if (how === "reset" && !socket.connecting && !ending) socket.resetAndDestroy();
      else socket.destroy();
    }
  }
}

function addressOf(url: URL): { host: string; port: number } {
  if (url.hostname === "" || url.port === "") throw new TypeError(`"${url.href}" names no host and port.`);
  return { host: url.hostname.replace(/^\[|\]$/g, ""), port: Number(url.port) };
}

/**
 * Listens on the port, or on any that is free below those that systems give to outgoing connections: among those, another
 * process could take the port during a cut, and a client that tries to connect could even connect to itself.
 */
async function listen(server: Server, port: number | undefined): Promise<number> {
  for (let triesLeft = 20; ; triesLeft--) {
    const tried = port ?? 20_000 + Math.floor(Math.random() * 12_000);
    try {
      const listening = once(server, "listening");
      server.listen(tried, HOST);
      await listening;
      return tried;
    } catch (error) {
      if (port !== undefined || triesLeft === 0 || (error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    }
  }
}
