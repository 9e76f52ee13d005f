import { imageSize } from "image-size";
import type { Transaction } from "kysely";
import type { Schema } from "../db/schema.ts";
import { QRCardsError } from "../errors.ts";
import { contentHash } from "./content-hash.ts";
import { getTrip } from "./repository.ts";
import { safeFilename } from "./safe-filename.ts";
import type { TripService } from "./service.ts";
import { findSvgSize, type PictureSize } from "./svg-size.ts";
import type { ContentHash, PlannedAsset, TripId } from "./types.ts";

export const ASSET_LIMIT_BYTES = 16 * 2 ** 20;

/** What may be an asset besides SVG: images that every browser shows. The type is read from the bytes, never from the name. */
const MEDIA_TYPES: Readonly<Record<string, string>> = {
  png: "image/png",
  jpg: "image/jpeg",
  gif: "image/gif",
  webp: "image/webp",
  avif: "image/avif",
};

export interface StoredAsset {
  readonly hash: ContentHash;
  readonly filename: string;
  readonly mediaType: string;
  readonly sizeBytes: number;
  readonly width: number | null;
  readonly height: number | null;
  /** Root-relative; the bytes there never change. */
  readonly href: string;
  /** Ready to stand in a page's Markdown. */
  readonly markdown: string;
}

/** @throws QRCardsError `asset-refused`, `too-large` */
export function describeAsset(filename: string, bytes: Uint8Array): PlannedAsset {
  if (bytes.byteLength > ASSET_LIMIT_BYTES)
    throw new QRCardsError("too-large", `"${filename}" is larger than ${ASSET_LIMIT_BYTES / 2 ** 20} MiB.`);
  const picture = findPicture(bytes);
  if (picture === undefined) throw new QRCardsError("asset-refused", `"${filename}" is not an image of a known kind.`);
  return { hash: contentHash(bytes), filename: safeFilename(filename), bytes, ...picture };
}

function findPicture(bytes: Uint8Array): (PictureSize & { readonly mediaType: string }) | undefined {
  // By a reader of our own: the other one finds an SVG in any text with one near its start, and none whose root is long.
  const drawing = findSvgSize(bytes);
  if (drawing !== undefined) return { mediaType: "image/svg+xml", ...drawing };
  try {
    const { type = "", width, height } = imageSize(bytes);
    const mediaType = MEDIA_TYPES[type];
    return mediaType === undefined ? undefined : { mediaType, width: pixels(width), height: pixels(height) };
  } catch {
    return undefined;
  }
}

function pixels(count: number): number | null {
  return count > 0 && count < 100_000 ? Math.round(count) : null;
}

export function assetHref(hash: ContentHash, filename: string): string {
  return `/assets/${hash}/${encodeURIComponent(filename)}`;
}

/** How Markdown names an asset: see types.ts. */
export function assetReference(asset: Pick<PlannedAsset, "hash" | "filename" | "width" | "height">): string {
  const size = asset.width !== null && asset.height !== null ? `?w=${asset.width}&h=${asset.height}` : "";
  return `asset:${asset.hash}/${encodeURIComponent(asset.filename)}${size}`;
}

export class AssetService {
  readonly #trips: TripService;

  constructor(trips: TripService) {
    this.#trips = trips;
  }

  /** Stores an image for a trip's pages. The same bytes are stored once, whoever brings them. */
  async add(tripId: TripId, filename: string, bytes: Uint8Array): Promise<StoredAsset> {
    const asset = describeAsset(filename, bytes);
    await this.#trips.edit(
      async (trx, at) => {
        await getTrip(trx, tripId);
        await storeAssets(trx, tripId, [asset], at);
      },
      () => tripId,
    );
    return toStored(asset, bytes.byteLength);
  }

  async list(tripId: TripId): Promise<StoredAsset[]> {
    const rows = await this.#trips.database.db
      .selectFrom("trip_assets")
      .innerJoin("assets", "assets.hash", "trip_assets.hash")
      .select([
        "assets.hash",
        "trip_assets.filename",
        "assets.media_type as mediaType",
        "assets.size_bytes as sizeBytes",
        "assets.width",
        "assets.height",
      ])
      .where("trip_assets.trip_id", "=", tripId)
      .orderBy("trip_assets.filename")
      .execute();
    return rows.map((row) => toStored(row, row.sizeBytes));
  }
}

export async function storeAssets(trx: Transaction<Schema>, tripId: TripId, assets: readonly PlannedAsset[], at: number): Promise<void> {
  for (const asset of assets) await storeAssetBytes(trx, asset, at);
  await linkAssets(trx, tripId, assets);
}

/** The bytes alone, which no trip has yet. */
export async function storeAssetBytes(trx: Transaction<Schema>, asset: PlannedAsset, at: number): Promise<void> {
  const { hash, mediaType, bytes, width, height } = asset;
  await trx
    .insertInto("assets")
    .values({ hash, media_type: mediaType, bytes, size_bytes: bytes.byteLength, width, height, created_at: at })
    .onConflict((conflict) => conflict.column("hash").doNothing())
    .execute();
}

/** Gives a trip assets whose bytes are stored. */
export async function linkAssets(trx: Transaction<Schema>, tripId: TripId, assets: readonly PlannedAsset[]): Promise<void> {
  for (const { hash, filename } of assets) {
    await trx
      .insertInto("trip_assets")
      .values({ trip_id: tripId, filename, hash })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
}

export function toStored(asset: Omit<PlannedAsset, "bytes">, sizeBytes: number): StoredAsset {
  const { hash, filename, mediaType, width, height } = asset;
  return {
    hash,
    filename,
    mediaType,
    sizeBytes,
    width,
    height,
    href: assetHref(hash, filename),
    markdown: `![](${assetReference(asset)})`,
  };
}
