import { imageSize } from "image-size";
import { contentHash } from "../trips/content-hash.ts";
import type { PlannedAsset } from "../trips/types.ts";
import { encodeForMarkdown } from "./links/plan-address.ts";
import { findMediaType } from "./media-types.ts";
import type { SourceTree } from "./source-tree.ts";

/** One file must fit into one row of the database and one answer. */
const ASSET_LIMIT_BYTES = 64 * 1024 * 1024;

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
    const filename = path.slice(path.lastIndexOf("/") + 1);
    const type = findMediaType(filename);
    if (type === undefined) return `"${path}" is of a kind that is not kept`;
    const bytes = await this.#source.read(path);
    if (bytes.length > ASSET_LIMIT_BYTES) return `"${path}" is larger than ${ASSET_LIMIT_BYTES / 1024 ** 2} MiB`;
    const size = type.isImage ? measure(bytes) : undefined;
    if (type.isImage && size === undefined) return `"${path}" is not an image that can be read`;
    const hash = contentHash(bytes);
    const asset = this.#byHash.get(hash) ?? {
      hash,
      filename,
      mediaType: size?.mediaType ?? type.mediaType,
      bytes,
      width: size?.width ?? null,
      height: size?.height ?? null,
    };
    this.#byHash.set(hash, asset);
    return asset;
  }
}

/** The address of an asset for Markdown, with its size where it is known, so that pages do not jump while they load. */
export function assetAddress(asset: Pick<PlannedAsset, "hash" | "filename" | "width" | "height">): string {
  const size = asset.width !== null && asset.height !== null ? `?w=${asset.width}&h=${asset.height}` : "";
  return `asset:${asset.hash}/${encodeForMarkdown(asset.filename)}${size}`;
}

/** By `image-size`'s names. The bytes decide, not the extension: a JPEG may be called `.png`. */
const MEASURED_TYPES: Readonly<Record<string, string>> = {
  avif: "image/avif",
  gif: "image/gif",
  jpg: "image/jpeg",
  png: "image/png",
  svg: "image/svg+xml",
  webp: "image/webp",
};

/** Undefined when the bytes are no image of a kind that pages show; null sizes for an SVG that states none. */
function measure(bytes: Uint8Array): { mediaType: string; width: number | null; height: number | null } | undefined {
  try {
    const { type = "", width, height, orientation = 1 } = imageSize(bytes);
    const mediaType = MEASURED_TYPES[type];
    if (mediaType === undefined) return undefined;
    // EXIF orientations from 5 on turn the image by a quarter, and browsers follow.
    const [w, h] = orientation >= 5 ? [height, width] : [width, height];
    return { mediaType, width: pixels(w), height: pixels(h) };
  } catch {
    return looksLikeSvg(bytes) ? { mediaType: "image/svg+xml", width: null, height: null } : undefined;
  }
}

function looksLikeSvg(bytes: Uint8Array): boolean {
  return /<svg[\s>]/.test(new TextDecoder("latin1").decode(bytes.subarray(0, 4096)));
}

function pixels(size: number): number | null {
  const rounded = Math.round(size);
  return rounded >= 1 && rounded <= 99_999 ? rounded : null;
}
