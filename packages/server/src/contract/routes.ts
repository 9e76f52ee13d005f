import { Type } from "typebox";
import type { Route } from "./route.ts";
import { assetRoutes } from "./routes/assets.ts";
import { cardRoutes } from "./routes/cards.ts";
import { changeRoutes } from "./routes/changes.ts";
import { explainRoutes } from "./routes/explain.ts";
import { flushRoutes } from "./routes/flush.ts";
import { nodeRoutes } from "./routes/nodes.ts";
import { tripRoutes } from "./routes/trips.ts";

/**
 * The whole API: the server's routes, the OpenAPI document and the client are made from this table, so none of them can
 * have a route without a scope or a schema. The names are the client's methods and the document's operation ids.
 */
export const routes = {
  ...tripRoutes,
  ...nodeRoutes,
  ...cardRoutes,
  ...assetRoutes,
  ...changeRoutes,
  ...flushRoutes,
  ...explainRoutes,
  getOpenApi: {
    method: "GET",
    path: "/api/openapi.json",
    scope: "public",
    tag: "About",
    summary: "This API as an OpenAPI 3.1 document",
    status: 200,
    response: Type.Record(Type.String(), Type.Unknown(), { description: "OpenAPI 3.1." }),
  },
} as const satisfies Readonly<Record<string, Route>>;

export type Routes = typeof routes;
export type RouteName = keyof Routes;
