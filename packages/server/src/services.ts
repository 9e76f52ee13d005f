import { type Cache, CacheError, createCache, createFreshness, type Freshness, type PollOptions } from "@qrcards/cache";
import { CardService } from "./cards/card-service.ts";
import type { Config } from "./config.ts";
import type { FamilyConfig } from "./config-cache.ts";
import { classifyDatabaseError, isUnusable } from "./database-errors.ts";
import { type Database, openDatabase } from "./db/database.ts";
import { migrate } from "./db/migrate.ts";
import { QRCardsError } from "./errors.ts";
import type { Channel } from "./freshness/channel.ts";
import { createDatabaseAuthority } from "./freshness/database-authority.ts";
import { createNeighbours } from "./freshness/neighbours.ts";
import { Patience } from "./freshness/patience.ts";
import { WorkerRegistry } from "./freshness/registry.ts";
import { Visibility } from "./freshness/visibility.ts";
import { Flusher } from "./operations/flush.ts";
import { createRenderPool, type RenderPool } from "./pages/renderer.ts";
import { openSecondTier, type SecondTier } from "./second-tier.ts";
import { AssetService } from "./trips/asset-service.ts";
import { KnownPaths } from "./trips/known-paths.ts";
import { TripService } from "./trips/service.ts";
import { createStructureLoader, type StructureLoader } from "./trips/structure-loader.ts";

/** Everything that lives as long as the process, wired by hand, in one place. */
export interface Services {
  readonly config: Config;
  readonly database: Database;
  readonly freshness: Freshness;
  readonly patience: Patience;
  /** Structures. */
  readonly cache: Cache;
  /** Single addresses; undefined where they are not kept, which is the default. */
  readonly pathCache: Cache | undefined;
  /** Who has a slug, and the library: small, of the catalog, and in this process alone. */
  readonly catalog: Cache;
  /** Undefined without `REDIS_URL`. */
  readonly secondTier: SecondTier | undefined;
  /** Who serves from this database. */
  readonly registry: WorkerRegistry;
  /** Whether a change is visible everywhere. */
  readonly visibility: Visibility;
  readonly renderPool: RenderPool;
  readonly structures: StructureLoader;
  readonly trips: TripService;
  /** Undefined without `pathCache`. */
  readonly paths: KnownPaths | undefined;
  readonly assets: AssetService;
  readonly cards: CardService;
  readonly flusher: Flusher;
  /** In the opposite order of their making. Waits for what is still to be written; what is still being read is given up. */
  close(): Promise<void>;
}

export interface ServicesOptions {
  readonly onStatement?: (sql: string) => void;
  /** How often the database's change counter is polled, and how long that is believed. Default: the cache's own, 400 ms and 2 s. */
  readonly polls?: Pick<PollOptions, "pollEveryMs" | "leaseMs">;
  /**
   * Whether this process answers readers from its memory, and so has to be waited for by edits: it registers as a worker. Default
   * false: a command, which reads a little and ends.
   */
  readonly serving?: boolean;
  /** Whether a SQLite database that is not there is made. Default true. */
  readonly makesDatabase?: boolean;
  /** Called with the id of each registration, the first included. */
  readonly onRegistered?: (id: string) => void;
  /** Ways to the other processes, besides Redis. Default none. */
  readonly channels?: readonly Channel[];
}

/** An author waits no longer for a database that has fallen silent in the middle of an edit. No statement of a server takes so long. */
const SERVING_SILENCE_MS = 15_000;

/** Three times a structure of 38,000 pages: what is larger is not put into Redis, whose other clients wait meanwhile. */
const LARGEST_VALUE_BYTES = 12 * 2 ** 20;

/** The longest that a start waits for Redis, where it does not even refuse. Nearby it takes some 20 ms. */
const SECOND_TIER_WAIT_MS = 500;

const CATALOG_BOUNDS = { maxEntries: 20_000, maxBytes: 32 * 2 ** 20 };

/**
 * Opens the database, brings its schema up to date, and has a first lease.
 *
 * @throws QRCardsError `database-unusable`, `database-unavailable`, `schema-newer`
 */
export async function createServices(
  config: Config,
  { polls, serving = false, makesDatabase = true, onRegistered, channels = [], ...options }: ServicesOptions = {},
): Promise<Services> {
  const database = openDatabase({
    url: config.databaseUrl,
    makesFile: makesDatabase,
    ...options,
    ...(serving && { silenceLimitMs: SERVING_SILENCE_MS }),
  });
  const registry = new WorkerRegistry(database, polls);
  if (onRegistered !== undefined) registry.onRegistered(onRegistered);
  const authority = createDatabaseAuthority(database, serving ? registry : undefined);
  const freshness = createFreshness({ authority, ...polls });
  const patience = new Patience(freshness);
  const secondTier = await openSecondTier(config.cache);
  const neighbours = createNeighbours({
    freshness,
    registry: serving ? registry : undefined,
    channels: secondTier === undefined ? channels : [...channels, secondTier.channel],
    bus: secondTier?.bus,
  });
  const visibility = new Visibility({ freshness, registry, neighbours, leaseMs: polls?.leaseMs });
  const openFamily = ({ maxEntries, maxBytes }: FamilyConfig) =>
    createCache({
      namespace: config.cache.redisPrefix,
      l1: { maxEntries, maxBytes, eviction: config.cache.eviction },
      freshness,
      ...(secondTier && { l2: { backend: secondTier.backend, maxValueBytes: LARGEST_VALUE_BYTES } }),
    });
  const cache = openFamily(config.cache.structures);
  const pathCache = config.cache.paths.tiers === "none" ? undefined : openFamily(config.cache.paths);
  const catalog = createCache({ namespace: "catalog", l1: CATALOG_BOUNDS, freshness });
  const renderPool = createRenderPool({ size: config.renderThreads });
  const structures = createStructureLoader(database);
  const trips = new TripService({ database, cache, catalog, visibility, renderPool, structures, config });
  const paths = pathCache && new KnownPaths({ cache: pathCache, freshness, trips, config });
  const cards = new CardService(database, freshness);
  const services: Services = {
    config,
    database,
    freshness,
    patience,
    cache,
    pathCache,
    catalog,
    secondTier,
    registry,
    visibility,
    renderPool,
    structures,
    trips,
    paths,
    assets: new AssetService(trips),
    cards,
    flusher: new Flusher({ database, trips, clearSecondTier: secondTier?.clear }),
    async close() {
      await cards.close();
      await trips.close();
      await structures.close();
      await renderPool.close();
      await catalog.close();
      await pathCache?.close();
      await cache.close();
      visibility.close();
      neighbours.close();
      await secondTier?.close();
      await freshness.close();
      await registry.leave();
      await authority.close();
      await database.close();
    },
  };
  try {
    await migrate(database);
    // The first poll registers it.
    await freshness.start();
    // So that the first reader after a restart finds what was kept there.
    if (secondTier !== undefined) await Promise.race([cache.ready(SECOND_TIER_WAIT_MS), secondTier.lost]);
    return services;
  } catch (error) {
    await services.close();
    // The first poll says that it failed, and by what.
    const cause = error instanceof CacheError ? error.cause : error;
    if (isUnusable(cause))
      throw new QRCardsError("database-unusable", `The database ${database.label} cannot be used: ${cause.message}.`, { cause });
    // Before it has been heard once there is nothing that could be served without it.
    if (cause instanceof Error && classifyDatabaseError(cause) === "database-unavailable")
      throw new QRCardsError("database-unavailable", `The database ${database.label} does not answer.`, { cause });
    throw error;
  }
}
