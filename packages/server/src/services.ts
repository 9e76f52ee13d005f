import { type Cache, createCache, createFreshness, type Freshness } from "@qrcards/cache";
import { CardService } from "./cards/card-service.ts";
import type { Config } from "./config.ts";
import { isUnusable } from "./database-errors.ts";
import { type Database, openDatabase } from "./db/database.ts";
import { migrate } from "./db/migrate.ts";
import { QRCardsError } from "./errors.ts";
import { createDatabaseAuthority } from "./freshness/database-authority.ts";
import { createNeighbours, type Neighbours, NO_NEIGHBOURS } from "./freshness/neighbours.ts";
import { createRenderPool, type RenderPool } from "./pages/renderer.ts";
import { openSecondTier, type SecondTier } from "./second-tier.ts";
import { AssetService } from "./trips/asset-service.ts";
import { TripService } from "./trips/service.ts";
import { createStructureLoader, type StructureLoader } from "./trips/structure-loader.ts";

/** Everything that lives as long as the process, wired by hand, in one place. */
export interface Services {
  readonly config: Config;
  readonly database: Database;
  readonly freshness: Freshness;
  /** Structures: the only ones that are large, and in the second tier. */
  readonly cache: Cache;
  /** Who has a slug, and the library: small, of the catalog, and in this process alone. */
  readonly catalog: Cache;
  /** Undefined without `REDIS_URL`. */
  readonly secondTier: SecondTier | undefined;
  readonly neighbours: Neighbours;
  readonly renderPool: RenderPool;
  readonly structures: StructureLoader;
  readonly trips: TripService;
  readonly assets: AssetService;
  readonly cards: CardService;
  /** In the opposite order of their making. Waits for what is still to be written; what is still being read is given up. */
  close(): Promise<void>;
}

export interface ServicesOptions {
  readonly onStatement?: (sql: string) => void;
}

/** Three times a trip of 38,000 pages: what is larger is loaded from the database by whoever needs it. */
const LARGEST_STRUCTURE_BYTES = 12 * 2 ** 20;

const CATALOG_BOUNDS = { maxEntries: 20_000, maxBytes: 32 * 2 ** 20 };

/**
 * Opens the database, brings its schema up to date, and has a first lease.
 *
 * @throws QRCardsError `database-unusable`, `schema-newer`
 */
export async function createServices(config: Config, options: ServicesOptions = {}): Promise<Services> {
  const database = openDatabase({ url: config.databaseUrl, ...options });
  const authority = createDatabaseAuthority(database);
  const freshness = createFreshness({ authority });
  const secondTier = await openSecondTier(config.cache);
  const neighbours = secondTier === undefined ? NO_NEIGHBOURS : createNeighbours(secondTier.bus, freshness);
  const { structures: sizes, redisPrefix } = config.cache;
  const cache = createCache({
    namespace: redisPrefix,
    l1: { maxEntries: sizes.maxEntries, maxBytes: sizes.maxBytes },
    freshness,
    ...(secondTier && { l2: { backend: secondTier.backend, maxValueBytes: LARGEST_STRUCTURE_BYTES } }),
  });
  const catalog = createCache({ namespace: "catalog", l1: CATALOG_BOUNDS, freshness });
  const renderPool = createRenderPool({ size: config.renderThreads });
  const structures = createStructureLoader(database);
  const trips = new TripService({ database, cache, catalog, freshness, neighbours, renderPool, structures, config });
  const cards = new CardService(database, freshness);
  const services: Services = {
    config,
    database,
    freshness,
    cache,
    catalog,
    secondTier,
    neighbours,
    renderPool,
    structures,
    trips,
    assets: new AssetService(trips),
    cards,
    async close() {
      await cards.close();
      await trips.close();
      await structures.close();
      await renderPool.close();
      await catalog.close();
      await cache.close();
      neighbours.close();
      await secondTier?.close();
      await freshness.close();
      await authority.close();
      await database.close();
    },
  };
  try {
    await migrate(database);
    await freshness.start();
    await secondTier?.settled;
    return services;
  } catch (error) {
    await services.close();
    if (!isUnusable(error)) throw error;
    throw new QRCardsError("database-unusable", `The database ${database.label} cannot be used: ${error.message}.`, { cause: error });
  }
}
