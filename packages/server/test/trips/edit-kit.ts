import { type Database, transaction } from "../../src/db/database.ts";
import { resolve } from "../../src/paths/resolve.ts";
import { contentHash } from "../../src/trips/content-hash.ts";
import {
  createNode,
  createTrip,
  deleteNode,
  editNode,
  mergeNode,
  moveNode,
  type NodeFacts,
  restoreNode,
  type Trx,
} from "../../src/trips/edits.ts";
import type { Placement } from "../../src/trips/places.ts";
import { Snapshot } from "../../src/trips/snapshot.ts";
import { loadStructure } from "../../src/trips/structure-query.ts";
import type { TripId, TripNode } from "../../src/trips/types.ts";

export const EMPTY = contentHash("");

/** An instant that no clock of a test run shows. */
export const AT = 1_000_000_000_000;

export type EditKit = Awaited<ReturnType<typeof createEditKit>>;

/** Edits as the service makes them, each in a transaction of its own, and looks at what became of them. */
export async function createEditKit(database: Database) {
  await database.db
    .insertInto("contents")
    .values({ hash: EMPTY, body: "", created_at: AT })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const edit = <T>(run: (trx: Trx) => Promise<T>): Promise<T> => transaction(database, run);

  async function snapshot(tripId: TripId): Promise<Snapshot> {
    const loaded = await loadStructure(database.db, tripId);
    if (loaded === undefined) throw new Error(`no trip ${tripId}`);
    return new Snapshot(loaded.bytes);
  }

  return {
    database,
    edit,
    snapshot,
    trip: (slug: string) => edit((trx) => createTrip(trx, { title: slug, slug, language: "en", contentHash: EMPTY }, AT)),
    /** A page whose author chose the slug. */
    page: (parent: TripNode, slug: string, facts: Partial<NodeFacts> & { readonly placement?: Placement } = {}) =>
      edit((trx) => createNode(trx, { title: slug, slug, contentHash: EMPTY, parentId: parent.id, ...facts }, AT)),
    /** A page whose slug is made from its title. */
    titled: (parent: TripNode, title: string) => edit((trx) => createNode(trx, { title, contentHash: EMPTY, parentId: parent.id }, AT)),
    rename: (node: TripNode, slug: string | null, title = node.title) => edit((trx) => editNode(trx, node.id, { slug, title }, AT)),
    move: (node: TripNode, parent: TripNode, placement: Placement = "last") =>
      edit((trx) => moveNode(trx, node.id, { parentId: parent.id, placement }, AT)),
    place: (node: TripNode, placement: Placement) => edit((trx) => moveNode(trx, node.id, { placement }, AT)),
    remove: (node: TripNode, successor?: TripNode) => edit((trx) => deleteNode(trx, node.id, { successorId: successor?.id ?? null }, AT)),
    restore: (node: TripNode) => edit((trx) => restoreNode(trx, node.id, AT)),
    merge: (node: TripNode, into: TripNode) => edit((trx) => mergeNode(trx, node.id, into.id, AT)),

    /** Where a path below the trip leads: the title of a living page, with a star where it is not that page's own path; else `gone` or `none`. */
    async at({ tripId }: TripNode, path: string): Promise<string> {
      const structure = await snapshot(tripId);
      const resolution = resolve(structure, path.split("/"));
      return resolution.kind === "found" ? structure.title(resolution.node) + (resolution.current ? "" : "*") : resolution.kind;
    },

    /** All living paths below the trip, in reading order. */
    async paths({ tripId }: TripNode): Promise<string[]> {
      const structure = await snapshot(tripId);
      const living = Array.from({ length: structure.size }, (_, node) => node).filter((node) => node > 0 && structure.isAlive(node));
      return living.map((node) => structure.path(node).slice(1).join("/"));
    },

    /** The past names of the trip, oldest first. */
    names: ({ tripId }: TripNode) =>
      database.db
        .selectFrom("names")
        .select(["parent_id", "segment", "node_id"])
        .where("trip_id", "=", tripId)
        .orderBy("held_until")
        .execute(),
  };
}
