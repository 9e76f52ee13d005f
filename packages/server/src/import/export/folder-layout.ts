import { safeFilename } from "../../trips/safe-filename.ts";
import type { NodeId } from "../../trips/types.ts";
import { inReadingOrder } from "./reading-order.ts";
import type { ExportedNode, TripExport } from "./types.ts";

/** Where an exported trip's pages and assets lie in its folder. */
export interface FolderLayout {
  /** The living nodes, in reading order, each with its depth below the root. */
  readonly pages: readonly { readonly node: ExportedNode; readonly file: string; readonly depth: number }[];
  readonly fileOf: ReadonlyMap<NodeId, string>;
  readonly assetFileOf: ReadonlyMap<string, string>;
}

export const SRC = "src";
/** No slug starts with an underscore, so no page can be in the way. */
const ASSETS = `${SRC}/_assets`;
const DEEP = `${SRC}/_pages`;
/** Operating systems allow 1,024 (macOS) to 4,096 bytes, and the folder lies somewhere too. */
const PATH_LIMIT = 240;
/** Names that Windows keeps for devices, and those that mean something else in a folder of Markdown. */
const TAKEN_NAMES = /^(?:con|prn|aux|nul|com\d|lpt\d|index|readme|summary)$/;

/** Pages lie where their addresses say: `chapter-1/README.md` for one with pages below it, `chapter-1/intro.md` for one without. */
export function layoutOf(trip: TripExport): FolderLayout {
  const folders = new Map<NodeId, string>();
  const pages: { node: ExportedNode; file: string; depth: number }[] = [];
  for (const { node, depth, hasChildren } of inReadingOrder(trip)) {
    const folder = node.parentId === null ? SRC : `${folders.get(node.parentId)}/${fileName(node.segment ?? "")}`;
    folders.set(node.id, folder);
    const file = hasChildren || depth === 0 ? `${folder}/README.md` : `${folder}.md`;
    pages.push({ node, file: file.length > PATH_LIMIT ? `${DEEP}/${node.id}.md` : file, depth });
  }
  return { pages, fileOf: new Map(pages.map(({ node, file }) => [node.id, file])), assetFileOf: assetFiles(trip) };
}

function fileName(segment: string): string {
  return TAKEN_NAMES.test(segment) ? `${segment}_` : segment;
}

function assetFiles(trip: TripExport): Map<string, string> {
  const taken = new Set<string>();
  const files = new Map<string, string>();
  for (const { hash, filenames } of trip.assets) {
    const safe = safeFilename(filenames[0]!);
    let name = safe;
    // Two names that differ in case are one file on many disks.
    if (taken.has(name.toLowerCase())) name = `${hash}-${safe}`;
    taken.add(name.toLowerCase());
    files.set(hash, `${ASSETS}/${name}`);
  }
  return files;
}
