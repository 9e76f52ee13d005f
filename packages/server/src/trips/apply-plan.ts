import type { Transaction } from "kysely";
import type { Schema } from "../db/schema.ts";
import { QRCardsError } from "../errors.ts";
import { RENDERER } from "../pages/renderer.ts";
import { formatPath, PATH_LIMIT_BYTES } from "../paths/parse-target.ts";
import { foldName, slugify } from "../paths/slugify.ts";
import { storeAssets } from "./asset-service.ts";
import { checkTitle, createTrip } from "./edits.ts";
import { type ExistingNode, type MatchReason, matchPlan } from "./match-plan.ts";
import { createNodeId } from "./node-id.ts";
import { assignSegments } from "./plan-segments.ts";
import { findTripsBySlug, getNode, getTrip } from "./repository.ts";
import { type PreparedBody, normaliseBody, storeBody, type TripService } from "./service.ts";
import { contentHash } from "./content-hash.ts";
import type { ImportPlan, NodeId, PlannedNode, Trip, TripId } from "./types.ts";

export interface ApplyOptions {
  /** The trip to bring in line; default: the one with the plan's slug, else a new one. */
  readonly tripId?: TripId;
  /** Works everything out and writes nothing. */
  readonly dryRun?: boolean;
  readonly onProgress?: (progress: {
    readonly step: "matching" | "rendering" | "writing";
    readonly done: number;
    readonly total: number;
  }) => void;
}

/** What an import did, or would do. */
export interface SyncSummary {
  /** Null in a dry run of a new trip. */
  readonly tripId: TripId | null;
  readonly slug: string;
  readonly created: number;
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
  /** Pages that are no longer where they were, and how they were recognised. */
  readonly changes: readonly {
    readonly kind: "renamed" | "moved" | "deleted" | "restored";
    readonly title: string;
    readonly from: string | null;
    readonly to: string | null;
    readonly reason: MatchReason | null;
  }[];
  /** Slugs that siblings wanted too, and what they became. */
  readonly collisions: readonly { readonly key: string; readonly wanted: string; readonly got: string }[];
}

interface Target {
  readonly planned: PlannedNode;
  readonly id: NodeId;
  readonly match: { readonly node: ExistingNode; readonly reason: MatchReason } | undefined;
  readonly parent: Target | null;
  readonly position: number;
  readonly title: string;
  readonly body: PreparedBody | { readonly hash: string; readonly body: string; readonly rendered: undefined };
  segment: string;
}

const POSITION_GAP = 1024;
const MOST_ATTEMPTS = 3;

/**
 * Brings a trip in line with a plan, in one transaction and one version: readers see all of it or none. What takes time
 * (matching, rendering) is done before it begins; when the trip was changed meanwhile, it is done again.
 *
 * The source decides on what it knows: pages that came from it and are no longer in it are deleted, with a tombstone.
 * Pages made by hand stay. The trip's own slug and visibility stay as they are.
 *
 * @throws QRCardsError `import-refused`, `slug-reserved`, `busy`
 */
export async function applyPlan(service: TripService, plan: ImportPlan, options: ApplyOptions = {}): Promise<SyncSummary> {
  for (let attempt = 1; ; attempt += 1) {
    const work = await prepare(service, plan, options);
    if (options.dryRun) return work.summary;
    try {
      const { result: tripId } = await service.edit(
        (trx, at) => write(trx, plan, work, at, options),
        (written) => written,
      );
      return { ...work.summary, tripId };
    } catch (error) {
      if (!(error instanceof ChangedMeanwhile)) throw error;
      if (attempt === MOST_ATTEMPTS)
        throw new QRCardsError("busy", "The trip was edited again and again while the import was being worked out.");
    }
  }
}

class ChangedMeanwhile extends Error {}

type Work = Awaited<ReturnType<typeof prepare>>;

async function prepare(service: TripService, plan: ImportPlan, { tripId, onProgress }: ApplyOptions) {
  const { db } = service.database;
  const trip = await findTarget(service, plan, tripId);
  const existing = trip === undefined ? [] : await loadExisting(service, trip.id);
  onProgress?.({ step: "matching", done: 0, total: plan.nodes.length });
  const matches = await matchPlan(plan.nodes, existing, {
    planned: (node) => node.body,
    load: async (nodes) => {
      const bodies = await loadBodies(
        service,
        nodes.map((node) => node.contentHash),
      );
      return (node) => bodies.get(node.contentHash) ?? "";
    },
  });

  // Ids first: bodies name pages by id.
  const claimed = plan.nodes.flatMap((node) => (node.id !== undefined && !matches.has(node) ? node.id : []));
  const foreign = new Set(
    await inChunks(claimed, (ids) =>
      db
        .selectFrom("nodes")
        .select("id")
        .where("id", "in", ids)
        .execute()
        .then((rows) => rows.map((row) => row.id)),
    ),
  );
  const idOf = new Map<string, NodeId>();
  for (const node of plan.nodes) {
    idOf.set(node.key, matches.get(node)?.node.id ?? (node.id !== undefined && !foreign.has(node.id) ? node.id : createNodeId()));
  }

  const targets: Target[] = [];
  const byKey = new Map<string, Target>();
  const childCount = new Map<string, number>();
  for (const planned of plan.nodes) {
    const parent = planned.parentKey === null ? null : byKey.get(planned.parentKey);
    if (parent === undefined)
      throw new QRCardsError("import-refused", `"${planned.key}" lies below "${planned.parentKey}", which comes after it or not at all.`);
    const rank = (childCount.get(planned.parentKey ?? "") ?? 0) + 1;
    childCount.set(planned.parentKey ?? "", rank);
    const body = normaliseBody(withNodeLinks(planned.body, idOf));
    const target: Target = {
      planned,
      id: idOf.get(planned.key)!,
      match: matches.get(planned),
      parent,
      position: parent === null ? 0 : rank * POSITION_GAP,
      title: checkTitle(planned.title),
      body: { hash: contentHash(body), body, rendered: undefined },
      segment: "",
    };
    targets.push(target);
    byKey.set(planned.key, target);
  }

  const matchedIds = new Set([...matches.values()].map((match) => match.node.id));
  const kept = existing.filter((node) => node.alive && node.sourcePath === null && !matchedIds.has(node.id));
  const gone = existing.filter((node) => node.alive && node.sourcePath !== null && node.parentId !== null && !matchedIds.has(node.id));
  const names =
    trip === undefined
      ? []
      : await db
          .selectFrom("names")
          .select(["parent_id as parentId", "segment", "node_id as nodeId"])
          .where("trip_id", "=", trip.id)
          .execute();
  const collisions = assignSegments(targets, kept, names);
  const slug = trip?.slug ?? slugify(plan.trip.slug);
  requireShortPaths(targets, slug);

  const rendered = await render(service, targets, onProgress);
  return { trip, targets, gone, rendered, summary: summarise(plan, trip, slug, targets, kept, gone, existing, collisions) };
}

async function findTarget(service: TripService, plan: ImportPlan, tripId: TripId | undefined): Promise<Trip | undefined> {
  const { db } = service.database;
  if (tripId !== undefined) return getTrip(db, tripId);
  const slug = foldName(plan.trip.slug);
  const row = await db.selectFrom("trips").select("id").where("slug", "=", slug).where("id", ">", 0).executeTakeFirst();
  if (row !== undefined) return getTrip(db, row.id);
  // A trip that was renamed since its last import is still the one that this source made.
  const [former] = (await findTripsBySlug(db, slug)).value;
  return former === undefined ? undefined : getTrip(db, former.tripId);
}

async function loadExisting(service: TripService, tripId: TripId): Promise<ExistingNode[]> {
  const current = await service.snapshot(tripId);
  const { db } = service.database;
  const rows = await db
    .selectFrom("nodes")
    .select(["id", "parent_id as parentId", "segment", "title", "content_hash as contentHash", "source_path as sourcePath"])
    .where("trip_id", "=", tripId)
    .execute();
  const { snapshot } = current!;
  return rows.map((row) => {
    const index = snapshot.findById(row.id);
    return { ...row, alive: index !== -1 && snapshot.isAlive(index) };
  });
}

async function loadBodies(service: TripService, hashes: readonly string[]): Promise<Map<string, string>> {
  const rows = await inChunks([...new Set(hashes)], (some) =>
    service.database.db.selectFrom("contents").select(["hash", "body"]).where("hash", "in", some).execute(),
  );
  return new Map(rows.map((row) => [row.hash, row.body]));
}

/** `plan:KEY` where a link's target stands, as `node:ID`. */
function withNodeLinks(body: string, idOf: ReadonlyMap<string, NodeId>): string {
  return body.replace(/(\]\(\s*<?|\]:\s*<?|\bhref\s*=\s*["'])plan:([^\s()<>"'#]*)/g, (link: string, before: string, key: string) => {
    const id = idOf.get(decodeURIComponent(key));
    return id === undefined ? link : `${before}node:${id}`;
  });
}

function requireShortPaths(targets: readonly Target[], slug: string): void {
  const lengths = new Map<Target, number>();
  for (const target of targets) {
    const length =
      target.parent === null
        ? formatPath([slug || "-".repeat(12)]).length
        : lengths.get(target.parent)! + formatPath([target.segment]).length;
    lengths.set(target, length);
    if (length > PATH_LIMIT_BYTES)
      throw new QRCardsError(
        "import-refused",
        `"${target.planned.key}" would have an address of ${length} characters; ${PATH_LIMIT_BYTES} are the most.`,
      );
  }
}

/** HTML for the texts that have none yet, each text once. */
async function render(
  service: TripService,
  targets: readonly Target[],
  onProgress: ApplyOptions["onProgress"],
): Promise<Map<string, PreparedBody>> {
  const bodies = new Map(targets.map((target) => [target.body.hash, target.body.body]));
  const { db } = service.database;
  const known = await inChunks([...bodies.keys()], (some) =>
    db.selectFrom("rendered").select("content_hash as hash").where("renderer", "=", RENDERER).where("content_hash", "in", some).execute(),
  );
  for (const { hash } of known) bodies.delete(hash);
  const rendered = new Map<string, PreparedBody>();
  const total = bodies.size;
  onProgress?.({ step: "rendering", done: 0, total });
  await inChunks([...bodies], (some) =>
    Promise.all(
      some.map(async ([hash, body]) => {
        rendered.set(hash, await service.prepareBody(body));
        onProgress?.({ step: "rendering", done: rendered.size, total });
        return [];
      }),
    ),
  );
  return rendered;
}

function summarise(
  plan: ImportPlan,
  trip: Trip | undefined,
  slug: string,
  targets: readonly Target[],
  kept: readonly ExistingNode[],
  gone: readonly ExistingNode[],
  existing: readonly ExistingNode[],
  collisions: SyncSummary["collisions"],
): SyncSummary {
  const byId = new Map(existing.map((node) => [node.id, node]));
  const pathOf = (node: ExistingNode | undefined): string =>
    node?.parentId == null ? "" : `${pathOf(byId.get(node.parentId))}/${node.segment ?? "…"}`;
  const newPath = (target: Target): string => (target.parent === null ? "" : `${newPath(target.parent)}/${target.segment}`);
  const changes: SyncSummary["changes"][number][] = [];
  let created = 0;
  let updated = 0;
  let unchanged = 0;
  for (const target of targets) {
    if (target.match === undefined) {
      created += 1;
      continue;
    }
    const { node, reason } = target.match;
    const line = { title: target.title, from: pathOf(node), to: newPath(target), reason };
    if (!node.alive) changes.push({ kind: "restored", ...line });
    else if (target.parent !== null && node.parentId !== target.parent.id) changes.push({ kind: "moved", ...line });
    else if (target.parent !== null && node.segment !== target.segment) changes.push({ kind: "renamed", ...line });
    if (node.title !== target.title || node.contentHash !== target.body.hash) updated += 1;
    else if (changes.at(-1)?.to !== line.to) unchanged += 1;
  }
  for (const node of gone) changes.push({ kind: "deleted", title: node.title, from: pathOf(node), to: null, reason: null });
  const count = (kind: string) => changes.filter((change) => change.kind === kind).length;
  return {
    tripId: trip?.id ?? null,
    slug,
    created,
    updated,
    renamed: count("renamed"),
    moved: count("moved"),
    restored: count("restored"),
    deleted: gone.length,
    unchanged,
    kept: kept.length,
    assets: plan.assets.length,
    aliases: plan.nodes.reduce((sum, node) => sum + node.aliases.length, 0),
    changes,
    collisions,
  };
}

async function write(trx: Transaction<Schema>, plan: ImportPlan, work: Work, at: number, { onProgress }: ApplyOptions): Promise<TripId> {
  const { targets, gone, rendered } = work;
  const progress = (done: number) => onProgress?.({ step: "writing", done, total: targets.length });
  progress(0);
  await storeBodies(trx, targets, rendered, at);
  const root = targets[0]!;
  const tripId = work.trip === undefined ? await createPlannedTrip(trx, plan, root, at) : await requireUnchanged(trx, work.trip);

  // All who leave a place leave first, so that whoever takes it finds it free, in a ring too.
  const movers = targets.filter(
    (target) =>
      target.match !== undefined &&
      target.parent !== null &&
      (!target.match.node.alive || target.match.node.parentId !== target.parent.id || target.match.node.segment !== target.segment),
  );
  for (const { id } of movers) {
    await trx.updateTable("nodes").set({ segment: null }).where("id", "=", id).execute();
    await trx.deleteFrom("tombstones").where("node_id", "=", id).execute();
  }
  const goneIds = new Set(gone.map((node) => node.id));
  for (const node of gone) {
    // What lies below a deleted page is gone with it.
    if (node.parentId !== null && goneIds.has(node.parentId)) continue;
    await trx
      .insertInto("tombstones")
      .values({ node_id: node.id, trip_id: tripId, segment: node.segment!, deleted_at: at, successor_id: null })
      .execute();
    await trx
      .updateTable("nodes")
      .set((row) => ({ segment: null, revision: row("revision", "+", 1), updated_at: at }))
      .where("id", "=", node.id)
      .execute();
  }

  const created = targets.filter((target) => target.match === undefined && target.parent !== null);
  await inChunks(created, async (some) => {
    await trx
      .insertInto("nodes")
      .values(some.map((target) => toRow(target, tripId, at)))
      .execute();
    progress(targets.indexOf(some.at(-1)!));
    return [];
  });
  for (const target of targets) if (target.match !== undefined) await updateNode(trx, target, at);

  await storeAssets(trx, tripId, plan.assets, at);
  for (const target of targets) for (const alias of target.planned.aliases) await addAlias(trx, tripId, root.id, target.id, alias, at);
  progress(targets.length);
  return tripId;
}

async function storeBodies(
  trx: Transaction<Schema>,
  targets: readonly Target[],
  rendered: ReadonlyMap<string, PreparedBody>,
  at: number,
): Promise<void> {
  for (const body of rendered.values()) await storeBody(trx, body, at);
  // Texts whose HTML was there already may lack nothing, or were collected in between.
  const rest = new Map(targets.filter((target) => !rendered.has(target.body.hash)).map((target) => [target.body.hash, target.body.body]));
  await inChunks([...rest], async (some) => {
    await trx
      .insertInto("contents")
      .values(some.map(([hash, body]) => ({ hash, body, created_at: at })))
      .onConflict((conflict) => conflict.column("hash").doNothing())
      .execute();
    return [];
  });
}

async function createPlannedTrip(trx: Transaction<Schema>, plan: ImportPlan, root: Target, at: number): Promise<TripId> {
  const { trip } = plan;
  const node = await createTrip(
    trx,
    {
      id: root.id,
      title: root.title,
      slug: slugify(trip.slug) || null,
      contentHash: root.body.hash,
      state: trip.state,
      language: trip.language,
      direction: trip.direction,
      sourcePath: root.planned.key,
    },
    at,
  );
  return node.tripId;
}

async function requireUnchanged(trx: Transaction<Schema>, trip: Trip): Promise<TripId> {
  const now = await getTrip(trx, trip.id);
  if (now.version !== trip.version || now.stamp !== trip.stamp) throw new ChangedMeanwhile();
  return trip.id;
}

function toRow(target: Target, tripId: TripId, at: number) {
  const { planned } = target;
  return {
    id: target.id,
    trip_id: tripId,
    parent_id: target.parent!.id,
    segment: target.segment,
    slug_explicit: planned.slug === undefined ? 0 : 1,
    position: target.position,
    title: target.title,
    content_hash: target.body.hash,
    state: planned.state,
    language: planned.language ?? null,
    direction: planned.direction ?? null,
    source_path: planned.key,
    created_at: at,
    updated_at: at,
  };
}

/** Writes only what differs, so that an import of the same source changes nothing and raises no revision. */
async function updateNode(trx: Transaction<Schema>, target: Target, at: number): Promise<void> {
  const before = await getNode(trx, target.id);
  const { planned, parent } = target;
  const after = {
    parent_id: parent === null ? null : parent.id,
    segment: target.segment,
    slug_explicit: parent === null ? (before.slugIsExplicit ? 1 : 0) : planned.slug === undefined ? 0 : 1,
    position: target.position,
    title: target.title,
    content_hash: target.body.hash,
    state: parent === null ? before.state : planned.state,
    language: planned.language ?? (parent === null ? before.language : null),
    direction: planned.direction ?? (parent === null ? before.direction : null),
    source_path: planned.key,
  };
  const same =
    after.parent_id === before.parentId &&
    after.segment === before.segment &&
    after.slug_explicit === (before.slugIsExplicit ? 1 : 0) &&
    after.position === before.position &&
    after.title === before.title &&
    after.content_hash === before.contentHash &&
    after.state === before.state &&
    after.language === before.language &&
    after.direction === before.direction &&
    after.source_path === before.sourcePath;
  if (same) return;
  await trx
    .updateTable("nodes")
    .set({ ...after, revision: before.revision + 1, updated_at: at })
    .where("id", "=", target.id)
    .execute();
}

/**
 * A former address of the source becomes a past name. Where its folder was never a page, one that is deleted from the
 * start holds its place; it sends readers on to the page above.
 */
async function addAlias(
  trx: Transaction<Schema>,
  tripId: TripId,
  rootId: NodeId,
  nodeId: NodeId,
  alias: readonly string[],
  at: number,
): Promise<void> {
  const segments = alias.map((part) => slugify(part)).filter((part) => part !== "");
  const last = segments.pop();
  if (last === undefined) return;
  let parentId = rootId;
  for (const segment of segments)
    parentId = (await findPlace(trx, parentId, segment)) ?? (await createPlaceholder(trx, tripId, parentId, segment, at));
  await trx
    .insertInto("names")
    .values({ trip_id: tripId, parent_id: parentId, segment: last, node_id: nodeId, retired_at: at })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  // An alias that is where the page stands today is no past name.
  await trx
    .deleteFrom("names")
    .where("parent_id", "=", parentId)
    .where("segment", "=", last)
    .where("node_id", "=", nodeId)
    .where("held_until", "=", 0)
    .where((row) =>
      row.exists(
        row.selectFrom("nodes").select("id").where("id", "=", nodeId).where("parent_id", "=", parentId).where("segment", "=", last),
      ),
    )
    .execute();
}

async function findPlace(trx: Transaction<Schema>, parentId: NodeId, segment: string): Promise<NodeId | undefined> {
  const living = await trx
    .selectFrom("nodes")
    .select("id")
    .where("parent_id", "=", parentId)
    .where("segment", "=", segment)
    .executeTakeFirst();
  if (living) return living.id;
  const past = await trx
    .selectFrom("names")
    .select("node_id")
    .where("parent_id", "=", parentId)
    .where("segment", "=", segment)
    .orderBy("retired_at", "desc")
    .executeTakeFirst();
  return past?.node_id;
}

async function createPlaceholder(trx: Transaction<Schema>, tripId: TripId, parentId: NodeId, segment: string, at: number): Promise<NodeId> {
  const id = createNodeId();
  const empty = contentHash("");
  await trx
    .insertInto("contents")
    .values({ hash: empty, body: "", created_at: at })
    .onConflict((conflict) => conflict.column("hash").doNothing())
    .execute();
  await trx
    .insertInto("nodes")
    .values({
      id,
      trip_id: tripId,
      parent_id: parentId,
      segment: null,
      slug_explicit: 0,
      position: 0,
      title: segment,
      content_hash: empty,
      state: "public",
      language: null,
      direction: null,
      source_path: null,
      created_at: at,
      updated_at: at,
    })
    .execute();
  await trx.insertInto("tombstones").values({ node_id: id, trip_id: tripId, segment, deleted_at: at, successor_id: parentId }).execute();
  await trx.insertInto("names").values({ trip_id: tripId, parent_id: parentId, segment, node_id: id, retired_at: at }).execute();
  return id;
}

/** Statements have a limit of parameters; 500 rows stay far below either database's. */
async function inChunks<T, R>(items: readonly T[], each: (some: T[]) => Promise<readonly R[]>): Promise<R[]> {
  const results: R[] = [];
  for (let start = 0; start < items.length; start += 500) results.push(...(await each(items.slice(start, start + 500))));
  return results;
}
