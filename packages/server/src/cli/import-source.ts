import type { Format } from "../import/detect.ts";
import { SIDECAR } from "../import/entry-name.ts";
import { findFolderExport } from "../import/export/sidecar.ts";
import type { TripExport } from "../import/export/types.ts";
import { findTripExport, type ReadOptions, readPlan } from "../import/read-plan.ts";
import { openSource, type SourceTree } from "../import/source-tree.ts";
import type { Services } from "../services.ts";
import { applyPlan, type SyncSummary } from "../trips/apply-plan.ts";
import { editNode } from "../trips/edits.ts";
import { findRestoredTrip, restoreTrip } from "../trips/restore-trip.ts";
import type { ImportNote, ImportPlan, PlannedNode, TripId } from "../trips/types.ts";
import type { Output } from "./output.ts";
import { ProgressBar } from "./progress-bar.ts";

export interface ImportWishes extends ReadOptions {
  readonly title?: string;
  /** The trip to bring in line. Default: the one that the same source made, else a new one. */
  readonly tripId?: TripId;
  readonly dryRun?: boolean;
}

export interface Imported {
  readonly format: Format;
  readonly title: string;
  readonly pages: number;
  /** null in a dry run of a new trip. */
  readonly tripId: TripId | null;
  readonly slug: string;
  /** A trip that was made as it was when it was exported; null for all other sources, and for trips that were here. */
  readonly restored: RestoredCounts | null;
  /** How the trip was brought in line with the source; null when restoring it was all. */
  readonly summary: SyncSummary | null;
  readonly notes: readonly ImportNote[];
}

export interface RestoredCounts {
  /** Deleted ones too. */
  readonly pages: number;
  readonly formerPlaces: number;
  readonly cards: number;
  readonly assets: number;
}

/** Reads what lies at a path and makes it a trip, or brings one in line with it. */
export async function importSource(services: Services, path: string, wishes: ImportWishes, output: Output): Promise<Imported> {
  const bar = new ProgressBar(output.json ? undefined : process.stderr);
  const source = await openSource(path);
  try {
    bar.show("reading", 0, 0);
    // Read as another format, an export is what its files say and no more.
    const exported = wishes.format === undefined || wishes.format === "json" ? await findTripExport(source) : undefined;
    const tripId = wishes.tripId ?? (exported && (await findRestoredTrip(services.trips, exported)));
    if (exported !== undefined && tripId === undefined) return await restore(services, source, exported, wishes, bar);
    return await bringInLine(services, source, { ...wishes, ...(tripId !== undefined && { tripId }) }, bar);
  } finally {
    bar.clear();
    await source.close();
  }
}

async function bringInLine({ trips }: Services, source: SourceTree, wishes: ImportWishes, bar: ProgressBar): Promise<Imported> {
  const { title, tripId, dryRun = false, ...options } = wishes;
  const plan = withTitle(await readPlan(source, options), title);
  const summary = await applyPlan(trips, plan, {
    dryRun,
    ...(tripId !== undefined && { tripId }),
    onProgress: ({ step, done, total }) => bar.show(step, done, total),
  });
  const { format, trip, nodes, notes } = plan;
  return { format, title: trip.title, pages: nodes.length, tripId: summary.tripId, slug: summary.slug, restored: null, summary, notes };
}

function withTitle(plan: ImportPlan, title: string | undefined): ImportPlan {
  if (title === undefined) return plan;
  const named = ({ titleIsGuess: _, ...root }: PlannedNode): PlannedNode => ({ ...root, title });
  return { ...plan, trip: { ...plan.trip, title }, nodes: plan.nodes.map((node) => (node.parentKey === null ? named(node) : node)) };
}

/** A trip that is not here is made from its export with all its past; then what was edited by hand in its folder is done. */
async function restore(
  services: Services,
  source: SourceTree,
  exported: TripExport,
  wishes: ImportWishes,
  bar: ProgressBar,
): Promise<Imported> {
  const { trip, nodes, names, rootNames, cards, assets } = exported;
  const { title = nodes.find(({ parentId }) => parentId === null)!.title, slug, dryRun = false } = wishes;
  const made = {
    format: source.paths.includes(SIDECAR) ? ("folder" as const) : ("json" as const),
    title,
    pages: nodes.length,
    restored: { pages: nodes.length, formerPlaces: names.length + rootNames.length, cards: cards.length, assets: assets.length },
  };
  if (dryRun) return { ...made, tripId: null, slug: slug ?? trip.slug, summary: null, notes: [] };

  const { trips } = services;
  const onProgress = (done: number, total: number) => bar.show("rendering", done, total);
  const tripId = await restoreTrip(trips, exported, { ...(slug !== undefined && { slug }), onProgress });
  if (await wasEdited(source)) return { ...(await bringInLine(services, source, { ...wishes, tripId }, bar)), restored: made.restored };
  if (wishes.title !== undefined) {
    await trips.edit(
      (trx, at) => editNode(trx, trip.rootId, { title }, at),
      () => tripId,
    );
  }
  return { ...made, tripId, slug: slug ?? trip.slug, summary: null, notes: [] };
}

/** Whether somebody changed, added or removed a file of an exported folder. Of a single file, its own content is all there is. */
async function wasEdited(source: SourceTree): Promise<boolean> {
  const folder = await findFolderExport(source);
  if (folder === undefined) return false;
  const { files, assets } = folder.sidecar;
  const written = new Set([SIDECAR, ...files.map(({ path }) => path), ...assets.map(({ file }) => file)]);
  return folder.untouched.size < files.length || source.paths.some((path) => !written.has(path));
}
