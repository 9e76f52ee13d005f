import { describeAsset, storeAssets, toStored } from "../../trips/asset-service.ts";
import { getTrip } from "../../trips/repository.ts";
import type { ApiDeps, Handlers } from "../handler.ts";
import { tripHref, viewAsset } from "../views.ts";

type AssetHandlers = Pick<Handlers, "uploadAsset" | "listAssets">;

export function createAssetHandlers({ trips, assets }: ApiDeps): AssetHandlers {
  const { db } = trips.database;
  return {
    async uploadAsset({ params: { tripId }, query: { filename }, body }) {
      const asset = describeAsset(filename, body);
      return async (trx, at) => {
        await getTrip(trx, tripId);
        await storeAssets(trx, tripId, [asset], at);
        const stored = viewAsset(toStored(asset, body.byteLength));
        return { tripId, answer: async (version) => ({ asset: stored, version, links: { self: stored.href, trip: tripHref(tripId) } }) };
      };
    },

    async listAssets({ params: { tripId } }) {
      await getTrip(db, tripId);
      const found = await assets.list(tripId);
      return { assets: found.map(viewAsset), links: { trip: tripHref(tripId) } };
    },
  };
}
