import type { NodeId } from "../types.ts";
import type { ExistingNode } from "./read-trip.ts";

/**
 * What an import makes of a node that is there:
 * - `matched`: a page of the plan
 * - `kept`: made by hand, so it stays; where its parent goes, the nearest page above that stays takes it
 * - `gone`: came from the source and is in it no longer
 * - `dead`: deleted before, itself or with a page above it, and it stays so
 */
export type Fate = "matched" | "kept" | "gone" | "dead";

export interface Fates {
  readonly matched: readonly ExistingNode[];
  readonly kept: readonly ExistingNode[];
  readonly gone: readonly ExistingNode[];
  of(id: NodeId): Fate;
}

/**
 * Decides from the top down. A page that comes back brings what was alive below it: pages made by hand, while those that
 * the source has dropped since are gone with this import.
 */
export function decideFates(nodes: readonly ExistingNode[], isMatched: (id: NodeId) => boolean): Fates {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const fates = new Map<NodeId, Fate>();
  const fateOf = (id: NodeId): Fate => {
    const known = fates.get(id);
    if (known !== undefined) return known;
    const fate = decide(byId.get(id)!);
    fates.set(id, fate);
    return fate;
  };
  const decide = (node: ExistingNode): Fate => {
    if (isMatched(node.id)) return "matched";
    if (node.deleted || node.parentId === null) return "dead";
    const above = fateOf(node.parentId);
    const comesBack = !node.alive && (above === "matched" || above === "kept");
    if (!node.alive && !comesBack) return "dead";
    return node.sourcePath === null ? "kept" : "gone";
  };
  const groups: Record<Fate, ExistingNode[]> = { matched: [], kept: [], gone: [], dead: [] };
  for (const node of nodes) groups[fateOf(node.id)].push(node);
  return { ...groups, of: fateOf };
}
