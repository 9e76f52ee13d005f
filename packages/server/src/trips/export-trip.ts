import type { Db } from "../db/database.ts";
import { QRCardsError } from "../errors.ts";
import type { TripExport } from "../import/export/types.ts";
import { getTrip } from "./repository.ts";
import type { TripId } from "./types.ts";

const MOST_ATTEMPTS = 5;

/**
 * Everything that a trip is. The change counter, which is this database's own, is told as ranks: the first change that
 * any of the trip's places names is 1. So two exports are equal when the trips are, wherever they live.
 *
 * @throws QRCardsError `not-found`, `busy`
 */
export async function exportTrip(db: Db, tripId: TripId): Promise<TripExport> {
  // Several statements, and no lock: read again when the trip changed in between.
  for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt += 1) {
    const before = await getTrip(db, tripId);
    const read = await readTrip(db, tripId);
    const after = await getTrip(db, tripId);
    if (before.version === after.version && before.stamp === after.stamp) return read;
  }
  throw new QRCardsError("busy", "The trip was edited again and again while it was being exported.");
}

async function readTrip(db: Db, tripId: TripId): Promise<TripExport> {
  const trip = await db.selectFrom("trips").select(["slug", "named_seq"]).where("id", "=", tripId).executeTakeFirstOrThrow();
  const nodes = await db
    .selectFrom("nodes")
    .innerJoin("contents", "contents.hash", "nodes.content_hash")
    .selectAll("nodes")
    .select("contents.body")
    .where("nodes.trip_id", "=", tripId)
    .execute();
  const names = await db.selectFrom("names").selectAll().where("trip_id", "=", tripId).execute();
  const rootNames = await db.selectFrom("root_names").selectAll().where("trip_id", "=", tripId).execute();
  const tombstones = await db.selectFrom("tombstones").selectAll().where("trip_id", "=", tripId).execute();
  const cards = await db.selectFrom("cards").selectAll().where("trip_id", "=", tripId).execute();
  const files = await db
    .selectFrom("trip_assets")
    .innerJoin("assets", "assets.hash", "trip_assets.hash")
    .selectAll("assets")
    .select("trip_assets.filename")
    .where("trip_assets.trip_id", "=", tripId)
    .execute();

  const rows = inOrderOf(
    nodes,
    (row) => row.position,
    (row) => row.id,
  );
  const assets = inOrderOf(
    files,
    (file) => file.hash,
    (file) => file.filename,
  );
  const changes = [
    trip.named_seq,
    ...rows.map((row) => row.placed_seq),
    ...[...names, ...rootNames].flatMap((name) => [name.held_from, name.held_until]),
  ];
  const ranks = new Map(
    [...new Set(changes)]
      .filter((seq) => seq > 0)
      .sort((one, other) => one - other)
      .map((seq, index) => [seq, index + 1]),
  );
  const rank = (seq: number) => ranks.get(seq) ?? 0;
  return {
    format: "qrcards-trip/1",
    trip: { slug: trip.slug, rootId: rows.find((row) => row.parent_id === null)!.id, namedSince: rank(trip.named_seq) },
    nodes: parentsFirst(rows).map((row) => ({
      id: row.id,
      parentId: row.parent_id,
      segment: row.segment,
      slugIsExplicit: row.slug_explicit === 1,
      standsSince: rank(row.placed_seq),
      position: row.position,
      title: row.title,
      body: row.body,
      state: row.state,
      language: row.language,
      direction: row.direction,
      revision: row.revision,
      sourcePath: row.source_path,
    })),
    names: inOrderOf(
      names,
      (name) => name.parent_id,
      (name) => name.segment,
      (name) => name.held_until,
      (name) => name.node_id,
    ).map((name) => ({
      parentId: name.parent_id,
      segment: name.segment,
      nodeId: name.node_id,
      heldFrom: rank(name.held_from),
      heldUntil: rank(name.held_until),
      retiredAt: name.retired_at,
    })),
    rootNames: inOrderOf(
      rootNames,
      (name) => name.slug,
      (name) => name.held_until,
    ).map((name) => ({
      slug: name.slug,
      heldFrom: rank(name.held_from),
      heldUntil: rank(name.held_until),
      retiredAt: name.retired_at,
    })),
    tombstones: inOrderOf(tombstones, (row) => row.node_id).map((row) => ({
      nodeId: row.node_id,
      segment: row.segment,
      deletedAt: row.deleted_at,
      successorId: row.successor_id,
    })),
    cards: inOrderOf(
      cards,
      (card) => card.created_at,
      (card) => card.code,
    ).map((card) => ({ code: card.code, nodeId: card.node_id, scans: card.scans, createdAt: card.created_at })),
    assets: [...new Set(assets.map((asset) => asset.hash))].map((hash) => {
      const same = assets.filter((asset) => asset.hash === hash);
      const { media_type: mediaType, bytes, width, height } = same[0]!;
      return { hash, filenames: same.map((asset) => asset.filename), mediaType, bytes: new Uint8Array(bytes), width, height };
    }),
  };
}

/** Here and not in SQL: each database sorts text by rules of its own, and equal trips have equal exports. */
function inOrderOf<T>(rows: readonly T[], ...keys: readonly ((row: T) => string | number)[]): T[] {
  return rows.toSorted((one, other) => {
    for (const key of keys) {
      if (key(one) < key(other)) return -1;
      if (key(one) > key(other)) return 1;
    }
    return 0;
  });
}

/** Level by level; the order within a level is kept. */
function parentsFirst<T extends { readonly id: string; readonly parent_id: string | null }>(rows: readonly T[]): T[] {
  const childrenOf = new Map<string | null, T[]>();
  for (const row of rows) {
    const siblings = childrenOf.get(row.parent_id);
    if (siblings) siblings.push(row);
    else childrenOf.set(row.parent_id, [row]);
  }
  const sorted: T[] = [...(childrenOf.get(null) ?? [])];
  for (let at = 0; at < sorted.length; at += 1) for (const child of childrenOf.get(sorted[at]!.id) ?? []) sorted.push(child);
  return sorted;
}
