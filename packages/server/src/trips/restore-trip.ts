import type { Transaction } from "kysely";
import type { Db } from "../db/database.ts";
import type { Schema } from "../db/schema.ts";
import { QRCardsError } from "../errors.ts";
import type { TripExport } from "../import/export/types.ts";
import { linkAssets, storeAssetBytes } from "./asset-service.ts";
import { chunks } from "./chunks.ts";
import { chooseRootSlug } from "./places.ts";
import { storeBodies, type TripService } from "./service.ts";
import type { ContentHash, TripId } from "./types.ts";

/** Whether this installation has the trip that an export is of: its first page is here. */
export async function findRestoredTrip(service: TripService, { trip }: TripExport): Promise<TripId | undefined> {
  const row = await service.database.db.selectFrom("nodes").select("trip_id").where("id", "=", trip.rootId).executeTakeFirst();
  return row?.trip_id;
}

/**
 * Makes a trip from its export, exactly as it was: ids, places, history, tombstones, cards. In one transaction; texts and
 * images are stored before it, so that it is short and only a few hundred texts are in memory with their HTML.
 *
 * @param options.slug the trip's first word; default: the exported one
 * @throws QRCardsError `import-refused` when some of its pages or cards are here already, `slug-taken`, `slug-reserved`
 */
export async function restoreTrip(
  service: TripService,
  trip: TripExport,
  options: { readonly slug?: string; readonly onProgress?: (done: number, total: number) => void } = {},
): Promise<TripId> {
  const { db } = service.database;
  const wish = { tripId: null, slug: options.slug ?? trip.trip.slug, slugSource: trip.trip.slug, rootId: trip.trip.rootId };
  // Before all the work, although only the transaction can be sure.
  await refuseTaken(db, trip);
  await chooseRootSlug(db, wish);

  const hashes = new Map<string, ContentHash>();
  const texts = [...new Set(trip.nodes.map((node) => node.body))];
  for (const chunk of chunks(texts)) {
    const bodies = await Promise.all(chunk.map((text) => service.prepareBody(text)));
    await service.storeAhead((trx, at) => storeBodies(trx, bodies, at));
    for (const [index, { hash }] of bodies.entries()) hashes.set(chunk[index]!, hash);
    options.onProgress?.(hashes.size, texts.length);
  }
  const assets = trip.assets.flatMap(({ filenames, ...asset }) => filenames.map((filename) => ({ ...asset, filename })));
  for (const asset of assets) await service.storeAhead((trx, at) => storeAssetBytes(trx, asset, at));

  const { result } = await service.edit(
    async (trx, at) => {
      await refuseTaken(trx, trip);
      const tripId = await insertTrip(trx, trip, await chooseRootSlug(trx, wish), hashes, at);
      await linkAssets(trx, tripId, assets);
      return tripId;
    },
    (tripId) => tripId,
  );
  return result;
}

async function insertTrip(
  trx: Transaction<Schema>,
  trip: TripExport,
  slug: string,
  hashes: ReadonlyMap<string, ContentHash>,
  at: number,
): Promise<TripId> {
  const since = await reserveChanges(trx, trip);

  const { id: tripId } = await trx
    .insertInto("trips")
    .values({ slug, created_at: at, named_seq: since(trip.trip.namedSince) })
    .returning("id")
    .executeTakeFirstOrThrow();
  await insertAll(
    trx,
    "nodes",
    trip.nodes.map((node) => ({
      id: node.id,
      trip_id: tripId,
      parent_id: node.parentId,
      segment: node.segment,
      slug_explicit: node.slugIsExplicit ? 1 : 0,
      placed_seq: since(node.standsSince),
      position: node.position,
      title: node.title,
      content_hash: hashes.get(node.body)!,
      state: node.state,
      language: node.language,
      direction: node.direction,
      revision: node.revision,
      source_path: node.sourcePath,
      created_at: at,
      updated_at: at,
    })),
  );
  await insertAll(
    trx,
    "names",
    trip.names.map((name) => ({
      trip_id: tripId,
      parent_id: name.parentId,
      segment: name.segment,
      node_id: name.nodeId,
      held_from: since(name.heldFrom),
      held_until: since(name.heldUntil),
      retired_at: name.retiredAt,
    })),
  );
  await insertAll(
    trx,
    "root_names",
    trip.rootNames.map((name) => ({
      slug: name.slug,
      trip_id: tripId,
      held_from: since(name.heldFrom),
      held_until: since(name.heldUntil),
      retired_at: name.retiredAt,
    })),
  );
  await insertAll(
    trx,
    "tombstones",
    trip.tombstones.map((tombstone) => ({
      node_id: tombstone.nodeId,
      trip_id: tripId,
      segment: tombstone.segment,
      deleted_at: tombstone.deletedAt,
      successor_id: tombstone.successorId,
    })),
  );
  await insertAll(
    trx,
    "cards",
    trip.cards.map((card) => ({ code: card.code, trip_id: tripId, node_id: card.nodeId, scans: card.scans, created_at: card.createdAt })),
  );
  return tripId;
}

async function refuseTaken(db: Db, trip: TripExport): Promise<void> {
  for (const chunk of chunks(trip.nodes)) {
    const node = await db
      .selectFrom("nodes")
      .select(["id", "trip_id"])
      .where(
        "id",
        "in",
        chunk.map(({ id }) => id),
      )
      .executeTakeFirst();
    if (node) throw new QRCardsError("import-refused", `The page ${node.id} of this export belongs to trip ${node.trip_id} already.`);
  }
  for (const chunk of chunks(trip.cards)) {
    const card = await db
      .selectFrom("cards")
      .select(["code", "trip_id"])
      .where(
        "code",
        "in",
        chunk.map(({ code }) => code),
      )
      .executeTakeFirst();
    if (card) throw new QRCardsError("import-refused", `The card ${card.code} of this export belongs to trip ${card.trip_id} already.`);
  }
}

/**
 * Moves the change counter on, so that the export's moments have a place in this database's history that nobody else
 * names. Their order counts, not their numbers: these come from a file, and the counter must not.
 */
async function reserveChanges(trx: Transaction<Schema>, trip: TripExport): Promise<(rank: number) => number> {
  const ranks = [
    trip.trip.namedSince,
    ...trip.nodes.map((node) => node.standsSince),
    ...[...trip.names, ...trip.rootNames].flatMap((name) => [name.heldFrom, name.heldUntil]),
  ];
  const moments = [...new Set(ranks)].filter((rank) => rank > 0).sort((one, other) => one - other);
  const { seq } = await trx
    .updateTable("meta")
    .set((meta) => ({ seq: meta("seq", "+", moments.length) }))
    .returning("seq")
    .executeTakeFirstOrThrow();
  const before = seq - moments.length;
  const places = new Map(moments.map((moment, index) => [moment, before + index + 1]));
  return (rank) => places.get(rank) ?? 0;
}

async function insertAll<Table extends "nodes" | "names" | "root_names" | "tombstones" | "cards">(
  trx: Transaction<Schema>,
  table: Table,
  rows: readonly Parameters<ReturnType<typeof trx.insertInto<Table>>["values"]>[0][],
): Promise<void> {
  for (const chunk of chunks(rows))
    await trx
      .insertInto(table)
      .values(chunk as never)
      .execute();
}
