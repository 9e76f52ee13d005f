import { Type } from "typebox";
import { version } from "../answers.ts";
import { closed, count, nodeId, nullable, tripId } from "../fields.ts";
import type { Route } from "../route.ts";

export const flushRoutes = {
  flush: {
    method: "POST",
    path: "/api/flush",
    scope: "operate",
    tag: "Operations",
    summary: "Have everything, a trip, a subtree or a page read anew",
    description:
      "It holds on all servers when the answer is there, as an edit does, and while Redis is down. What is cached is whole trips: a subtree or a page has its whole trip read anew. At most 10 a minute for a token.",
    body: closed({
      scope: Type.Enum(["all", "trip", "subtree", "path"], { description: "How much.", type: "string" }),
      mode: Type.Optional(
        Type.Enum(["soft", "hard"], {
          description:
            "`soft` (the default): what is cached is out of date, and may stand in only while the database is away. `hard`: no copy of it is served any more, and the pages' stored HTML is made anew (not of everything).",
          type: "string",
        }),
      ),
      tripId: Type.Optional(tripId("With the scope `trip`.")),
      nodeId: Type.Optional(nodeId("With the scopes `subtree` and `path`: the page.")),
    }),
    status: 200,
    response: closed(
      {
        tripId: nullable((description) => count(description), "The trip that is read anew; null for all."),
        pages: nullable((description) => count(description), "How many pages that names; null for all."),
        rendered: count("How many texts lost their stored HTML."),
        version,
      },
      { description: "What was flushed." },
    ),
  },
} as const satisfies Readonly<Record<string, Route>>;
