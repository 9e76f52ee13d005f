import type { NodeId } from "../types.ts";
import type { Adoption } from "./adopt.ts";
import type { ExistingNode, NodeFacts } from "./read-trip.ts";
import { sourcePathOf, type Target } from "./targets.ts";

/** A row that an import writes: a new one, or one that differs from what is there. */
export interface NodeChange {
  readonly id: NodeId;
  /** undefined: the node is new. */
  readonly before: ExistingNode | undefined;
  readonly after: NodeFacts;
}

/** New nodes each after its parent. A node that is as it should be is no change, so the same source again changes nothing. */
export function findChanges(targets: readonly Target[], adoptions: readonly Adoption[]): NodeChange[] {
  const wanted = [
    ...targets.map((target): NodeChange => ({ id: target.id, before: target.before, after: factsOf(target) })),
    ...adoptions.map(({ node, ...place }): NodeChange => ({ id: node.id, before: node, after: { ...node, ...place } })),
  ];
  return wanted.filter(({ before, after }) => before === undefined || FACTS.some((fact) => before[fact] !== after[fact]));
}

/** Whether a node leaves the place that it had. */
export function leavesPlace({ before, after }: NodeChange): boolean {
  return before !== undefined && before.segment !== null && (before.parentId !== after.parentId || before.segment !== after.segment);
}

/** Whether a parent's list of children is another one after this change; says whose. */
export function changedLists({ before, after }: NodeChange): NodeId[] {
  const [left, entered] = [before?.parentId ?? null, after.parentId];
  const stays = before !== undefined && left === entered && before.segment !== null && before.position === after.position;
  return stays ? [] : [left, entered].filter((id) => id !== null);
}

const FACTS = [
  "parentId",
  "segment",
  "slugIsExplicit",
  "position",
  "title",
  "contentHash",
  "state",
  "language",
  "direction",
  "sourcePath",
] as const satisfies readonly (keyof NodeFacts)[];

function factsOf({ planned, parent, before, title, contentHash, segment, position }: Target): NodeFacts {
  const text = { title, contentHash, sourcePath: sourcePathOf(planned) };
  const language = planned.language ?? null;
  const direction = planned.direction ?? null;
  if (parent !== null) {
    const slugIsExplicit = planned.slug !== undefined;
    return { ...text, parentId: parent.id, segment, position, slugIsExplicit, state: planned.state, language, direction };
  }
  // The trip's own name, place and visibility are its admins' affair once it is there.
  const { slugIsExplicit = false, state = planned.state } = before ?? {};
  return {
    ...text,
    parentId: null,
    segment: "",
    position: 0,
    slugIsExplicit,
    state,
    language: language ?? before?.language ?? null,
    direction: direction ?? before?.direction ?? null,
  };
}
