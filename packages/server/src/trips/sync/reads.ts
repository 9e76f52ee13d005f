import type { Db } from "../../db/database.ts";
import { slugify } from "../../paths/slugify.ts";
import { inChunks } from "../chunks.ts";
import { findTripsBySlug, getTrip } from "../repository.ts";
import type { ImportPlan, NodeId, PlannedAsset, Trip, TripId } from "../types.ts";
import type { ExistingNode } from "./read-trip.ts";

/**
 * The trip that an import is to bring in line: the given one, else the one that has the plan's slug, else the one that had
 * it last, as a trip that was renamed is still the one that the source made.
 *
 * @throws QRCardsError `not-found` when the given one is not there
 */
export async function findImportTarget(db: Db, plan: ImportPlan, tripId: TripId | undefined): Promise<Trip | undefined> {
  if (tripId !== undefined) return getTrip(db, tripId);
  const [stay] = (await findTripsBySlug(db, slugify(plan.trip.slug))).value;
  return stay && getTrip(db, stay.tripId);
}

/** Which of these ids some page has, of whatever trip. */
export async function findKnownIds(db: Db, ids: readonly NodeId[]): Promise<Set<NodeId>> {
  const rows = await inChunks(ids, (some) => db.selectFrom("nodes").select("id").where("id", "in", some).execute());
  return new Set(rows.map((row) => row.id));
}

export async function loadBodies(db: Db, nodes: readonly ExistingNode[]): Promise<(node: ExistingNode) => string> {
  const hashes = [...new Set(nodes.map((node) => node.contentHash))];
  const rows = await inChunks(hashes, (some) => db.selectFrom("contents").select(["hash", "body"]).where("hash", "in", some).execute());
  const bodies = new Map(rows.map((row) => [row.hash, row.body]));
  return (node) => bodies.get(node.contentHash) ?? "";
}

/** Those that a trip does not have under their names. */
export async function findMissingAssets(db: Db, tripId: TripId | undefined, assets: readonly PlannedAsset[]): Promise<PlannedAsset[]> {
  if (tripId === undefined) return [...assets];
  const rows = await db.selectFrom("trip_assets").select(["hash", "filename"]).where("trip_id", "=", tripId).execute();
  const known = new Set(rows.map(({ hash, filename }) => `${hash}/${filename}`));
  return assets.filter(({ hash, filename }) => !known.has(`${hash}/${filename}`));
}
