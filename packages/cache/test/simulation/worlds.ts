import { CoherenceWorld } from "./coherence-world.ts";
import { FreshnessWorld } from "./freshness-world.ts";
import type { CreateWorld } from "./world.ts";

/** One worker on a database that versions its values, without a second tier. */
export const oneWorker: CreateWorld = (tested, seed, trail) => new FreshnessWorld(tested, seed, trail, { workers: 1, l2: false });
/** Two or three, with a second tier that may answer anything it ever held. */
export const severalWorkers: CreateWorld = (tested, seed, trail) =>
  new FreshnessWorld(tested, seed, trail, { workers: 2 + (seed % 2), l2: true });
/** Two or three processes that keep themselves coherent by a log, over such a tier, with a bus that loses and doubles messages. */
export const coherentProcesses: CreateWorld = (tested, seed, trail) => new CoherenceWorld(tested, seed, trail);
