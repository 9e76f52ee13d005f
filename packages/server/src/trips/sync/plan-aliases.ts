import { slugify } from "../../paths/slugify.ts";
import { createNodeId } from "../node-id.ts";
import type { NodeId } from "../types.ts";
import { leavesPlace, type NodeChange } from "./node-changes.ts";
import type { ExistingNode, PastName } from "./read-trip.ts";
import type { Target } from "./targets.ts";

/** A place that a page had before our time. */
export interface AliasName {
  readonly parentId: NodeId;
  readonly segment: string;
  readonly nodeId: NodeId;
}

/**
 * Stands for a folder of former addresses that never was a page: deleted from the start, so that it holds its place; it
 * sends readers on to the page above.
 */
export interface Placeholder {
  readonly id: NodeId;
  readonly parentId: NodeId;
  readonly segment: string;
}

export interface Aliases {
  readonly names: readonly AliasName[];
  /** Each before those below it. */
  readonly placeholders: readonly Placeholder[];
}

/** The trip as it stands, and what the import does to it. */
export interface Surroundings {
  readonly existing: readonly ExistingNode[];
  readonly names: readonly PastName[];
  readonly changes: readonly NodeChange[];
  readonly deleted: readonly ExistingNode[];
}

/**
 * Former addresses of the source as past names; only those that are not there yet. An alias where its page stands today
 * is none.
 */
export function planAliases(targets: readonly Target[], around: Surroundings): Aliases {
  const names: AliasName[] = [];
  const placeholders: Placeholder[] = [];
  const wishes = targets.flatMap(({ id, planned }) => planned.aliases.map((alias) => ({ nodeId: id, alias })));
  if (wishes.length === 0) return { names, placeholders };

  const living = livingPlaces(around);
  const past = lastHolders(around);
  const told = new Set(around.names.flatMap((name) => (name.heldUntil === 0 ? `${placeOf(name)}/${name.nodeId}` : [])));
  const add = (name: AliasName) => {
    const entry = `${placeOf(name)}/${name.nodeId}`;
    if (living.get(placeOf(name)) === name.nodeId || told.has(entry)) return;
    told.add(entry);
    names.push(name);
  };
  const placeholderAt = (parentId: NodeId, segment: string): NodeId => {
    const id = createNodeId();
    placeholders.push({ id, parentId, segment });
    add({ parentId, segment, nodeId: id });
    past.set(placeOf({ parentId, segment }), id);
    return id;
  };
  for (const { nodeId, alias } of wishes) {
    const segments = alias.map(slugify).filter((segment) => segment !== "");
    const segment = segments.pop();
    if (segment === undefined) continue;
    let parentId = targets[0]!.id;
    for (const step of segments) {
      const place = placeOf({ parentId, segment: step });
      parentId = living.get(place) ?? past.get(place) ?? placeholderAt(parentId, step);
    }
    add({ parentId, segment, nodeId });
  }
  return { names, placeholders };
}

function placeOf({ parentId, segment }: { readonly parentId: NodeId | null; readonly segment: string | null }): string {
  return `${parentId}/${segment}`;
}

/** Who stands where after the import. */
function livingPlaces({ existing, changes, deleted }: Surroundings): Map<string, NodeId> {
  const changed = new Set([...changes, ...deleted].map(({ id }) => id));
  const unchanged = existing.filter(({ id, segment }) => segment !== null && !changed.has(id));
  return new Map([
    ...unchanged.map((node) => [placeOf(node), node.id] as const),
    ...changes.map(({ id, after }) => [placeOf(after), id] as const),
  ]);
}

/** Who left a place last; those who leave with this import after all others. */
function lastHolders({ names, changes, deleted }: Surroundings): Map<string, NodeId> {
  const inTime = names.toSorted((one, other) => one.retiredAt - other.retiredAt);
  return new Map([
    ...inTime.map((name) => [placeOf(name), name.nodeId] as const),
    ...changes.filter(leavesPlace).map(({ id, before }) => [placeOf(before!), id] as const),
    ...deleted.map((node) => [placeOf(node), node.id] as const),
  ]);
}
