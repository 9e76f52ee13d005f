import { QRCardsError } from "../../errors.ts";
import type { TripExport } from "./types.ts";

/** V8 holds no text of more than 2^29 - 24 characters; base64 and the texts must fit together. */
const ASSETS_LIMIT_BYTES = 256 * 1024 ** 2;

/**
 * The lossless format: one JSON document, assets in base64.
 *
 * @throws QRCardsError `too-large` for a trip whose assets pass 256 MiB
 */
export function writeJson(trip: TripExport): string {
  const assetBytes = trip.assets.reduce((sum, { bytes }) => sum + bytes.length, 0);
  if (assetBytes > ASSETS_LIMIT_BYTES) {
    throw new QRCardsError("too-large", `The trip's assets pass ${ASSETS_LIMIT_BYTES / 1024 ** 2} MiB. Export it as a folder or a ZIP.`);
  }
  const assets = trip.assets.map((asset) => ({ ...asset, bytes: Buffer.from(asset.bytes).toString("base64") }));
  return `${JSON.stringify({ ...trip, assets }, null, 2)}\n`;
}
