import type { AsyncLocalStorage } from "node:async_hooks";
import type * as cacheLibrary from "../../src/index.ts";
import type { HostileTier } from "./hostile-tier.ts";
import type { LossyBus } from "./lossy-bus.ts";
import type { Lane, Scheduler } from "./scheduler.ts";
import type { ToldLog } from "./told-log.ts";
import type { Fact } from "./truth.ts";
import type { Library } from "./world.ts";

/** What all peers are connected to, and how long they believe it. */
export interface Site {
  readonly scheduler: Scheduler;
  readonly clock: cacheLibrary.Clock;
  readonly log: ToldLog;
  readonly logLane: Lane;
  readonly bus: LossyBus;
  readonly l2: HostileTier;
  readonly leaseMs: number;
  /** Tells which `set` a call of the log belongs to. */
  readonly setting: AsyncLocalStorage<Fact>;
  note(what: () => string): void;
}

export interface PeerOptions extends Omit<cacheLibrary.CacheOptions, "l2"> {
  readonly l2: Omit<cacheLibrary.L2Options, "backend">;
}

/** One process among those that keep themselves coherent by a shared log. */
export class Peer {
  readonly name: string;
  readonly cache: cacheLibrary.Cache;
  /** The moments of all snapshots of the log that it has got in time. */
  readonly snapshots: number[] = [];
  /** When it asked for that, on the clock. */
  heardAskedAtMs = Number.NEGATIVE_INFINITY;
  closed = false;

  constructor(name: string, site: Site, library: Library, { l2, ...options }: PeerOptions) {
    this.name = name;
    this.cache = library.createCache({ ...options, l2: { ...l2, backend: { connect: () => this.#connect(site) } } });
  }

  /** The moment of the newest snapshot that it has got; 0 if it has none. */
  get heard(): number {
    return this.snapshots.at(-1) ?? 0;
  }

  close(): Promise<void> {
    this.closed = true;
    return this.cache.close();
  }

  #hear(moment: number, askedAtMs: number): void {
    this.snapshots.push(moment);
    this.heardAskedAtMs = askedAtMs;
  }

  #connect({ scheduler, clock, log, logLane, bus, l2, leaseMs, setting, note }: Site): cacheLibrary.Connection {
    const ask = <T>(look: () => T) => scheduler.request(look, logLane);
    return {
      tier: l2,
      bus,
      authority: {
        poll: async (since) => {
          const askedAtMs = clock.now();
          const { answer, moment } = await ask(() => log.poll(since));
          note(() => `${this.name} hears #${moment}: ${answer.epoch}.${answer.generation} ${answer.seq}`);
          // What comes later than that is not listened to any more.
          if (clock.now() < askedAtMs + leaseMs) this.#hear(moment, askedAtMs);
          return answer;
        },
        bump: (words) => {
          const fact = setting.getStore();
          return ask(() => {
            note(() => `${this.name} tells the log: ${words}`);
            return log.bump(words, fact);
          });
        },
        flush: (hard) =>
          ask(() => {
            note(() => `${this.name} tells the log: everything${hard ? "" : ", softly"}`);
            log.flush(hard);
          }),
      },
      close: () => Promise.resolve(),
    };
  }
}
