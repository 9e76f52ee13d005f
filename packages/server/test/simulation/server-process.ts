import type { CacheOptions, Freshness } from "@qrcards/cache";
import type { LossyBus } from "../../../cache/test/simulation/lossy-bus.ts";
import type { Lane, Scheduler } from "../../../cache/test/simulation/scheduler.ts";
import { Worker } from "../../../cache/test/simulation/worker.ts";
import type { Database } from "../../src/db/database.ts";
import type { DatabaseAuthority } from "../../src/freshness/database-authority.ts";
import type { Neighbours } from "../../src/freshness/neighbours.ts";
import type { PollRow, Polls } from "../../src/freshness/polls.ts";
import type { RegistryOptions, WorkerRegistry } from "../../src/freshness/registry.ts";
import type { Visibility } from "../../src/freshness/visibility.ts";
import type { TripService, TripServiceDeps } from "../../src/trips/service.ts";
import type { Life } from "./life.ts";
import type { MemoryDatabase } from "./memory-database.ts";
import type { Network } from "./network.ts";
import type { Ask } from "./simulated-dialect.ts";
import type { Tested } from "./tested.ts";

/** How long it takes until nobody is served any more. */
const DRAIN_MS = 300;

/** What all processes share. */
export interface Site {
  readonly scheduler: Scheduler;
  readonly database: MemoryDatabase;
  readonly bus: LossyBus | undefined;
  readonly leaseMs: number;
  readonly registry: Pick<RegistryOptions, "beatEveryMs" | "silenceLimitMs" | "now">;
}

export interface ServerProcessOptions {
  /** The place that it has among the others: the next process in it has the same. */
  readonly seat: string;
  readonly name: string;
  readonly life: Life;
  /** How likely a question to the database is lost. */
  readonly failing: number;
  readonly serving: boolean;
  readonly networks: readonly Network[];
  readonly cache: Omit<CacheOptions, "freshness" | "clock">;
  readonly maxPages: number;
  /** Removes itself from the registry before it has stopped serving: a mistake, see `serving-mutants.ts`. */
  readonly leavesFirst: boolean;
}

/** One process, wired as `services.ts` does it, with nothing in it but what says which versions are current. */
export class ServerProcess {
  readonly name: string;
  readonly life: Life;
  /** Its ways to the database. */
  readonly reads: Lane;
  readonly writes: Lane;
  /** Under which it has ever been in the registry. */
  readonly ids: string[] = [];
  readonly database: Database;
  readonly freshness: Freshness;
  readonly visibility: Visibility;
  readonly trips: TripService;
  /** Its cache, and a store of finished pages. */
  readonly worker: Worker;
  readonly #registry: WorkerRegistry;
  readonly #authority: DatabaseAuthority;
  readonly #neighbours: Neighbours;
  readonly #leavesFirst: boolean;
  #lock: Promise<void> | undefined;

  constructor({ cache, server }: Tested, site: Site, options: ServerProcessOptions) {
    const { life, name, seat, serving, failing, networks, maxPages, leavesFirst } = options;
    const { scheduler, bus, leaseMs } = site;
    this.name = name;
    this.life = life;
    this.reads = { failing };
    this.writes = { failing };
    this.#leavesFirst = leavesFirst;
    const ask = (lane: Lane): Ask => {
      return (look) => life.receive(scheduler.request(look, lane));
    };
    const write = ask(this.writes);
    this.database = site.database.connect(seat, {
      reads: ask(this.reads),
      writes: (look) => (this.#lock === undefined ? write(look) : this.#lock.then(() => write(look))),
    });
    const { clock } = life;
    this.#registry = new server.WorkerRegistry(this.database, { ...site.registry, clock, leaseMs });
    this.#registry.onRegistered((id) => void this.ids.push(id));
    const registry = serving ? this.#registry : undefined;
    const polls: Polls = {
      poll: (since, id) =>
        ask(this.reads)(() =>
          server.toPolled(site.database.all<PollRow>(server.pollStatement("?", "?"), id, since?.seq ?? Number.MAX_SAFE_INTEGER)),
        ),
      close: () => Promise.resolve(),
    };
    this.#authority = server.createDatabaseAuthority(this.database, registry, polls);
    this.freshness = cache.createFreshness({ authority: this.#authority, clock, leaseMs });
    const channels = networks.map((network) => network.plug(life));
    this.#neighbours = server.createNeighbours({ freshness: this.freshness, registry, channels, bus: bus && gated(bus, life) });
    this.visibility = new server.Visibility({
      freshness: this.freshness,
      registry: this.#registry,
      neighbours: this.#neighbours,
      leaseMs,
    });
    this.worker = new Worker(name, cache, this.freshness, { ...options.cache, freshness: this.freshness, clock }, maxPages);
    // For edits alone: pages are read through the worker's cache.
    const deps = { database: this.database, visibility: this.visibility, config: { cache: { structures: {} } }, now: () => 0 };
    this.trips = new server.TripService(deps as unknown as TripServiceDeps);
  }

  /** Has these, of processes that have ended, deleted from the registry. */
  forget(ids: readonly string[]): Promise<void> {
    return this.#registry.forget(ids);
  }

  /** From now on its writes wait for a lock, until the function that is returned is called. */
  holdWrites(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#lock = promise;
    return () => {
      this.#lock = undefined;
      resolve();
    };
  }

  async close(): Promise<void> {
    if (this.#leavesFirst) await this.#registry.leave();
    // Those who are being served are served.
    await new Promise<void>((resolve) => this.life.clock.after(DRAIN_MS, resolve));
    await this.worker.cache.close();
    this.visibility.close();
    this.#neighbours.close();
    await this.freshness.close();
    await this.#registry.leave();
    await this.#authority.close();
  }
}

function gated(bus: LossyBus, life: Life): Pick<LossyBus, "signal" | "subscribe"> {
  return { signal: () => bus.signal(), subscribe: (listener) => bus.subscribe((what) => life.run(() => listener(what))) };
}
