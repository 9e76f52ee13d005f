import type * as cacheLibrary from "../../src/index.ts";
import type { Library } from "./world.ts";

interface Page extends cacheLibrary.Provenance {
  readonly value: number | undefined;
}

/** One process on a database that versions its values: what it knows of that, its cache, and a store of finished pages. */
export class Worker {
  readonly name: string;
  readonly freshness: cacheLibrary.Freshness;
  readonly cache: cacheLibrary.Cache;
  readonly pages: cacheLibrary.MemoryTier<Page>;
  /** The last moment of which it is promised that nothing replaced before it is served: the start of the last `hear` that resolved. */
  heard = 0;
  /** For each tag the newest state that a finished read got since the history last broke: was restored, or was seen to be. */
  readonly seen = new Map<string, number>();
  brokeAt = 0;

  constructor(name: string, library: Library, freshness: cacheLibrary.Freshness, options: cacheLibrary.CacheOptions, maxPages: number) {
    this.name = name;
    this.freshness = freshness;
    this.cache = library.createCache(options);
    this.pages = new library.MemoryTier<Page>({ maxEntries: maxPages, maxBytes: 1_000, sizeOf: () => 1, tagsOf: (page) => [page.tag] });
    freshness.addHolder(this.pages);
  }

  historyBroke(moment: number): void {
    this.brokeAt = moment;
    this.seen.clear();
  }

  async close(): Promise<void> {
    await this.cache.close();
    await this.freshness.close();
  }
}
