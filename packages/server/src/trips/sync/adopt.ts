import { POSITION_GAP } from "../position-gap.ts";
import type { NodeId } from "../types.ts";
import type { TakenNames } from "./plan-segments.ts";
import type { ExistingNode, NodeFacts } from "./read-trip.ts";

/** A page made by hand whose parent goes, and where it goes on. */
export interface Adoption extends Pick<NodeFacts, "segment" | "position"> {
  readonly node: ExistingNode;
  readonly parentId: NodeId;
}

/**
 * Gives each orphan to the nearest page above it that stays, as its last child.
 *
 * @param orphans pages that stay below pages that go
 * @param others where all other pages stand after the import
 */
export function adopt(
  orphans: readonly ExistingNode[],
  existing: readonly ExistingNode[],
  isGone: (id: NodeId) => boolean,
  taken: TakenNames,
  others: readonly Pick<NodeFacts, "parentId" | "position">[],
): Adoption[] {
  if (orphans.length === 0) return [];
  const parents = new Map(existing.map((node) => [node.id, node.parentId]));
  const last = new Map<NodeId | null, number>();
  for (const { parentId, position } of others) last.set(parentId, Math.max(position, last.get(parentId) ?? position));
  return orphans.map((node) => {
    let parentId = node.parentId!;
    // A trip's own page never goes.
    while (isGone(parentId)) parentId = parents.get(parentId)!;
    const segment = taken.free(parentId, node.segment!);
    taken.add(parentId, segment);
    const position = (last.get(parentId) ?? 0) + POSITION_GAP;
    last.set(parentId, position);
    return { node, parentId, segment, position };
  });
}
