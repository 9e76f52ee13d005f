import { QRCardsError } from "../errors.ts";
import type { TripService } from "./service.ts";
import { isInLine, planSync } from "./sync/plan-sync.ts";
import { storeContents } from "./sync/store-contents.ts";
import { type SyncSummary, summarise } from "./sync/summarise.ts";
import { ChangedMeanwhile, writeSync } from "./sync/write-sync.ts";
import type { ImportPlan, TripId } from "./types.ts";

export type { SyncSummary } from "./sync/summarise.ts";

export interface ApplyOptions {
  /** The trip to bring in line; default: the one with the plan's slug, else a new one. */
  readonly tripId?: TripId;
  /** Works everything out and writes nothing. */
  readonly dryRun?: boolean;
  readonly onProgress?: (progress: {
    readonly step: "matching" | "rendering" | "writing";
    readonly done: number;
    readonly total: number;
  }) => void;
}

const MOST_ATTEMPTS = 3;

/**
 * Brings a trip in line with a plan, in one transaction and one version: readers see all of it or none. What takes time
 * (comparing, rendering, storing texts) is done before it begins; when the trip was changed meanwhile, it is done again.
 * A trip that is in line already is not touched.
 *
 * The source decides on what it knows: pages that came from it and are no longer in it are deleted, with a tombstone.
 * Pages made by hand stay. The trip's own slug and visibility stay as they are.
 *
 * @throws QRCardsError `import-refused`, `slug-reserved`, `validation-failed`, `too-large`, `busy`
 */
export async function applyPlan(service: TripService, plan: ImportPlan, options: ApplyOptions = {}): Promise<SyncSummary> {
  const { tripId, dryRun = false, onProgress = () => {} } = options;
  for (let attempt = 1; ; attempt += 1) {
    onProgress({ step: "matching", done: 0, total: plan.nodes.length });
    const sync = await planSync(service, plan, tripId);
    const summary = summarise(plan, sync);
    if (dryRun || isInLine(sync)) return summary;
    await storeContents(service, sync, (done, total) => onProgress({ step: "rendering", done, total }));
    const total = sync.changes.length;
    onProgress({ step: "writing", done: 0, total });
    try {
      const { result } = await service.edit(
        (trx, at) => writeSync(trx, plan, sync, at, (done) => onProgress({ step: "writing", done, total })),
        (written) => written,
      );
      return { ...summary, tripId: result };
    } catch (error) {
      if (!(error instanceof ChangedMeanwhile)) throw error;
      if (attempt === MOST_ATTEMPTS)
        throw new QRCardsError("busy", "The trip was edited again and again while the import was being worked out.");
    }
  }
}
