import type { TripExport } from "../../src/import/export/types.ts";
import { withNodeLinks } from "../../src/import/links/node-links.ts";
import { freeSlug, slugify } from "../../src/paths/slugify.ts";
import type { ImportPlan } from "../../src/trips/types.ts";

/** The trip that a plan makes when it is imported for the first time, with ids that only count. */
export function exportOfPlan(plan: ImportPlan): TripExport {
  const idOf = new Map(plan.nodes.map(({ key }, index) => [key, index.toString().padStart(12, "0")]));
  const taken = new Set<string>();
  return {
    format: "qrcards-trip/1",
    trip: { slug: slugify(plan.trip.slug), rootId: idOf.get("")!, namedSince: 1 },
    nodes: plan.nodes.map((node, index) => {
      const id = idOf.get(node.key)!;
      const parentId = node.parentKey === null ? null : idOf.get(node.parentKey)!;
      const segment =
        parentId === null
          ? ""
          : freeSlug(slugify(node.slug ?? node.slugSource ?? node.title) || id, (slug) => taken.has(`${parentId}/${slug}`));
      taken.add(`${parentId}/${segment}`);
      return {
        id,
        parentId,
        segment,
        slugIsExplicit: node.slug !== undefined,
        standsSince: 1,
        position: index,
        title: node.title,
        body: withNodeLinks(node.body, idOf),
        state: node.state,
        language: parentId === null ? plan.trip.language : (node.language ?? null),
        direction: parentId === null ? plan.trip.direction : (node.direction ?? null),
        revision: 1,
        sourcePath: node.key,
      };
    }),
    names: [],
    rootNames: [],
    tombstones: [],
    cards: [],
    assets: plan.assets.map(({ filename, ...asset }) => ({ ...asset, filenames: [filename] })),
  };
}
