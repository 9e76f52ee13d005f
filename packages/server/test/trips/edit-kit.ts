import { type Database, transaction } from "../../src/db/database.ts";
import { contentHash } from "../../src/trips/content-hash.ts";
import { createNode, createTrip, type NodeFacts, type Trx } from "../../src/trips/edits.ts";
import { Snapshot } from "../../src/trips/snapshot.ts";
import { loadStructure } from "../../src/trips/structure-query.ts";
import type { NodeId, TripId, TripNode } from "../../src/trips/types.ts";

export const EMPTY = contentHash("");

/** An instant that no clock of a test run shows. */
export const AT = 1_000_000_000_000;

/** Edits as the service makes them: each in a transaction of its own. */
export interface EditKit {
  edit<T>(edit: (trx: Trx) => Promise<T>): Promise<T>;
  trip(slug: string, facts?: Omit<Partial<NodeFacts>, "language">): Promise<TripNode>;
  /** A page whose author chose the slug; without one it is made from the title. */
  page(parent: { readonly id: NodeId }, facts: Partial<NodeFacts>): Promise<TripNode>;
  snapshot(tripId: TripId): Promise<Snapshot>;
}

export async function createEditKit(database: Database): Promise<EditKit> {
  await database.db
    .insertInto("contents")
    .values({ hash: EMPTY, body: "", created_at: AT })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const edit: EditKit["edit"] = (run) => transaction(database, run);
  return {
    edit,
    trip: (slug, facts) => edit((trx) => createTrip(trx, { title: slug, slug, language: "en", contentHash: EMPTY, ...facts }, AT)),
    page: (parent, facts) =>
      edit((trx) => createNode(trx, { title: facts.slug ?? "Page", contentHash: EMPTY, parentId: parent.id, ...facts }, AT)),
    async snapshot(tripId) {
      const loaded = await loadStructure(database.db, tripId);
      if (loaded === undefined) throw new Error(`no trip ${tripId}`);
      return new Snapshot(loaded.bytes);
    },
  };
}
