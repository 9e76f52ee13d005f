import type { ExportedNode, TripExport } from "./types.ts";

export interface LivingNode {
  readonly node: ExportedNode;
  /** 0 for the root. */
  readonly depth: number;
  readonly hasChildren: boolean;
}

/** The nodes that are not deleted, nor below one that is, as a reader pages through them. */
export function inReadingOrder(trip: TripExport): LivingNode[] {
  const children = Map.groupBy(
    trip.nodes.filter(({ segment }) => segment !== null),
    ({ parentId }) => parentId,
  );
  const order: LivingNode[] = [];
  const open = (children.get(null) ?? []).map((node) => ({ node, depth: 0 }));
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const below = (children.get(next.node.id) ?? []).toSorted((a, b) => a.position - b.position || (a.id < b.id ? -1 : 1));
    order.push({ ...next, hasChildren: below.length > 0 });
    for (const node of below.reverse()) open.push({ node, depth: next.depth + 1 });
  }
  return order;
}
