import type { ImportPlan, PlannedNode } from "../../trips/types.ts";
import { parseTripExport } from "../export/parse-trip-export.ts";
import { inReadingOrder } from "../export/reading-order.ts";
import type { ExportedNode, TripExport } from "../export/types.ts";
import { withPlanLinks } from "../links/node-links.ts";
import { directionOf } from "../page-settings.ts";
import type { ReadOptions } from "../read-plan.ts";
import type { SourceTree } from "../source-tree.ts";
import { decodeText } from "../text.ts";

/** @throws QRCardsError `import-refused`, naming the place in the document */
export async function readJsonExport(source: SourceTree): Promise<TripExport> {
  return parseTripExport(decodeText(await source.read(source.paths[0]!)).text);
}

/**
 * The living pages of an export as a plan, to bring an existing trip in line with it. History, tombstones and cards are not
 * in a plan: a trip that does not exist yet is restored from the export itself.
 */
export function planOfExport(trip: TripExport, options: ReadOptions): ImportPlan {
  const living = inReadingOrder(trip).map(({ node }) => node);
  const keyOf = new Map(living.map((node) => [node.id, node.parentId === null ? "" : (node.sourcePath ?? `node:${node.id}`)]));
  const root = living[0]!;
  const language = root.language ?? options.language ?? "en";
  return {
    format: "json",
    trip: {
      slug: options.slug ?? trip.trip.slug,
      title: root.title,
      language,
      direction: root.direction ?? directionOf(language),
      state: root.state,
    },
    nodes: living.map((node) => plannedNode(node, keyOf)),
    assets: trip.assets.map(({ filenames, ...asset }) => ({ ...asset, filename: filenames[0]! })),
    notes: [],
  };
}

function plannedNode(node: ExportedNode, keyOf: ReadonlyMap<string, string>): PlannedNode {
  const planned: PlannedNode = {
    key: keyOf.get(node.id)!,
    parentKey: node.parentId === null ? null : keyOf.get(node.parentId)!,
    id: node.id,
    title: node.title,
    body: withPlanLinks(node.body, keyOf),
    state: node.state,
    aliases: [],
  };
  // Of the root, the plan's trip says the rest.
  if (node.parentId === null) return planned;
  return {
    ...planned,
    [node.slugIsExplicit ? "slug" : "slugSource"]: node.segment,
    ...(node.language !== null && { language: node.language }),
    ...(node.direction !== null && { direction: node.direction }),
  };
}
