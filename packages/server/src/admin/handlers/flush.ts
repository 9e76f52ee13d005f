import type { Routes } from "../../contract/index.ts";
import { QRCardsError } from "../../errors.ts";
import type { FlushRequest } from "../../operations/flush.ts";
import type { ApiDeps, Handlers, Input } from "../handler.ts";

export function createFlushHandlers({ flusher }: ApiDeps): Pick<Handlers, "flush"> {
  return {
    async flush({ body, actor }) {
      const flush = await flusher.prepare(toRequest(body), actor);
      return async (trx, at) => {
        const flushed = await flush(trx, at);
        const { tripId, pages, rendered } = flushed;
        return {
          tripId,
          answer: async (version) => ({ tripId: pages === null ? null : tripId, pages, rendered, version }),
          committed: () => void flusher.sweep(flushed),
        };
      };
    },
  };
}

/** @throws QRCardsError `validation-failed` unless exactly what the scope needs is named */
function toRequest({ scope, mode = "soft", tripId, nodeId }: Input<Routes["flush"]>["body"]): FlushRequest {
  if (scope === "all" && tripId === undefined && nodeId === undefined) return { scope, mode };
  if (scope === "trip" && tripId !== undefined && nodeId === undefined) return { scope, mode, tripId };
  if ((scope === "subtree" || scope === "path") && nodeId !== undefined && tripId === undefined) return { scope, mode, nodeId };
  const needs = { all: "neither `tripId` nor `nodeId`", trip: "`tripId` alone", subtree: "`nodeId` alone", path: "`nodeId` alone" }[scope];
  throw new QRCardsError("validation-failed", `A flush with the scope "${scope}" needs ${needs}.`);
}
