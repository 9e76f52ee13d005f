import { sql } from "kysely";
import type { Db } from "../db/database.ts";
import { QRCardsError } from "../errors.ts";
import { formatPath, PATH_LIMIT_BYTES } from "../paths/parse-target.ts";
import { isReservedRoot } from "../paths/reserved.ts";
import { foldName, freeSlug, isSlug, slugify } from "../paths/slugify.ts";
import { POSITION_GAP } from "./position-gap.ts";
import { findNode, getNode } from "./repository.ts";
import type { NodeId, TripId, TripNode } from "./types.ts";

/**
 * The segment for a node in a place.
 *
 * An author's slug is taken as it is or refused. An automatic one evades living siblings and names that others retired
 * here, whose old addresses would otherwise land on the newcomer.
 *
 * @throws QRCardsError `slug-invalid`, `slug-taken`
 */
export async function chooseSegment(
  db: Db,
  place: { parentId: NodeId; nodeId: NodeId; slug: string | null; slugSource: string },
): Promise<string> {
  const { parentId, nodeId, slug } = place;
  if (slug !== null) {
    const segment = parseSlug(slug);
    const holder = await db
      .selectFrom("nodes")
      .select(["id", "title"])
      .where("parent_id", "=", parentId)
      .where("segment", "=", segment)
      .executeTakeFirst();
    if (holder && holder.id !== nodeId) {
      throw new QRCardsError(
        "slug-taken",
        `The slug "${segment}" belongs to the page "${holder.title}" (${holder.id}) in the same place.`,
        { details: { holder: holder.id } },
      );
    }
    return segment;
  }
  const [living, past] = await Promise.all([
    db
      .selectFrom("nodes")
      .select("segment")
      .where("parent_id", "=", parentId)
      .where("id", "<>", nodeId)
      .where("segment", "is not", null)
      .execute(),
    db.selectFrom("names").select("segment").where("parent_id", "=", parentId).where("node_id", "<>", nodeId).execute(),
  ]);
  const taken = new Set([...living, ...past].map((row) => row.segment));
  return freeSlug(slugify(place.slugSource) || nodeId, (candidate) => taken.has(candidate));
}

/** As `chooseSegment`, for the first word of an address. */
export async function chooseRootSlug(
  db: Db,
  wish: { tripId: TripId | null; slug: string | null; slugSource: string; rootId: NodeId },
): Promise<string> {
  const taken = async (slug: string) => (await db.selectFrom("trips").select("id").where("slug", "=", slug).executeTakeFirst())?.id;
  if (wish.slug !== null) {
    const slug = parseSlug(wish.slug);
    if (isReservedRoot(slug)) throw new QRCardsError("slug-reserved", `No trip can have the slug "${slug}".`);
    const holder = await taken(slug);
    if (holder !== undefined && holder !== wish.tripId)
      throw new QRCardsError("slug-taken", `The slug "${slug}" belongs to trip ${holder}.`, { details: { holder } });
    return slug;
  }
  const [living, past] = await Promise.all([
    db.selectFrom("trips").select(["slug", "id"]).execute(),
    db.selectFrom("root_names").select(["slug", "trip_id as id"]).execute(),
  ]);
  const others = new Set([...living, ...past].filter((row) => row.id !== wish.tripId).map((row) => row.slug));
  return freeSlug(slugify(wish.slugSource) || wish.rootId, (candidate) => others.has(candidate) || isReservedRoot(candidate));
}

/** @throws QRCardsError `slug-invalid`, with what a valid one could be */
function parseSlug(slug: string): string {
  const folded = foldName(slug.trim());
  if (isSlug(folded)) return folded;
  const suggestion = slugify(slug);
  throw new QRCardsError("slug-invalid", `"${slug}" is not a slug.${suggestion ? ` "${suggestion}" would be.` : ""}`);
}

/** Where among its siblings: before one, after one, or last. */
export type Placement = { readonly before: NodeId } | { readonly after: NodeId } | "last" | "first";

/** A position for `nodeId` below `parentId`; siblings are spread anew where there is no room left between two. */
export async function choosePosition(db: Db, parentId: NodeId, nodeId: NodeId, placement: Placement): Promise<number> {
  const siblings = () =>
    db
      .selectFrom("nodes")
      .select(["id", "position"])
      .where("parent_id", "=", parentId)
      .where("id", "<>", nodeId)
      .orderBy("position")
      .orderBy("id")
      .execute();
  if (placement === "last") {
    const last = await db
      .selectFrom("nodes")
      .select((nodes) => nodes.fn.max("position").as("position"))
      .where("parent_id", "=", parentId)
      .where("id", "<>", nodeId)
      .executeTakeFirst();
    return (last?.position ?? 0) + POSITION_GAP;
  }
  let rows = await siblings();
  const anchorId = placement === "first" ? undefined : "before" in placement ? placement.before : placement.after;
  const anchor = anchorId === undefined ? -1 : rows.findIndex((row) => row.id === anchorId);
  if (anchorId !== undefined && anchor === -1)
    throw new QRCardsError("not-found", `The page ${anchorId}, to be placed beside, is not below ${parentId}.`);
  const slot = placement === "first" ? 0 : "before" in placement ? anchor : anchor + 1;
  const gap = () =>
    [
      rows[slot - 1]?.position ?? (rows[0]?.position ?? 0) - 2 * POSITION_GAP,
      rows[slot]?.position ?? (rows.at(-1)?.position ?? 0) + 2 * POSITION_GAP,
    ] as const;
  if (gap()[1] - gap()[0] < 2) {
    for (const [index, row] of rows.entries())
      await db
        .updateTable("nodes")
        .set({ position: (index + 1) * POSITION_GAP })
        .where("id", "=", row.id)
        .execute();
    rows = await siblings();
  }
  return Math.floor((gap()[0] + gap()[1]) / 2);
}

/** From the root down to the node itself. */
async function lineage(db: Db, nodeId: NodeId): Promise<TripNode[]> {
  const line: TripNode[] = [];
  for (let id: NodeId | null = nodeId; id !== null; ) {
    const node: TripNode = await getNode(db, id);
    line.push(node);
    id = node.parentId;
  }
  return line.reverse();
}

/** @throws QRCardsError `gone` or `parent-gone` when the node or what it lies below is deleted */
export async function requireAlive(db: Db, nodeId: NodeId, code: "gone" | "parent-gone" = "gone"): Promise<TripNode[]> {
  const line = await lineage(db, nodeId);
  const dead = await db
    .selectFrom("tombstones")
    .select("node_id")
    .where(
      "node_id",
      "in",
      line.map((node) => node.id),
    )
    .executeTakeFirst();
  if (dead) {
    const node = await findNode(db, dead.node_id);
    throw new QRCardsError(code, `"${node?.title}" (${dead.node_id}) is deleted.`, { details: { deleted: dead.node_id } });
  }
  return line;
}

/**
 * @throws QRCardsError `path-too-long` when the node, or the longest address below it, would pass 6 KiB in its new place
 */
export async function requireShortPath(db: Db, parents: readonly TripNode[], segment: string, nodeId: NodeId | null): Promise<void> {
  const slug = parents[0] === undefined ? segment : await rootSlug(db, parents[0].tripId);
  const above = parents.length === 0 ? [segment] : [slug, ...parents.slice(1).map((node) => node.segment ?? ""), segment];
  const own = formatPath(above).length;
  const below = nodeId === null ? 0 : await longestBelow(db, nodeId);
  if (own + below > PATH_LIMIT_BYTES) {
    throw new QRCardsError(
      "path-too-long",
      `The address of ${below > 0 ? "a page below" : "this page"} would have ${own + below} characters; ${PATH_LIMIT_BYTES} are the most.`,
    );
  }
}

async function rootSlug(db: Db, tripId: TripId): Promise<string> {
  return (await db.selectFrom("trips").select("slug").where("id", "=", tripId).executeTakeFirstOrThrow()).slug;
}

/**
 * What the longest address below adds, in one statement. A character of k bytes is counted as 1 + 5 (k - 1), where
 * percent-encoding makes 3 k: exact for ASCII and two bytes, and early to refuse beyond.
 */
async function longestBelow(db: Db, nodeId: NodeId): Promise<number> {
  const size = sql`1 + length(segment) + 5 * (octet_length(segment) - length(segment))`;
  const { rows } = await sql<{ longest: number | null }>`
    with recursive below (id, size) as (
      select id, ${size} from nodes where parent_id = ${nodeId} and segment is not null
      union all
      select nodes.id, below.size + ${size} from nodes join below on nodes.parent_id = below.id where segment is not null
    ) select max(size) as longest from below`.execute(db);
  return Number(rows[0]?.longest ?? 0);
}
