import type * as contract from "../contract/index.ts";
import { formatPath } from "../paths/parse-target.ts";
import type { Snapshot } from "../trips/snapshot.ts";

/** The founding paper's shape of a trip: three lists by depth, the third to any depth, and a map from paths to ids. */
export function viewStructure(snapshot: Snapshot): contract.Structure {
  const groups: contract.StructureNode[] = [];
  const destinations: contract.StructureNode[] = [];
  const activities: contract.StructureNode[] = [];
  const slugs: [string, string][] = [];
  const deleted: contract.Structure["deleted"] = [];
  // Nodes come before their children, so the segments above a node are known when it comes.
  const segmentsOf: (readonly string[])[] = [[]];
  for (let node = 1; node < snapshot.size; node += 1) {
    const parent = snapshot.parent(node);
    const segments = [...segmentsOf[parent]!, snapshot.segment(node)];
    segmentsOf[node] = segments;
    const id = snapshot.id(node);
    const facts = { id, parentId: snapshot.id(parent), title: snapshot.title(node) };
    if (snapshot.isAlive(node)) {
      const depth = segments.length;
      const path = formatPath([snapshot.slug, ...segments]);
      (depth === 1 ? groups : depth === 2 ? destinations : activities).push({
        ...facts,
        slug: snapshot.segment(node),
        state: snapshot.state(node),
        path,
        depth,
      });
      slugs.push([segments.join("/"), id]);
    } else if (snapshot.segment(node) === "") {
      deleted.push({ ...facts, at: snapshot.deletedAt(node)!.toISOString() });
    }
  }
  return {
    id: snapshot.tripId,
    slug: snapshot.slug,
    title: snapshot.title(snapshot.root),
    rootId: snapshot.id(snapshot.root),
    version: snapshot.version,
    groups,
    destinations,
    activities,
    slug_map: Object.fromEntries(slugs),
    deleted,
  };
}
