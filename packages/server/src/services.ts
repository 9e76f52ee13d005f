import { type Cache, createCache, createFreshness, type Freshness } from "@qrcards/cache";
import { CardService } from "./cards/card-service.ts";
import type { Config } from "./config.ts";
import { isUnusable } from "./database-errors.ts";
import { type Database, openDatabase } from "./db/database.ts";
import { migrate } from "./db/migrate.ts";
import { QRCardsError } from "./errors.ts";
import { createDatabaseAuthority } from "./freshness/database-authority.ts";
import { createRenderPool, type RenderPool } from "./pages/renderer.ts";
import { AssetService } from "./trips/asset-service.ts";
import { TripService } from "./trips/service.ts";
import { createStructureLoader, type StructureLoader } from "./trips/structure-loader.ts";

/** Everything that lives as long as the process, wired by hand, in one place. */
export interface Services {
  readonly config: Config;
  readonly database: Database;
  readonly freshness: Freshness;
  readonly cache: Cache;
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

/**
 * Opens the database, brings its schema up to date, and has a first lease.
 *
 * @throws QRCardsError `database-unusable`, `schema-newer`
 */
export async function createServices(config: Config, options: ServicesOptions = {}): Promise<Services> {
  const database = openDatabase({ url: config.databaseUrl, ...options });
  const authority = createDatabaseAuthority(database);
  const freshness = createFreshness({ authority });
  const cache = createCache({ namespace: "qrcards", l1: { maxEntries: 20_000, maxBytes: config.structureCacheBytes }, freshness });
  const renderPool = createRenderPool({ size: config.renderThreads });
  const structures = createStructureLoader(database);
  const trips = new TripService({ database, cache, freshness, renderPool, structures });
  const cards = new CardService(database, freshness);
  const services: Services = {
    config,
    database,
    freshness,
    cache,
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
      await cache.close();
      await freshness.close();
      await authority.close();
      await database.close();
    },
  };
  try {
    await migrate(database);
    await freshness.start();
    return services;
  } catch (error) {
    await services.close();
    if (!isUnusable(error)) throw error;
    throw new QRCardsError("database-unusable", `The database ${database.label} cannot be used: ${error.message}.`, { cause: error });
  }
}
