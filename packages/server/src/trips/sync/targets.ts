import { QRCardsError } from "../../errors.ts";
import { contentHash } from "../content-hash.ts";
import { checkTitle } from "../edits.ts";
import { createNodeId } from "../node-id.ts";
import { normaliseBody } from "../service.ts";
import type { ContentHash, NodeId, PlannedNode } from "../types.ts";
import { arrange } from "./arrange.ts";
import type { Match, MatchReason } from "./match-plan.ts";
import type { Place } from "./plan-segments.ts";
import type { ExistingNode } from "./read-trip.ts";

/** A page of the plan, and what becomes of it in the trip. */
export interface Target extends Place {
  /** How the page was recognised as the one it was before; null for a new one. */
  readonly reason: MatchReason | null;
  readonly parent: Target | null;
  readonly contentHash: ContentHash;
  position: number;
}

/**
 * The plan's pages with their ids and texts; segments and positions are still to be assigned.
 *
 * @throws QRCardsError `import-refused`, `validation-failed`, `too-large`
 */
export function createTargets(
  planned: readonly PlannedNode[],
  matches: ReadonlyMap<PlannedNode, Match>,
  ids: ReadonlyMap<string, NodeId>,
): Target[] {
  const byKey = new Map<string, Target>();
  for (const node of planned) {
    const parent = node.parentKey === null ? null : byKey.get(node.parentKey);
    if (parent === undefined)
      throw new QRCardsError("import-refused", `"${node.key}" lies below "${node.parentKey}", which comes after it or not at all.`);
    const match = matches.get(node);
    byKey.set(node.key, {
      planned: node,
      id: ids.get(node.key)!,
      before: match?.node,
      reason: match?.reason ?? null,
      parent,
      title: node.titleIsGuess && match !== undefined ? match.node.title : checkTitle(node.title),
      contentHash: contentHash(textOf(node, ids)),
      segment: "",
      position: 0,
    });
  }
  return [...byKey.values()];
}

/** Ids that the pages have, that the source names for them where they are free, or new ones; by key. */
export function assignIds(
  planned: readonly PlannedNode[],
  matches: ReadonlyMap<PlannedNode, Match>,
  isFree: (id: NodeId) => boolean,
): Map<string, NodeId> {
  const ids = new Map<string, NodeId>();
  const given = new Set([...matches.values()].map(({ node }) => node.id));
  for (const node of planned) {
    const own = node.id !== undefined && isFree(node.id) && !given.has(node.id) ? node.id : createNodeId();
    const id = matches.get(node)?.node.id ?? own;
    given.add(id);
    ids.set(node.key, id);
  }
  return ids;
}

/** Where an import found a page; null for one that was made by hand and only went out and in with an export. */
export function sourcePathOf({ key }: PlannedNode): string | null {
  return key.startsWith("node:") ? null : key;
}

/**
 * A planned page's text as it is stored: `plan:KEY` where a link's target stands has become `node:ID`. Made anew each
 * time, because the texts of a large trip are not to be in memory twice.
 */
export function textOf(planned: PlannedNode, ids: ReadonlyMap<string, NodeId>): string {
  return normaliseBody(
    planned.body.replace(/(\]\(\s*<?|\]:\s*<?|\bhref\s*=\s*["'])plan:([^\s()<>"'#]*)/g, (link: string, before: string, key: string) => {
      const id = ids.get(decodeURIComponent(key));
      return id === undefined ? link : `${before}node:${id}`;
    }),
  );
}

/** Puts siblings into the plan's order. @param staying pages beside them that keep their positions */
export function assignPositions(targets: readonly Target[], staying: readonly ExistingNode[]): void {
  const others = Map.groupBy(staying, ({ parentId }) => parentId);
  for (const [parent, siblings] of Map.groupBy(targets, ({ parent }) => parent)) {
    if (parent === null) continue;
    const taken = new Set(others.get(parent.id)?.map(({ position }) => position));
    const positions = arrange(
      siblings.map(({ before }) => (before?.parentId === parent.id ? before.position : undefined)),
      taken,
    );
    for (const [index, target] of siblings.entries()) target.position = positions[index]!;
  }
}
