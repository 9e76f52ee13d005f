import { type Selectable, sql } from "kysely";
import type { Db } from "../db/database.ts";
import type { NodesTable } from "../db/schema.ts";
import { QRCardsError } from "../errors.ts";
import type { RenderedContent } from "../pages/types.ts";
import type { Stay } from "../paths/resolve.ts";
import { foldName } from "../paths/slugify.ts";
import type { ContentHash, NodeId, Trip, TripId, TripNode } from "./types.ts";

/** Reads of trips. Rows do not leave this room: callers get domain types. */

export async function findNode(db: Db, id: NodeId): Promise<TripNode | undefined> {
  const row = await db.selectFrom("nodes").selectAll().where("id", "=", id).executeTakeFirst();
  return row && toNode(row);
}

/** @throws QRCardsError `not-found` */
export async function getNode(db: Db, id: NodeId): Promise<TripNode> {
  const node = await findNode(db, id);
  if (node === undefined) throw new QRCardsError("not-found", `There is no page with the id ${id}.`);
  return node;
}

export function toNode(row: Selectable<NodesTable>): TripNode {
  return {
    id: row.id,
    tripId: row.trip_id,
    parentId: row.parent_id,
    segment: row.segment,
    slugIsExplicit: row.slug_explicit === 1,
    position: row.position,
    title: row.title,
    contentHash: row.content_hash,
    state: row.state,
    language: row.language,
    direction: row.direction,
    revision: row.revision,
    childrenRevision: row.children_revision,
    sourcePath: row.source_path,
  };
}

const TRIP_COLUMNS = ["trips.id", "trips.slug", "nodes.id as rootId", "trips.version", "trips.stamp"] as const;

/** @throws QRCardsError `not-found` */
export async function getTrip(db: Db, id: TripId): Promise<Trip> {
  const trip = await findTripById(db, id);
  if (trip === undefined) throw new QRCardsError("not-found", `There is no trip ${id}.`);
  return trip;
}

async function findTripById(db: Db, id: TripId): Promise<Trip | undefined> {
  return db
    .selectFrom("trips")
    .innerJoin("nodes", (join) => join.onRef("nodes.trip_id", "=", "trips.id").on("nodes.parent_id", "is", null))
    .select(TRIP_COLUMNS)
    .where("trips.id", "=", id)
    .executeTakeFirst();
}

/** A trip by its number, its slug or a former slug. */
export async function findTrip(db: Db, name: string): Promise<Trip | undefined> {
  const byNumber = /^[1-9]\d{0,8}$/.test(name) ? await findTripById(db, Number(name)) : undefined;
  if (byNumber !== undefined) return byNumber;
  const [stay] = (await findTripsBySlug(db, foldName(name))).value;
  return stay && findTripById(db, stay.tripId);
}

export interface TripSummary {
  readonly id: TripId;
  readonly slug: string;
  readonly rootId: NodeId;
  readonly title: string;
  readonly state: TripNode["state"];
  readonly language: string;
  readonly direction: TripNode["direction"];
  readonly revision: number;
  readonly childrenRevision: number;
  readonly version: number;
  readonly deleted: boolean;
  /** Drafts too, and what lies below a deleted page; not a page that was deleted itself. */
  readonly pages: number;
}

/** By title; only one trip where its id or its present slug is given. */
export async function listTrips(db: Db, only: { readonly id?: TripId; readonly slug?: string } = {}): Promise<TripSummary[]> {
  const rows = await db
    .selectFrom("trips")
    .innerJoin("nodes as root", (join) => join.onRef("root.trip_id", "=", "trips.id").on("root.parent_id", "is", null))
    .leftJoin("tombstones", "tombstones.node_id", "root.id")
    .select(["trips.id", "trips.slug", "trips.version", "root.id as rootId", "root.title", "root.state", "root.language", "root.direction"])
    .select(["root.revision", "root.children_revision as childrenRevision", "tombstones.deleted_at as deletedAt"])
    .select((row) =>
      row
        .selectFrom("nodes")
        .whereRef("nodes.trip_id", "=", "trips.id")
        .where("nodes.segment", "is not", null)
        .select((nodes) => nodes.fn.countAll<number>().as("count"))
        .as("pages"),
    )
    .$if(only.id !== undefined, (query) => query.where("trips.id", "=", only.id!))
    .$if(only.slug !== undefined, (query) => query.where("trips.slug", "=", only.slug!))
    .orderBy("root.title")
    .orderBy("trips.id")
    .execute();
  return rows.map(({ deletedAt, language, pages, ...trip }) => ({
    ...trip,
    language: language ?? "en",
    deleted: deletedAt !== null,
    pages: pages ?? 0,
  }));
}

export interface LibraryTrip {
  readonly id: TripId;
  readonly slug: string;
  readonly title: string;
  readonly language: string;
  readonly direction: TripNode["direction"];
  readonly description: string;
}

/** A reading and where the database stood at it, both of one statement: what the cache needs to judge it. */
export interface Reading<T> {
  readonly value: T;
  readonly version: number;
  readonly stamp: string;
  readonly head: { readonly seq: number; readonly stamp: string };
}

/**
 * The public trips, with the opening words of their front pages: the catalog's version covers all of it. Words that another
 * renderer found do as well: HTML is made anew when a page is read, and that is no change of the catalog.
 */
export async function listLibrary(db: Db, renderer: string): Promise<Reading<LibraryTrip[]>> {
  const rows = await db
    .selectFrom("meta")
    .innerJoin("trips as catalog", (join) => join.on("catalog.id", "=", 0))
    .leftJoin("changes as head", "head.seq", "meta.seq")
    .leftJoin(
      (library) =>
        library
          .selectFrom("trips")
          .innerJoin("nodes", (join) => join.onRef("nodes.trip_id", "=", "trips.id").on("nodes.parent_id", "is", null))
          .leftJoin("tombstones", "tombstones.node_id", "nodes.id")
          .select(["trips.id", "trips.slug", "nodes.title", "nodes.language", "nodes.direction"])
          .select((row) =>
            row
              .selectFrom("rendered")
              .select("outline")
              .whereRef("content_hash", "=", "nodes.content_hash")
              .orderBy(sql`renderer = ${renderer}`, "desc")
              .limit(1)
              .as("outline"),
          )
          .where("nodes.state", "=", "public")
          .where("tombstones.node_id", "is", null)
          .as("trip"),
      (join) => join.onTrue(),
    )
    .select(["meta.seq", "head.stamp as headStamp", "catalog.version", "catalog.stamp"])
    .select(["trip.id", "trip.slug", "trip.title", "trip.language", "trip.direction", "trip.outline"])
    .orderBy("trip.title")
    .orderBy("trip.id")
    .execute();
  const value = rows.flatMap(({ id, slug, title, language, direction, outline }) =>
    id === null || slug === null || title === null
      ? []
      : {
          id,
          slug,
          title,
          language: language ?? "en",
          direction,
          description: outline === null ? "" : (JSON.parse(outline) as { excerpt: string }).excerpt,
        },
  );
  return { value, ...toReading(rows[0]!) };
}

/** A trip and when it had a slug. */
export interface RootStay extends Stay {
  readonly tripId: TripId;
}

interface RootStayRow {
  readonly seq: number;
  readonly headStamp: string | null;
  readonly version: number;
  readonly stamp: string;
  readonly id: number | null;
  readonly from: number | null;
  readonly until: number | null;
}

/** Who answers to a first word: the trip that has it now, then those that had it, newest first; one more than once if it came back. */
export async function findTripsBySlug(db: Db, slug: string): Promise<Reading<RootStay[]>> {
  const { rows } = await sql<RootStayRow>`
    select meta.seq, head.stamp as "headStamp", catalog.version, catalog.stamp, root.id, root.held_from as "from", root.held_until as "until"
    from meta join trips catalog on catalog.id = 0 left join changes head on head.seq = meta.seq
    left join (
      select id, named_seq as held_from, null as held_until from trips where slug = ${slug} and id > 0
      union all select trip_id, held_from, held_until from root_names where slug = ${slug}
    ) root on true`.execute(db);
  const value = rows.flatMap(({ id, from, until }) =>
    id === null ? [] : { tripId: id, from: from!, until: until ?? Number.POSITIVE_INFINITY },
  );
  return { value: value.sort((one, other) => other.from - one.from), ...toReading(rows[0]!) };
}

function toReading(row: { seq: number; headStamp: string | null; version: number; stamp: string }): Omit<Reading<never>, "value"> {
  return { version: row.version, stamp: row.stamp, head: { seq: row.seq, stamp: row.headStamp ?? "" } };
}

/** HTML that was made from this content before, else the Markdown to make it from; one statement either way. */
export async function findContent(
  db: Db,
  hash: ContentHash,
  renderer: string,
): Promise<{ body: string; rendered: RenderedContent | undefined } | undefined> {
  const row = await db
    .selectFrom("contents")
    .leftJoin("rendered", (join) => join.onRef("rendered.content_hash", "=", "contents.hash").on("rendered.renderer", "=", renderer))
    .select(["contents.body", "rendered.html", "rendered.outline"])
    .where("contents.hash", "=", hash)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  return {
    body: row.body,
    rendered:
      row.html === null || row.outline === null
        ? undefined
        : { html: row.html, ...(JSON.parse(row.outline) as Omit<RenderedContent, "html">) },
  };
}

/** Keeps HTML that was made from contents; what is there already stays. */
export async function saveRendered(
  db: Db,
  renderer: string,
  contents: readonly { readonly hash: ContentHash; readonly rendered: RenderedContent }[],
): Promise<void> {
  if (contents.length === 0) return;
  const rows = contents.map(({ hash, rendered: { html, ...outline } }) => ({
    content_hash: hash,
    renderer,
    html,
    outline: JSON.stringify(outline),
  }));
  await db
    .insertInto("rendered")
    .values(rows)
    .onConflict((conflict) => conflict.columns(["content_hash", "renderer"]).doNothing())
    .execute();
}

/** @throws QRCardsError `not-found` */
export async function getBody(db: Db, hash: ContentHash): Promise<string> {
  const row = await db.selectFrom("contents").select("body").where("hash", "=", hash).executeTakeFirst();
  if (row === undefined) throw new QRCardsError("not-found", `There is no content ${hash}.`);
  return row.body;
}

export interface Asset {
  readonly hash: ContentHash;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

export async function findAsset(db: Db, hash: ContentHash): Promise<Asset | undefined> {
  const row = await db
    .selectFrom("assets")
    .select(["hash", "media_type as mediaType", "bytes"])
    .where("hash", "=", hash)
    .executeTakeFirst();
  return row;
}
