import { QRCardsError } from "../errors.ts";
import { ASSET_LIMIT_BYTES, describeAsset } from "../trips/asset-service.ts";
import { contentHash } from "../trips/content-hash.ts";
import { safeFilename } from "../trips/safe-filename.ts";
import type { PlannedAsset } from "../trips/types.ts";
import type { SourceTree } from "./source-tree.ts";

/** By extension. What is none of these is tried as an image: there the bytes decide. */
const DOWNLOAD_TYPES: Readonly<Record<string, string>> = {
  csv: "text/csv",
  docx: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
  epub: "application/epub+zip",
  json: "application/json",
  mp3: "audio/mpeg",
  mp4: "video/mp4",
  ogg: "audio/ogg",
  pdf: "application/pdf",
  pptx: "application/vnd.openxmlformats-officedocument.presentationml.presentation",
  txt: "text/plain",
  wav: "audio/wav",
  webm: "video/webm",
  xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
  zip: "application/zip",
};

const IMAGE_TYPES = ["image/avif", "image/gif", "image/jpeg", "image/png", "image/svg+xml", "image/webp"];
const KEPT_TYPES = new Set([...IMAGE_TYPES, ...Object.values(DOWNLOAD_TYPES)]);

/** Whether an asset may be of this type: nothing that a browser would run or show as a page of this site. */
export function isAssetType(mediaType: string): boolean {
  return KEPT_TYPES.has(mediaType);
}

/** Collects the files that pages refer to, each content once. */
export class AssetCollector {
  readonly #source: SourceTree;
  readonly #byHash = new Map<string, PlannedAsset>();
  readonly #byPath = new Map<string, Promise<PlannedAsset | string>>();

  constructor(source: SourceTree) {
    this.#source = source;
  }

  get assets(): readonly PlannedAsset[] {
    return [...this.#byHash.values()];
  }

  /** The files that were asked for, kept or refused. */
  get paths(): ReadonlySet<string> {
    return new Set(this.#byPath.keys());
  }

  /** The asset at a path of the source, or why it cannot be one. */
  take(path: string): Promise<PlannedAsset | string> {
    const known = this.#byPath.get(path);
    if (known !== undefined) return known;
    const taken = this.#read(path);
    this.#byPath.set(path, taken);
    return taken;
  }

  async #read(path: string): Promise<PlannedAsset | string> {
    const bytes = await this.#source.read(path);
    const described = describe(path, bytes);
    if (typeof described === "string") return described;
    const asset = this.#byHash.get(described.hash) ?? described;
    this.#byHash.set(asset.hash, asset);
    return asset;
  }
}

function describe(path: string, bytes: Uint8Array): PlannedAsset | string {
  const filename = path.slice(path.lastIndexOf("/") + 1);
  const extension = filename.slice(filename.lastIndexOf(".") + 1).toLowerCase();
  const mediaType = Object.hasOwn(DOWNLOAD_TYPES, extension) ? DOWNLOAD_TYPES[extension] : undefined;
  if (bytes.length > ASSET_LIMIT_BYTES) return `"${path}" is larger than ${ASSET_LIMIT_BYTES / 2 ** 20} MiB`;
  if (mediaType !== undefined)
    return { hash: contentHash(bytes), filename: safeFilename(filename), bytes, mediaType, width: null, height: null };
  try {
    return describeAsset(filename, bytes);
  } catch (error) {
    if (error instanceof QRCardsError) return `"${path}" is neither an image that browsers show nor a file for download`;
    throw error;
  }
}
