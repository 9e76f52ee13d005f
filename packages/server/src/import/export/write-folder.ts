import { stringify } from "smol-toml";
import { contentHash } from "../../trips/content-hash.ts";
import { SIDECAR } from "../entry-name.ts";
import { readFolderExport } from "../readers/folder-export.ts";
import { LOCAL_LIMITS, type SourceTree } from "../source-tree.ts";
import { escapeMarkdown } from "./escape-markdown.ts";
import { type FolderLayout, layoutOf, SRC } from "./folder-layout.ts";
import { pageText } from "./page-text.ts";
import { FOLDER_FORMAT, type Sidecar } from "./sidecar.ts";
import type { TripExport } from "./types.ts";

/**
 * A trip as a folder that is an mdBook (`book.toml`, `src/SUMMARY.md`, a Markdown file for each page, assets as files) and,
 * with `.qrcards.json` in it, lossless: ids, history, tombstones, cards, and whatever of a page Markdown cannot give back.
 *
 * @returns path -> content, for `saveFiles` or `zipFiles`
 */
export async function writeFolder(trip: TripExport): Promise<ReadonlyMap<string, Uint8Array>> {
  const layout = layoutOf(trip);
  const texts = new Map<string, string>([
    ["book.toml", bookToml(trip)],
    [`${SRC}/SUMMARY.md`, summary(layout)],
    ...layout.pages.map(({ node, file }) => [file, pageText(node, file, layout)] as const),
  ]);
  const files = new Map<string, Uint8Array>([...texts].map(([path, text]) => [path, Buffer.from(text)]));
  for (const asset of trip.assets) files.set(layout.assetFileOf.get(asset.hash)!, asset.bytes);

  const draft = sidecarOf(trip, layout, texts);
  // It is read back as any import is; what does not come back as it was is kept beside its file.
  const { nodes: returned } = await readFolderExport(treeOf(new Map([...files, [SIDECAR, encode(draft)]])));
  const nodes = draft.nodes.map((node, index) => ({
    ...node,
    body: returned[index]?.body === trip.nodes[index]?.body ? node.body : trip.nodes[index]!.body,
  }));
  return files.set(SIDECAR, encode({ ...draft, nodes }));
}

function bookToml(trip: TripExport): string {
  const root = trip.nodes.find(({ parentId }) => parentId === null)!;
  const book = {
    title: root.title,
    ...(root.language !== null && { language: root.language }),
    ...(root.direction !== null && { "text-direction": root.direction }),
    src: SRC,
  };
  return `${stringify({ book })}\n`;
}

function summary({ pages }: FolderLayout): string {
  const lines = pages.map(({ node, file, depth }) => {
    const link = `[${escapeMarkdown(node.title)}](${file.slice(SRC.length + 1)})`;
    return depth === 0 ? `${link}\n` : `${"  ".repeat(depth - 1)}- ${link}`;
  });
  return `# Summary\n\n${lines.join("\n")}\n`;
}

function sidecarOf(trip: TripExport, layout: FolderLayout, texts: ReadonlyMap<string, string>): Sidecar {
  return {
    ...trip,
    format: FOLDER_FORMAT,
    nodes: trip.nodes.map((node) => {
      const file = layout.fileOf.get(node.id) ?? null;
      return { ...node, file, body: file === null ? node.body : null };
    }),
    assets: trip.assets.map(({ bytes: _, ...asset }) => ({ ...asset, file: layout.assetFileOf.get(asset.hash)! })),
    files: [...texts].map(([path, text]) => ({ path, hash: contentHash(text) })),
  };
}

function encode(sidecar: Sidecar): Uint8Array {
  return Buffer.from(`${JSON.stringify(sidecar, null, 2)}\n`);
}

function treeOf(files: ReadonlyMap<string, Uint8Array>): SourceTree {
  return {
    name: "export",
    paths: [...files.keys()].sort(),
    limits: LOCAL_LIMITS,
    read: async (path) => files.get(path)!,
    close: async () => {},
  };
}
