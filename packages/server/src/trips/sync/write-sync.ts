import { type RawBuilder, sql, type Transaction } from "kysely";
import type { Schema } from "../../db/schema.ts";
import { slugify } from "../../paths/slugify.ts";
import { linkAssets } from "../asset-service.ts";
import { inChunks } from "../chunks.ts";
import { contentHash } from "../content-hash.ts";
import { createTrip } from "../edits.ts";
import { getTrip } from "../repository.ts";
import type { ImportPlan, NodeId, Trip, TripId } from "../types.ts";
import { changedLists, leavesPlace, type NodeChange } from "./node-changes.ts";
import type { Aliases } from "./plan-aliases.ts";
import type { Sync } from "./plan-sync.ts";
import type { ExistingNode, NodeFacts } from "./read-trip.ts";
import { findImportTarget } from "./reads.ts";
import { sourcePathOf } from "./targets.ts";

type Trx = Transaction<Schema>;

/** The trip is not what the import was worked out for: it has to be worked out again. */
export class ChangedMeanwhile extends Error {}

/**
 * Writes what was worked out, and nothing else; texts and images are there already.
 *
 * @throws ChangedMeanwhile
 */
export async function writeSync(trx: Trx, plan: ImportPlan, sync: Sync, at: number, onWritten: (done: number) => void): Promise<TripId> {
  const { state, changes, restored, deleted } = sync;
  const tripId = state === undefined ? await createPlannedTrip(trx, plan, sync, at) : await requireUnchanged(trx, state.trip);
  // The page of a new trip was made with it.
  const created = changes.filter(({ before, after }) => before === undefined && after.parentId !== null);
  const changed = changes.filter(({ before }) => before !== undefined);

  // All who leave a place leave first, so that whoever takes it finds it free, in a ring too.
  await leavePlaces(trx, changed.filter(leavesPlace));
  await inChunks(idsOf(restored), (some) => trx.deleteFrom("tombstones").where("node_id", "in", some).execute());
  await deletePages(trx, deleted, tripId, at);
  let done = 0;
  const count = (written: number) => {
    done += written;
    onWritten(done);
  };
  await inChunks(created, async (some) => {
    const rows = some.map(({ id, after }) => ({ id, trip_id: tripId, ...toRow(after), created_at: at, updated_at: at }));
    await trx.insertInto("nodes").values(rows).execute();
    count(some.length);
    return [];
  });
  await updatePages(trx, changed, at, count);
  await touchChildren(trx, changes, deleted);
  await insertAliases(trx, sync.aliases, tripId, at);
  await linkAssets(trx, tripId, sync.assets);
  return tripId;
}

async function createPlannedTrip(trx: Trx, plan: ImportPlan, { targets }: Sync, at: number): Promise<TripId> {
  // Another import of the same source may have been faster.
  if ((await findImportTarget(trx, plan, undefined)) !== undefined) throw new ChangedMeanwhile();
  const { slug, language, direction, state } = plan.trip;
  const { id, title, contentHash, planned } = targets[0]!;
  const facts = { id, title, contentHash, state, sourcePath: sourcePathOf(planned), slug: slugify(slug) || null };
  const node = await createTrip(trx, { ...facts, language: planned.language ?? language, direction: planned.direction ?? direction }, at);
  return node.tripId;
}

async function requireUnchanged(trx: Trx, { id, version, stamp }: Trip): Promise<TripId> {
  const now = await getTrip(trx, id);
  if (now.version !== version || now.stamp !== stamp) throw new ChangedMeanwhile();
  return id;
}

function idsOf(nodes: readonly { readonly id: NodeId }[]): NodeId[] {
  return nodes.map(({ id }) => id);
}

async function leavePlaces(trx: Trx, changes: readonly NodeChange[]): Promise<void> {
  await inChunks(idsOf(changes), (some) => trx.updateTable("nodes").set({ segment: null }).where("id", "in", some).execute());
}

async function deletePages(trx: Trx, nodes: readonly ExistingNode[], tripId: TripId, at: number): Promise<void> {
  await inChunks(nodes, async (some) => {
    const rows = some.map(({ id, segment }) => ({ node_id: id, trip_id: tripId, segment: segment!, deleted_at: at, successor_id: null }));
    await trx.insertInto("tombstones").values(rows).execute();
    return trx
      .updateTable("nodes")
      .set((row) => ({ segment: null, revision: row("revision", "+", 1), updated_at: at }))
      .where("id", "in", idsOf(some))
      .execute();
  });
}

/** Pages that differ in the same columns by one statement for some hundred: a database server asked for each of 38,000 took 13 s. */
async function updatePages(trx: Trx, changes: readonly NodeChange[], at: number, onWritten: (count: number) => void): Promise<void> {
  for (const alike of Map.groupBy(changes, (change) => changedColumns(change).join()).values()) {
    const columns = changedColumns(alike[0]!);
    await inChunks(alike, async (some) => {
      await updateOf(some, columns, at).execute(trx);
      onWritten(some.length);
      return [];
    });
  }
}

function updateOf(changes: readonly NodeChange[], columns: readonly Column[], at: number): RawBuilder<unknown> {
  const rows = changes.map(({ id, after }) => {
    const row = toRow(after);
    return sql`(${sql.join([id, ...columns.map((column) => row[column])])})`;
  });
  const assignments = columns.map((column) => {
    const value = sql.ref(`changed.${column}`);
    // PostgreSQL takes every parameter in a list of values for a text.
    return sql`${sql.ref(column)} = ${INTEGERS.has(column) ? sql`cast(${value} as integer)` : value}`;
  });
  return sql`
    with changed (id, ${sql.join(columns.map((column) => sql.ref(column)))}) as (values ${sql.join(rows)})
    update nodes set ${sql.join(assignments)}, revision = nodes.revision + 1, updated_at = ${at}
      from changed where nodes.id = changed.id`;
}

type Column = keyof ReturnType<typeof toRow>;

const INTEGERS: ReadonlySet<Column> = new Set(["position", "slug_explicit"]);

/** Never none. A page that stays in its place is not asked whether it left it: that column is not among them. */
function changedColumns(change: NodeChange): Column[] {
  const before = toRow(leavesPlace(change) ? { ...change.before!, segment: null } : change.before!);
  const after = toRow(change.after);
  return (Object.keys(after) as Column[]).filter((name) => before[name] !== after[name]);
}

/** Parents that were there, and have other children or another order of them now. */
async function touchChildren(trx: Trx, changes: readonly NodeChange[], deleted: readonly ExistingNode[]): Promise<void> {
  const created = new Set(changes.flatMap(({ id, before }) => (before === undefined ? id : [])));
  const parents = new Set([...changes.flatMap(changedLists), ...deleted.map(({ parentId }) => parentId!)]);
  await inChunks(
    [...parents].filter((id) => !created.has(id)),
    (some) =>
      trx
        .updateTable("nodes")
        .set((row) => ({ children_revision: row("children_revision", "+", 1) }))
        .where("id", "in", some)
        .execute(),
  );
}

async function insertAliases(trx: Trx, { names, placeholders }: Aliases, tripId: TripId, at: number): Promise<void> {
  await inChunks(placeholders, async (some) => {
    const nodes = some.map(({ id, parentId, segment }) => {
      const facts = { parentId, segment: null, slugIsExplicit: false, position: 0, title: segment, contentHash: contentHash("") };
      const row = toRow({ ...facts, state: "public", language: null, direction: null, sourcePath: null });
      return { id, trip_id: tripId, ...row, created_at: at, updated_at: at };
    });
    await trx.insertInto("nodes").values(nodes).execute();
    const tombstones = some.map(({ id, parentId, segment }) => ({ node_id: id, segment, successor_id: parentId }));
    await trx
      .insertInto("tombstones")
      .values(tombstones.map((row) => ({ ...row, trip_id: tripId, deleted_at: at })))
      .execute();
    return [];
  });
  await inChunks(names, async (some) => {
    const rows = some.map(({ parentId, segment, nodeId }) => ({ parent_id: parentId, segment, node_id: nodeId }));
    await trx
      .insertInto("names")
      .values(rows.map((row) => ({ ...row, trip_id: tripId, retired_at: at })))
      .execute();
    return [];
  });
}

function toRow(facts: NodeFacts) {
  return {
    parent_id: facts.parentId,
    segment: facts.segment,
    slug_explicit: facts.slugIsExplicit ? 1 : 0,
    position: facts.position,
    title: facts.title,
    content_hash: facts.contentHash,
    state: facts.state,
    language: facts.language,
    direction: facts.direction,
    source_path: facts.sourcePath,
  };
}
