import { QRCardsError } from "../../errors.ts";
import { formatPath, PATH_LIMIT_BYTES } from "../../paths/parse-target.ts";
import { slugify } from "../../paths/slugify.ts";
import { chooseRootSlug } from "../places.ts";
import type { TripService } from "../service.ts";
import type { ContentHash, ImportPlan, NodeId, PlannedAsset, PlannedNode, TripId } from "../types.ts";
import { type Adoption, adopt } from "./adopt.ts";
import { decideFates, type Fates } from "./fates.ts";
import { matchPlan } from "./match-plan.ts";
import { findChanges, type NodeChange } from "./node-changes.ts";
import { type Aliases, planAliases } from "./plan-aliases.ts";
import { assignSegments, type Collision, TakenNames } from "./plan-segments.ts";
import { type ExistingNode, readTrip, type TripState } from "./read-trip.ts";
import { findImportTarget, findKnownIds, findMissingAssets, loadBodies } from "./reads.ts";
import { assignIds, assignPositions, createTargets, type Target, textOf } from "./targets.ts";

/** All that brings a trip in line with a plan, worked out before anything is written. */
export interface Sync {
  /** undefined: the trip is new. */
  readonly state: TripState | undefined;
  /** The trip's own; of a new one the slug that it will get. */
  readonly slug: string;
  /** The plan's pages: the trip's own page first, each page before those below it. */
  readonly targets: readonly Target[];
  readonly fates: Fates;
  readonly adoptions: readonly Adoption[];
  readonly changes: readonly NodeChange[];
  /** In the plan again, and deleted themselves before. */
  readonly restored: readonly ExistingNode[];
  /** No longer in the source. What lies below one of them is gone with it. */
  readonly deleted: readonly ExistingNode[];
  readonly aliases: Aliases;
  /** Those that the trip does not have yet. */
  readonly assets: readonly PlannedAsset[];
  readonly collisions: readonly Collision[];
  /** A page for each text that is new to its page. */
  readonly texts: ReadonlyMap<ContentHash, PlannedNode>;
  readonly textOf: (planned: PlannedNode) => string;
}

/**
 * Compares a plan with the trip as it stands. Writes nothing.
 *
 * @throws QRCardsError `import-refused`, `slug-reserved`, `validation-failed`, `too-large`
 */
export async function planSync(service: TripService, plan: ImportPlan, tripId: TripId | undefined): Promise<Sync> {
  const { db } = service.database;
  const trip = await findImportTarget(db, plan, tripId);
  const state = trip && (await readTrip(db, trip));
  const { nodes: existing = [], names = [] } = state ?? {};
  const matches = await matchPlan(plan.nodes, existing, { planned: (node) => node.body, load: (nodes) => loadBodies(db, nodes) });

  // Ids first: texts name pages by id.
  const claimed = plan.nodes.flatMap((node) => (node.id === undefined || matches.has(node) ? [] : node.id));
  const known = await findKnownIds(db, claimed);
  const ids = assignIds(plan.nodes, matches, (id) => !known.has(id));
  const targets = createTargets(plan.nodes, matches, ids);
  const root = targets[0]!;

  const planned = new Set(targets.map(({ id }) => id));
  const fates = decideFates(existing, (id) => planned.has(id));
  const isGone = (id: NodeId | null) => id !== null && fates.of(id) === "gone";
  const staying = fates.kept.filter((node) => !isGone(node.parentId));

  const taken = new TakenNames();
  for (const node of staying) taken.add(node.parentId!, node.segment!);
  const collisions = assignSegments(targets, taken, names);
  assignPositions(targets, staying);
  const orphans = fates.kept.filter((node) => isGone(node.parentId));
  const adoptions = adopt(orphans, existing, isGone, taken, [
    ...targets.map(({ parent, position }) => ({ parentId: parent?.id ?? null, position })),
    ...staying,
  ]);

  const slug = trip?.slug ?? (await chooseNewSlug(service, plan, root));
  requireShortPaths(targets, slug);
  const changes = findChanges(targets, adoptions);
  const deleted = fates.gone.filter((node) => !isGone(node.parentId));
  return {
    state,
    slug,
    targets,
    fates,
    adoptions,
    changes,
    restored: targets.flatMap(({ before }) => (before?.deleted ? before : [])),
    deleted,
    aliases: planAliases(targets, { existing, names, changes, deleted }),
    assets: await findMissingAssets(db, trip?.id, plan.assets),
    collisions,
    texts: new Map(
      targets.flatMap(({ planned, before, contentHash }) => (before?.contentHash === contentHash ? [] : [[contentHash, planned] as const])),
    ),
    textOf: (node) => textOf(node, ids),
  };
}

/** Whether the trip is in line with the plan already. */
export function isInLine({ state, changes, restored, deleted, aliases, assets }: Sync): boolean {
  return state !== undefined && [changes, restored, deleted, aliases.names, assets].every((list) => list.length === 0);
}

/** As the trip will choose it when it is written, but known, or refused, before all the work. */
function chooseNewSlug(service: TripService, plan: ImportPlan, root: Target): Promise<string> {
  const slug = slugify(plan.trip.slug) || null;
  return chooseRootSlug(service.database.db, { tripId: null, slug, slugSource: root.title, rootId: root.id });
}

function requireShortPaths(targets: readonly Target[], slug: string): void {
  const lengths = new Map<Target, number>();
  for (const target of targets) {
    const { parent, segment, planned } = target;
    const length = parent === null ? formatPath([slug]).length : lengths.get(parent)! + formatPath([segment]).length;
    lengths.set(target, length);
    if (length > PATH_LIMIT_BYTES)
      throw new QRCardsError(
        "import-refused",
        `"${planned.key}" would have an address of ${length} characters; ${PATH_LIMIT_BYTES} are the most.`,
      );
  }
}
