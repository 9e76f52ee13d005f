import { mintCard } from "../../cards/card-service.ts";
import { requireAlive } from "../../trips/places.ts";
import { getNode, getTrip } from "../../trips/repository.ts";
import type { ApiDeps, Handlers } from "../handler.ts";
import { nodeHref, tripHref, viewCard } from "../views.ts";

type CardHandlers = Pick<Handlers, "listNodeCards" | "mintCard" | "listTripCards">;

export function createCardHandlers({ trips, cards, publicUrl }: ApiDeps): CardHandlers {
  const { db } = trips.database;
  return {
    async listNodeCards({ params: { nodeId } }) {
      const { tripId } = await getNode(db, nodeId);
      const found = await cards.list({ nodeId });
      return { cards: found.map((card) => viewCard(card, publicUrl)), links: { trip: tripHref(tripId) } };
    },

    async mintCard({ params: { nodeId } }) {
      return async (trx, at) => {
        await requireAlive(trx, nodeId);
        const card = await mintCard(trx, nodeId, at);
        return {
          tripId: card.tripId,
          answer: async (version) => ({
            card: viewCard(card, publicUrl),
            version,
            links: { self: `/c/${card.code}`, node: nodeHref(nodeId), trip: tripHref(card.tripId) },
          }),
        };
      };
    },

    async listTripCards({ params: { tripId } }) {
      await getTrip(db, tripId);
      const found = await cards.list({ tripId });
      return { cards: found.map((card) => viewCard(card, publicUrl)), links: { trip: tripHref(tripId) } };
    },
  };
}
