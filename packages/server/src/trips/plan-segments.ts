import { freeSlug, numberedSlug, slugify } from "../paths/slugify.ts";
import type { ExistingNode } from "./match-plan.ts";
import type { NodeId, PlannedNode } from "./types.ts";

interface Place {
  readonly planned: PlannedNode;
  readonly id: NodeId;
  readonly match: { readonly node: ExistingNode } | undefined;
  readonly parent: Place | null;
  readonly title: string;
  segment: string;
}

/**
 * Gives each planned node its segment. Within one place the authors' own slugs come first, then the names that pages
 * have there already (an import of the same source changes none), then new ones in reading order.
 *
 * @param kept living nodes that the plan does not know: their names are taken
 * @param names past names: automatic slugs evade those of others
 * @returns those who did not get what they wanted
 */
export function assignSegments(
  targets: readonly Place[],
  kept: readonly ExistingNode[],
  names: readonly { readonly parentId: NodeId; readonly segment: string; readonly nodeId: NodeId }[],
): { key: string; wanted: string; got: string }[] {
  const living = new Map<NodeId, Set<string>>();
  const at = (places: Map<NodeId, Set<string>>, parentId: NodeId) => {
    const taken = places.get(parentId) ?? new Set();
    places.set(parentId, taken);
    return taken;
  };
  for (const node of kept) if (node.parentId !== null && node.segment !== null) at(living, node.parentId).add(node.segment);
  const past = new Map<string, Set<NodeId>>();
  for (const { parentId, segment, nodeId } of names) {
    const place = `${parentId}/${segment}`;
    const holders = past.get(place);
    if (holders) holders.add(nodeId);
    else past.set(place, new Set([nodeId]));
  }
  const isOthersPast = (parentId: NodeId, segment: string, id: NodeId) => {
    const holders = past.get(`${parentId}/${segment}`);
    return holders !== undefined && (holders.size > 1 || !holders.has(id));
  };

  const wish = (target: Place) => slugify(target.planned.slug ?? target.planned.slugSource ?? target.title) || target.id;
  const settle = (target: Place, segment: string) => {
    target.segment = segment;
    at(living, target.parent!.id).add(segment);
  };
  const open = new Set(targets.filter((target) => target.parent !== null));
  for (const target of open) {
    if (target.planned.slug === undefined) continue;
    const taken = at(living, target.parent!.id);
    settle(
      target,
      freeSlug(wish(target), (segment) => taken.has(segment)),
    );
    open.delete(target);
  }
  for (const target of open) {
    const before = target.match?.node;
    if (before === undefined || !before.alive || before.segment === null || before.parentId !== target.parent!.id) continue;
    if (!isNumbered(before.segment, wish(target)) || at(living, target.parent!.id).has(before.segment)) continue;
    settle(target, before.segment);
    open.delete(target);
  }
  for (const target of open) {
    const parentId = target.parent!.id;
    const taken = at(living, parentId);
    settle(
      target,
      freeSlug(wish(target), (segment) => taken.has(segment) || isOthersPast(parentId, segment, target.id)),
    );
  }
  return targets.flatMap((target) =>
    target.parent === null || target.segment === wish(target) ? [] : { key: target.planned.key, wanted: wish(target), got: target.segment },
  );
}

/** Whether a segment is the wanted one, or that with a number. */
function isNumbered(segment: string, wanted: string): boolean {
  const number = /-(\d+)$/.exec(segment)?.[1];
  return segment === wanted || (number !== undefined && numberedSlug(wanted, Number(number)) === segment);
}
