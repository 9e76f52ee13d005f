import type { Transaction } from "kysely";
import type { Schema } from "../db/schema.ts";
import { QRCardsError } from "../errors.ts";
import { createNodeId } from "./node-id.ts";
import { choosePosition, chooseRootSlug, chooseSegment, type Placement, requireAlive, requireShortPath } from "./places.ts";
import { getNode, getTrip } from "./repository.ts";
import { titleLine } from "./title-line.ts";
import type { ContentHash, Direction, NodeId, NodeState, TripId, TripNode } from "./types.ts";

/**
 * The edits of a trip, each inside the caller's transaction. Bodies are stored before (`storeContent`), so an edit only
 * points to a hash. `at` is the wall clock in milliseconds.
 */
export type Trx = Transaction<Schema>;

export const TITLE_LIMIT = 500;

export interface NodeFacts {
  readonly title: string;
  readonly contentHash: ContentHash;
  /** The author's own; null makes one from the title. Default null. */
  readonly slug?: string | null;
  /** Default public. */
  readonly state?: NodeState;
  readonly language?: string | null;
  readonly direction?: Direction | null;
  readonly sourcePath?: string | null;
  /** Default: a new one. */
  readonly id?: NodeId;
}

export async function createTrip(
  trx: Trx,
  facts: NodeFacts & { readonly language: string; readonly tripId?: TripId },
  at: number,
): Promise<TripNode> {
  const title = checkTitle(facts.title);
  const rootId = facts.id ?? createNodeId();
  const slug = await chooseRootSlug(trx, { tripId: null, slug: facts.slug ?? null, slugSource: title, rootId });
  const { id: tripId } = await trx
    .insertInto("trips")
    .values({ slug, created_at: at, ...(facts.tripId !== undefined && { id: facts.tripId }) })
    .returning("id")
    .executeTakeFirstOrThrow();
  return insertNode(trx, { ...facts, title, id: rootId }, { tripId, parentId: null, segment: "", position: 0 }, at);
}

export async function createNode(
  trx: Trx,
  facts: NodeFacts & { readonly parentId: NodeId; readonly placement?: Placement; readonly slugSource?: string },
  at: number,
): Promise<TripNode> {
  const title = checkTitle(facts.title);
  const parents = await requireAlive(trx, facts.parentId, "parent-gone");
  const id = facts.id ?? createNodeId();
  const segment = await chooseSegment(trx, {
    parentId: facts.parentId,
    nodeId: id,
    slug: facts.slug ?? null,
    slugSource: facts.slugSource ?? title,
  });
  await requireShortPath(trx, parents, segment, null);
  const position = await choosePosition(trx, facts.parentId, id, facts.placement ?? "last");
  await touchChildren(trx, facts.parentId);
  return insertNode(trx, { ...facts, title, id }, { tripId: parents[0]!.tripId, parentId: facts.parentId, segment, position }, at);
}

async function insertNode(
  trx: Trx,
  facts: NodeFacts & { readonly id: NodeId },
  place: { readonly tripId: TripId; readonly parentId: NodeId | null; readonly segment: string; readonly position: number },
  at: number,
): Promise<TripNode> {
  await trx
    .insertInto("nodes")
    .values({
      id: facts.id,
      trip_id: place.tripId,
      parent_id: place.parentId,
      segment: place.segment,
      slug_explicit: typeof facts.slug === "string" ? 1 : 0,
      position: place.position,
      title: facts.title,
      content_hash: facts.contentHash,
      state: facts.state ?? "public",
      language: facts.language ?? null,
      direction: facts.direction ?? null,
      source_path: facts.sourcePath ?? null,
      created_at: at,
      updated_at: at,
    })
    .execute();
  return getNode(trx, facts.id);
}

export interface NodeChange {
  readonly title?: string;
  readonly contentHash?: ContentHash;
  /** A string is the author's own; null makes one from the title; undefined leaves the address as it is. */
  readonly slug?: string | null;
  readonly state?: NodeState;
  readonly language?: string | null;
  readonly direction?: Direction | null;
}

export async function editNode(trx: Trx, id: NodeId, change: NodeChange, at: number): Promise<TripNode> {
  const node = await getNode(trx, id);
  const line = await requireAlive(trx, id);
  if (node.parentId === null && change.language === null) throw new QRCardsError("validation-failed", "A trip always has a language.");
  const title = change.title === undefined ? node.title : checkTitle(change.title);
  if (change.slug !== undefined) await rename(trx, node, line.slice(0, -1), { slug: change.slug, slugSource: title });
  await trx
    .updateTable("nodes")
    .set({
      title,
      ...(change.contentHash !== undefined && { content_hash: change.contentHash }),
      ...(change.state !== undefined && { state: change.state }),
      ...(change.language !== undefined && { language: change.language }),
      ...(change.direction !== undefined && { direction: change.direction }),
      ...(change.slug !== undefined && { slug_explicit: change.slug === null ? 0 : 1 }),
      revision: node.revision + 1,
      updated_at: at,
    })
    .where("id", "=", id)
    .execute();
  return getNode(trx, id);
}

/** One history row, written by the database, whatever lies below. */
export async function rename(
  trx: Trx,
  node: TripNode,
  parents: readonly TripNode[],
  wish: { slug: string | null; slugSource: string },
): Promise<void> {
  if (node.parentId === null) return renameTrip(trx, node, wish);
  const segment = await chooseSegment(trx, { parentId: node.parentId, nodeId: node.id, ...wish });
  if (segment === node.segment) return;
  await requireShortPath(trx, parents, segment, node.id);
  await trx.updateTable("nodes").set({ segment }).where("id", "=", node.id).execute();
}

async function renameTrip(trx: Trx, root: TripNode, wish: { slug: string | null; slugSource: string }): Promise<void> {
  const trip = await getTrip(trx, root.tripId);
  const slug = await chooseRootSlug(trx, { tripId: trip.id, rootId: root.id, ...wish });
  if (slug === trip.slug) return;
  await requireShortPath(trx, [], slug, root.id);
  await trx.updateTable("trips").set({ slug }).where("id", "=", trip.id).execute();
}

/** Moves a node below another parent, or among its siblings. The segment stays where it is free there, else it gets a number. */
export async function moveNode(
  trx: Trx,
  id: NodeId,
  target: { readonly parentId?: NodeId; readonly placement?: Placement },
  at: number,
): Promise<TripNode> {
  const node = await getNode(trx, id);
  if (node.parentId === null) throw new QRCardsError("root-fixed", "A trip's own page cannot be moved.");
  await requireAlive(trx, id);
  const parentId = target.parentId ?? node.parentId;
  const parents = await requireAlive(trx, parentId, "parent-gone");
  if (parents[0]!.tripId !== node.tripId) throw new QRCardsError("other-trip", `"${node.title}" and its new parent are in two trips.`);
  if (parents.some((parent) => parent.id === id)) throw new QRCardsError("move-into-itself", `"${node.title}" cannot move below itself.`);

  if (parentId !== node.parentId) {
    const segment = await segmentBelow(trx, node, parentId);
    await requireShortPath(trx, parents, segment, id);
    // Out of the old place and into the new one in one statement: no place is ever held twice.
    await trx.updateTable("nodes").set({ parent_id: parentId, segment }).where("id", "=", id).execute();
    await touchChildren(trx, node.parentId);
  }
  const position = await choosePosition(trx, parentId, id, target.placement ?? "last");
  await touchChildren(trx, parentId);
  await trx
    .updateTable("nodes")
    .set({ position, revision: node.revision + 1, updated_at: at })
    .where("id", "=", id)
    .execute();
  return getNode(trx, id);
}

/** A node's name in another place: the author's own unless a living page has it there, an automatic one as in any new place. */
function segmentBelow(trx: Trx, node: TripNode, parentId: NodeId): Promise<string> {
  if (node.slugIsExplicit) return freeSegmentFor(trx, node.segment!, parentId, node.id);
  return chooseSegment(trx, { parentId, nodeId: node.id, slug: null, slugSource: node.segment! });
}

/** That name, unless a living page has it there: then the next free one. */
async function freeSegmentFor(trx: Trx, segment: string, parentId: NodeId, id: NodeId): Promise<string> {
  const holder = await trx
    .selectFrom("nodes")
    .select("id")
    .where("parent_id", "=", parentId)
    .where("segment", "=", segment)
    .where("id", "<>", id)
    .executeTakeFirst();
  return holder === undefined ? segment : chooseSegment(trx, { parentId, nodeId: id, slug: null, slugSource: segment });
}

/** Deletes a node in favour of another, which gets its children (last) and answers its old addresses and cards. */
export async function mergeNode(trx: Trx, id: NodeId, intoId: NodeId, at: number): Promise<TripNode> {
  const node = await getNode(trx, id);
  if (node.parentId === null) throw new QRCardsError("root-fixed", "A trip's own page cannot be merged.");
  const line = await requireAlive(trx, intoId);
  if (line.some((parent) => parent.id === id))
    throw new QRCardsError("move-into-itself", `"${node.title}" cannot be merged into itself or into a page below it.`);
  await requireAlive(trx, id);
  const children = await trx
    .selectFrom("nodes")
    .select("id")
    .where("parent_id", "=", id)
    .where("segment", "is not", null)
    .orderBy("position")
    .orderBy("id")
    .execute();
  await deleteNode(trx, id, { successorId: intoId }, at);
  for (const child of children) await moveChildOfDeleted(trx, child.id, intoId, line, at);
  await touchChildren(trx, intoId);
  return getNode(trx, intoId);
}

async function moveChildOfDeleted(trx: Trx, id: NodeId, parentId: NodeId, parents: readonly TripNode[], at: number): Promise<void> {
  const node = await getNode(trx, id);
  const segment = await segmentBelow(trx, node, parentId);
  await requireShortPath(trx, parents, segment, id);
  const position = await choosePosition(trx, parentId, id, "last");
  await trx
    .updateTable("nodes")
    .set({ parent_id: parentId, segment, position, revision: node.revision + 1, updated_at: at })
    .where("id", "=", id)
    .execute();
}

/** One tombstone and one past name, whatever lies below: descendants are gone with it, and come back with it. */
export async function deleteNode(trx: Trx, id: NodeId, options: { readonly successorId?: NodeId | null }, at: number): Promise<TripNode> {
  const node = await getNode(trx, id);
  await requireAlive(trx, id);
  const successorId = options.successorId ?? null;
  if (successorId !== null) {
    const line = await requireAlive(trx, successorId);
    if (line[0]!.tripId !== node.tripId) throw new QRCardsError("other-trip", `"${node.title}" and its successor are in two trips.`);
    if (line.some((parent) => parent.id === id))
      throw new QRCardsError("move-into-itself", `The successor of "${node.title}" would be deleted with it.`);
  }
  await trx
    .insertInto("tombstones")
    .values({ node_id: id, trip_id: node.tripId, segment: node.segment!, deleted_at: at, successor_id: successorId })
    .execute();
  await trx
    .updateTable("nodes")
    .set({ segment: node.parentId === null ? "" : null, revision: node.revision + 1, updated_at: at })
    .where("id", "=", id)
    .execute();
  if (node.parentId !== null) await touchChildren(trx, node.parentId);
  return getNode(trx, id);
}

/** Brings a deleted node back to its place, with what was alive below it when it went. Another page there keeps its name. */
export async function restoreNode(trx: Trx, id: NodeId, at: number): Promise<TripNode> {
  const node = await getNode(trx, id);
  const tombstone = await trx.selectFrom("tombstones").selectAll().where("node_id", "=", id).executeTakeFirst();
  if (tombstone === undefined) {
    await requireAlive(trx, id, "parent-gone");
    return node;
  }
  await trx.deleteFrom("tombstones").where("node_id", "=", id).execute();
  if (node.parentId === null) {
    await trx
      .updateTable("nodes")
      .set({ revision: node.revision + 1, updated_at: at })
      .where("id", "=", id)
      .execute();
    return getNode(trx, id);
  }
  const parents = await requireAlive(trx, node.parentId, "parent-gone");
  const segment = await freeSegmentFor(trx, tombstone.segment, node.parentId, id);
  await requireShortPath(trx, parents, segment, id);
  await trx
    .updateTable("nodes")
    .set({ segment, revision: node.revision + 1, updated_at: at })
    .where("id", "=", id)
    .execute();
  await touchChildren(trx, node.parentId);
  return getNode(trx, id);
}

async function touchChildren(trx: Trx, parentId: NodeId): Promise<void> {
  await trx
    .updateTable("nodes")
    .set((row) => ({ children_revision: row("children_revision", "+", 1) }))
    .where("id", "=", parentId)
    .execute();
}

/** Titles are one line of 1 to 500 characters, some of which can be seen. */
export function checkTitle(title: string): string {
  const line = titleLine(title);
  if (line === "") throw new QRCardsError("validation-failed", "The title is empty.");
  if (line.length > TITLE_LIMIT)
    throw new QRCardsError("validation-failed", `The title has ${line.length} characters; ${TITLE_LIMIT} are the most.`);
  return line;
}
