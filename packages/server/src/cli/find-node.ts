import { QRCardsError } from "../errors.ts";
import { formatPath, parseTarget } from "../paths/parse-target.ts";
import { resolve } from "../paths/resolve.ts";
import { toTarget, withoutOrigin } from "../paths/to-target.ts";
import type { Services } from "../services.ts";
import { isNodeId } from "../trips/node-id.ts";
import type { NodeIndex, Snapshot } from "../trips/snapshot.ts";
import type { Trip } from "../trips/types.ts";

export interface FoundNode {
  readonly snapshot: Snapshot;
  readonly index: NodeIndex;
}

/** How pages and trips are named on the command line, for help texts. */
export const PAGE_NAMES = "its id, its path (a former one too) or its URL";
export const TRIP_NAMES = "its slug (a former one too) or its number";
export const NODE_ADDRESS = `a page: ${PAGE_NAMES}`;
export const TRIP_ADDRESS = `a trip: ${TRIP_NAMES}`;

/**
 * Finds a node by its id, path or URL, drafts too. A path is walked as a reader's would be, so a former one leads to the
 * page that had it.
 *
 * @param options.deleted finds deleted nodes as well, for `restore`. Default false.
 * @throws QRCardsError `not-found`, `gone`
 */
export async function getNodeAt(services: Services, address: string, { deleted = false } = {}): Promise<FoundNode> {
  const found = (await findById(services, address)) ?? (await findByPath(services, address));
  if (found === undefined) throw new QRCardsError("not-found", `There is no page at "${address}".`);
  const { snapshot, index } = found;
  if (!deleted && !snapshot.isAlive(index)) {
    throw new QRCardsError("gone", `"${snapshot.title(index)}" (${snapshot.id(index)}) is deleted.`, {
      details: { deleted: snapshot.id(index) },
    });
  }
  return found;
}

/** @throws QRCardsError `not-found` */
export async function getTripAt({ database }: Services, address: string): Promise<Trip> {
  const { findTrip } = await import("../trips/repository.ts");
  const trip = await findTrip(database.db, withoutOrigin(address).replace(/^\/|\/$/g, ""));
  if (trip === undefined) throw new QRCardsError("not-found", `There is no trip "${address}".`);
  return trip;
}

async function findById(services: Services, address: string): Promise<FoundNode | undefined> {
  const id = address.toLowerCase();
  if (!isNodeId(id)) return undefined;
  const { findNode } = await import("../trips/repository.ts");
  const node = await findNode(services.database.db, id);
  if (node === undefined) return undefined;
  const { snapshot } = (await services.trips.snapshot(node.tripId))!;
  return { snapshot, index: snapshot.findById(node.id) };
}

async function findByPath({ trips }: Services, address: string): Promise<FoundNode | undefined> {
  const target = parseTarget(toTarget(address));
  if (target.kind === "refused") throw new QRCardsError(target.status === 414 ? "target-too-long" : "bad-target", target.reason);
  const [slug, ...segments] = target.segments;
  if (target.kind === "impossible" || slug === undefined) return undefined;
  let pieced: FoundNode | undefined;
  for (const { tripId, ...stay } of await trips.tripsAt(slug)) {
    const { snapshot } = (await trips.snapshot(tripId))!;
    const resolution = resolve(snapshot, segments, stay);
    if (resolution.kind === "none") continue;
    const found = { snapshot, index: resolution.node };
    if (resolution.exact) return found;
    pieced ??= found;
  }
  return pieced;
}

/** A node's address as it is shown: percent-encoded as in a URL's path. */
export function pathOf({ snapshot, index }: FoundNode): string {
  return formatPath(snapshot.path(index));
}
