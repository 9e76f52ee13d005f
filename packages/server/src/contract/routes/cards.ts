import { Type } from "typebox";
import { cardLinks, listLinks, version } from "../answers.ts";
import { closed } from "../fields.ts";
import { inNode, inTrip } from "../params.ts";
import { Card } from "../resources.ts";
import type { Route } from "../route.ts";

export const cardRoutes = {
  listNodeCards: {
    method: "GET",
    path: "/api/nodes/{nodeId}/cards",
    scope: "read",
    tag: "Cards",
    summary: "List a page's cards with their scans, oldest first",
    params: inNode,
    status: 200,
    response: closed(
      { cards: Type.Array(Card, { description: "Empty until one is minted." }), links: listLinks },
      { description: "The page's cards." },
    ),
  },
  mintCard: {
    method: "POST",
    path: "/api/nodes/{nodeId}/cards",
    scope: "edit",
    tag: "Cards",
    summary: "Mint a further card for a page",
    params: inNode,
    status: 201,
    response: closed(
      {
        card: Card,
        version,
        links: cardLinks,
      },
      { description: "The new card." },
    ),
  },
  listTripCards: {
    method: "GET",
    path: "/api/trips/{tripId}/cards",
    scope: "read",
    tag: "Cards",
    summary: "List all cards of a trip with their scans, oldest first",
    params: inTrip,
    status: 200,
    response: closed(
      { cards: Type.Array(Card, { description: "Of all its pages." }), links: listLinks },
      { description: "The trip's cards." },
    ),
  },
} as const satisfies Readonly<Record<string, Route>>;
