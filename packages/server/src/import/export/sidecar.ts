import { contentHash, isContentHash } from "../../trips/content-hash.ts";
import type { ContentHash } from "../../trips/types.ts";
import { SIDECAR } from "../entry-name.ts";
import type { SourceTree } from "../source-tree.ts";
import { decodeText } from "../text.ts";
import { JsonReader } from "./json-reader.ts";
import { ASSET_FIELDS, NODE_FIELDS, RECORD_FIELDS, readAssetFacts, readNodeFacts, readRecord } from "./parse-trip-export.ts";
import type { ExportedAsset, ExportedNode, TripExport } from "./types.ts";

export const FOLDER_FORMAT = "qrcards-folder/1";

/** A page of the folder; its text stands in `file` unless the file cannot give it back exactly. */
export type SidecarNode = Omit<ExportedNode, "body"> & { readonly file: string | null; readonly body: string | null };
export type SidecarAsset = Omit<ExportedAsset, "bytes"> & { readonly file: string };

/** What a folder of Markdown cannot express: the file `.qrcards.json` at the root of an exported folder. */
export interface Sidecar extends Omit<TripExport, "format" | "nodes" | "assets"> {
  readonly format: typeof FOLDER_FORMAT;
  readonly nodes: readonly SidecarNode[];
  readonly assets: readonly SidecarAsset[];
  /** The files as they were written. One that differs was edited by hand, and then it is the file that counts. */
  readonly files: readonly { readonly path: string; readonly hash: ContentHash }[];
}

/** A sidecar together with the folder it lies in. */
export interface FolderExport {
  readonly sidecar: Sidecar;
  readonly nodeOf: ReadonlyMap<string, SidecarNode>;
  /** The files that nobody edited. */
  readonly untouched: ReadonlySet<string>;
}

/** Undefined when the source is no folder that QRCards wrote. */
export async function findFolderExport(source: SourceTree): Promise<FolderExport | undefined> {
  if (!source.paths.includes(SIDECAR)) return undefined;
  const sidecar = parseSidecar(decodeText(await source.read(SIDECAR)).text);
  const untouched = new Set<string>();
  const present = new Set(source.paths);
  for (const { path, hash } of sidecar.files) {
    if (present.has(path) && contentHash(await source.read(path)) === hash) untouched.add(path);
  }
  const nodeOf = new Map(sidecar.nodes.flatMap((node) => (node.file === null ? [] : [[node.file, node] as const])));
  return { sidecar, nodeOf, untouched };
}

/** @throws QRCardsError `import-refused`, naming the place in the document */
function parseSidecar(text: string): Sidecar {
  const { format, nodes, assets, files, ...rest } = JsonReader.parse(text).fields(["format", "nodes", "assets", "files", ...RECORD_FIELDS]);
  return {
    format: format.oneOf([FOLDER_FORMAT]),
    ...readRecord(rest),
    nodes: nodes.list((node) => {
      const { file, body, ...facts } = node.fields(["file", "body", ...NODE_FIELDS]);
      return { ...readNodeFacts(facts), file: file.orNull((path) => path.text()), body: body.orNull((own) => own.text()) };
    }),
    assets: assets.list((asset) => {
      const { file, ...facts } = asset.fields(["file", ...ASSET_FIELDS]);
      return { ...readAssetFacts(facts), file: file.text() };
    }),
    files: files.list((item) => {
      const { path, hash } = item.fields(["path", "hash"]);
      return { path: path.text(), hash: hash.textThat(isContentHash, "a content hash") };
    }),
  };
}
