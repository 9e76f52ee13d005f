import type { ImportPlan, NodeId, TripId } from "../types.ts";
import type { MatchReason } from "./match-plan.ts";
import type { Collision } from "./plan-segments.ts";
import type { Sync } from "./plan-sync.ts";
import type { ExistingNode } from "./read-trip.ts";
import type { Target } from "./targets.ts";

/** What an import did, or would do. */
export interface SyncSummary {
  /** Null in a dry run of a new trip. */
  readonly tripId: TripId | null;
  readonly slug: string;
  readonly created: number;
  /** Title, text, visibility or language are other ones; whether or not the page moved too. */
  readonly updated: number;
  readonly renamed: number;
  readonly moved: number;
  readonly restored: number;
  readonly deleted: number;
  readonly unchanged: number;
  /** Pages made by hand, which the source does not know: they stay. */
  readonly kept: number;
  readonly assets: number;
  readonly aliases: number;
  readonly changes: readonly PlaceChange[];
  readonly collisions: readonly Collision[];
}

/** A page that is no longer where it was, and how it was recognised. */
export interface PlaceChange {
  readonly kind: "renamed" | "moved" | "deleted" | "restored";
  readonly title: string;
  /** Below the trip's page; "…" for the name of a page that was deleted. */
  readonly from: string | null;
  readonly to: string | null;
  readonly reason: MatchReason | null;
}

export function summarise(plan: ImportPlan, sync: Sync): SyncSummary {
  const { state, slug, targets, fates, adoptions, collisions } = sync;
  const { pathBefore, pathAfter } = pathsOf(sync);
  const changes: PlaceChange[] = [];
  let [created, updated, unchanged] = [0, 0, 0];
  for (const target of targets) {
    const { before, id, title, reason } = target;
    if (before === undefined) {
      created += 1;
      continue;
    }
    const kind = placeChange(target, before);
    const isNew = isUpdated(target, before);
    if (kind !== undefined) changes.push({ kind, title, from: pathBefore(id), to: pathAfter(id), reason });
    if (isNew) updated += 1;
    if (kind === undefined && !isNew) unchanged += 1;
  }
  for (const { node } of adoptions)
    changes.push({ kind: "moved", title: node.title, from: pathBefore(node.id), to: pathAfter(node.id), reason: null });
  const deleted = fates.gone.filter((node) => node.alive);
  for (const { id, title } of deleted) changes.push({ kind: "deleted", title, from: pathBefore(id), to: null, reason: null });
  const count = (kind: PlaceChange["kind"]) => changes.filter((change) => change.kind === kind).length;
  return {
    tripId: state?.trip.id ?? null,
    slug,
    created,
    updated,
    renamed: count("renamed"),
    moved: count("moved"),
    restored: count("restored"),
    deleted: deleted.length,
    unchanged,
    kept: fates.kept.length,
    assets: plan.assets.length,
    aliases: plan.nodes.reduce((sum, node) => sum + node.aliases.length, 0),
    changes,
    collisions,
  };
}

function placeChange({ parent, segment }: Target, before: ExistingNode): PlaceChange["kind"] | undefined {
  if (!before.alive) return "restored";
  if (parent === null) return undefined;
  if (before.parentId !== parent.id) return "moved";
  return before.segment === segment ? undefined : "renamed";
}

function isUpdated({ title, contentHash, parent, planned }: Target, before: ExistingNode): boolean {
  if (title !== before.title || contentHash !== before.contentHash) return true;
  if (parent === null) return false;
  const { state, language = null, direction = null } = planned;
  return state !== before.state || language !== before.language || direction !== before.direction;
}

type Place = Pick<ExistingNode, "parentId" | "segment">;

function pathsOf({ state, targets, adoptions }: Sync) {
  const before = new Map<NodeId, Place>(state?.nodes.map((node) => [node.id, node]));
  const after = new Map<NodeId, Place>(before);
  for (const { id, parent, segment } of targets) after.set(id, { parentId: parent?.id ?? null, segment });
  for (const { node, ...place } of adoptions) after.set(node.id, place);
  const pathIn = (places: ReadonlyMap<NodeId, Place>, id: NodeId): string => {
    const { parentId, segment } = places.get(id)!;
    return parentId === null ? "" : `${pathIn(places, parentId)}/${segment ?? "…"}`;
  };
  return { pathBefore: (id: NodeId) => pathIn(before, id), pathAfter: (id: NodeId) => pathIn(after, id) };
}
