import type { ResultOf, Routes } from "../../contract/index.ts";
import type { Db } from "../../db/database.ts";
import { QRCardsError } from "../../errors.ts";
import { foldName } from "../../paths/slugify.ts";
import { createTrip, deleteNode, editNode, restoreNode } from "../../trips/edits.ts";
import { getTrip, listTrips } from "../../trips/repository.ts";
import { requireUnchanged } from "../../trips/revisions.ts";
import { storeBody } from "../../trips/service.ts";
import type { TripId } from "../../trips/types.ts";
import type { ApiDeps, Handlers } from "../handler.ts";
import type { Done } from "../perform-edit.ts";
import { requireChange } from "../require-change.ts";
import { viewStructure } from "../structure.ts";
import { nodeHref, tripHref, viewTrip } from "../views.ts";

type TripAnswer = ResultOf<Routes["getTrip"]>;
type TripHandlers = Pick<Handlers, "listTrips" | "createTrip" | "getTrip" | "patchTrip" | "deleteTrip" | "restoreTrip" | "getStructure">;

export function createTripHandlers({ trips, publicUrl }: ApiDeps): TripHandlers {
  const { db } = trips.database;

  async function answer(from: Db, tripId: TripId): Promise<TripAnswer> {
    const [found] = await listTrips(from, { id: tripId });
    if (found === undefined) throw new QRCardsError("not-found", `There is no trip ${tripId}.`);
    const trip = viewTrip(found, publicUrl);
    const self = tripHref(tripId);
    return {
      trip,
      version: found.version,
      links: { self, root: nodeHref(found.rootId), structure: `${self}/structure`, cards: `${self}/cards`, page: trip.path },
    };
  }

  const changed = (trx: Db, tripId: TripId): Done<TripAnswer> => ({ tripId, answer: () => answer(trx, tripId) });

  return {
    async listTrips({ query: { slug } }) {
      const found = await listTrips(db, slug === undefined ? {} : { slug: foldName(slug) });
      return { trips: found.map((trip) => viewTrip(trip, publicUrl)) };
    },

    async createTrip({ body: { body = "", ...facts } }) {
      const prepared = await trips.prepareBody(body);
      return async (trx, at) => {
        const contentHash = await storeBody(trx, prepared, at);
        const root = await createTrip(trx, { state: "draft", language: "en", ...facts, contentHash }, at);
        return changed(trx, root.tripId);
      };
    },

    getTrip: ({ params }) => answer(db, params.tripId),

    async patchTrip({ params, body: { revision: _, ...change }, revision }) {
      requireChange(change);
      return async (trx, at) => {
        const { rootId } = await getTrip(trx, params.tripId);
        await requireUnchanged(trx, [{ id: rootId, revision }], change);
        await editNode(trx, rootId, change, at);
        return changed(trx, params.tripId);
      };
    },

    async deleteTrip({ params, revision }) {
      return async (trx, at) => {
        const { rootId } = await getTrip(trx, params.tripId);
        await requireUnchanged(trx, [{ id: rootId, revision }]);
        await deleteNode(trx, rootId, {}, at);
        return changed(trx, params.tripId);
      };
    },

    async restoreTrip({ params, revision }) {
      return async (trx, at) => {
        const { rootId } = await getTrip(trx, params.tripId);
        await requireUnchanged(trx, [{ id: rootId, revision }]);
        await restoreNode(trx, rootId, at);
        return changed(trx, params.tripId);
      };
    },

    async getStructure({ params }) {
      const current = await trips.snapshot(params.tripId);
      if (current === undefined) throw new QRCardsError("not-found", `There is no trip ${params.tripId}.`);
      return viewStructure(current.snapshot);
    },
  };
}
