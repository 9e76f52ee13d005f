import { QRCardsError } from "../../errors.ts";
import { contentHash } from "../../trips/content-hash.ts";
import type { ImportPlan, NodeId } from "../../trips/types.ts";
import { checkTripExport } from "../export/check-trip-export.ts";
import { TRIP_FORMAT } from "../export/parse-trip-export.ts";
import { type FolderExport, findFolderExport, type SidecarAsset } from "../export/sidecar.ts";
import type { ExportedAsset, TripExport } from "../export/types.ts";
import { withNodeLinks } from "../links/node-links.ts";
import type { SourceTree } from "../source-tree.ts";
import { readMdbook } from "./mdbook.ts";

/**
 * The trip that an exported folder holds. Of pages whose files nobody touched it is exactly what was exported. Edited files
 * give their new texts; other edits by hand (titles, new files, another order) are in the folder's import plan, which is
 * meant to be applied after this.
 *
 * @throws QRCardsError `import-refused`
 */
export async function readFolderExport(source: SourceTree): Promise<TripExport> {
  const folder = await findFolderExport(source);
  if (folder === undefined) throw new QRCardsError("import-refused", `"${source.name}" is no folder that QRCards exported.`);
  const { sidecar } = folder;
  const plan = await readMdbook(source, {});
  const texts = textsById(plan, folder);
  const trip: TripExport = {
    format: TRIP_FORMAT,
    trip: sidecar.trip,
    names: sidecar.names,
    rootNames: sidecar.rootNames,
    tombstones: sidecar.tombstones,
    cards: sidecar.cards,
    nodes: sidecar.nodes.map(({ file, body, ...node }) => {
      const isExact = body !== null && (file === null || folder.untouched.has(file));
      return { ...node, body: isExact ? body : (texts.get(node.id) ?? body ?? "") };
    }),
    assets: await readAssets(source, sidecar.assets, plan),
  };
  checkTripExport(trip);
  return trip;
}

/** The plan's bodies, with links to the nodes that the export knows. */
function textsById(plan: ImportPlan, { nodeOf }: FolderExport): Map<NodeId, string> {
  const known = new Set([...nodeOf.values()].map(({ id }) => id));
  const idOf = new Map(plan.nodes.flatMap(({ key, id }) => (id !== undefined && known.has(id) ? [[key, id] as const] : [])));
  const texts = new Map<NodeId, string>();
  for (const { id, body } of plan.nodes) {
    if (id !== undefined) texts.set(id, withNodeLinks(body, idOf));
  }
  return texts;
}

/** The exported assets whose files are still what they were, and what edited pages refer to now. */
async function readAssets(source: SourceTree, exported: readonly SidecarAsset[], plan: ImportPlan): Promise<ExportedAsset[]> {
  const present = new Set(source.paths);
  const assets: ExportedAsset[] = [];
  for (const { file, ...asset } of exported) {
    const bytes = present.has(file) ? await source.read(file) : undefined;
    if (bytes !== undefined && contentHash(bytes) === asset.hash) assets.push({ ...asset, bytes });
  }
  const kept = new Set(assets.map(({ hash }) => hash));
  for (const { filename, ...asset } of plan.assets) if (!kept.has(asset.hash)) assets.push({ ...asset, filenames: [filename] });
  return assets;
}
