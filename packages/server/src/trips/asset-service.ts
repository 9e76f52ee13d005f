import { imageSize } from "image-size";
import type { Transaction } from "kysely";
import type { Schema } from "../db/schema.ts";
import { QRCardsError } from "../errors.ts";
import { contentHash } from "./content-hash.ts";
import { getTrip } from "./repository.ts";
import type { TripService } from "./service.ts";
import type { ContentHash, PlannedAsset, TripId } from "./types.ts";

export const ASSET_LIMIT_BYTES = 16 * 2 ** 20;

/** What may be an asset: images that every browser shows. The type is read from the bytes, never from the name. */
const MEDIA_TYPES: Readonly<Record<string, string>> = {
  png: "image/png",
  jpg: "image/jpeg",
  gif: "image/gif",
  webp: "image/webp",
  avif: "image/avif",
  svg: "image/svg+xml",
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
  const size = sizeOf(bytes);
  const mediaType = size?.type === undefined ? undefined : MEDIA_TYPES[size.type];
  if (mediaType === undefined) throw new QRCardsError("asset-refused", `"${filename}" is not an image of a known kind.`);
  const dimension = (value: number | undefined) => (value !== undefined && value > 0 && value < 100_000 ? Math.round(value) : null);
  return {
    hash: contentHash(bytes),
    filename: safeFilename(filename),
    mediaType,
    bytes,
    width: dimension(size?.width),
    height: dimension(size?.height),
  };
}

function sizeOf(bytes: Uint8Array): { type?: string; width?: number; height?: number } | undefined {
  try {
    return imageSize(bytes);
  } catch {
    return undefined;
  }
}

/** The last part of a path, with only what can stand in an address and in a file system everywhere. */
function safeFilename(filename: string): string {
  const name = filename.split(/[/\\]/).at(-1) ?? "";
  const safe = name.normalize("NFC").replace(/[^\p{L}\p{M}\p{N}._-]+/gu, "-");
  // By code points, since half a surrogate pair has no address; leading dots last, since the cut may lay them bare.
  return (
    [...safe]
      .slice(-100)
      .join("")
      .replace(/^[.-]+/, "") || "image"
  );
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
