import { Type } from "typebox";
import { closed, count } from "../fields.ts";
import type { Route } from "../route.ts";

export const changeRoutes = {
  getChange: {
    method: "GET",
    path: "/api/changes/{seq}",
    scope: "read",
    tag: "About",
    summary: "Wait until a change is visible everywhere",
    description:
      "At most 2 s, and no time at all for a change that is older. From then on no server answers a request from what was before it.",
    params: closed({ seq: count("The number of the change: the `version` in the answer to the edit.") }),
    status: 200,
    response: closed(
      {
        seq: count("The number of the change."),
        visible: Type.Literal("everywhere", { description: "It is." }),
      },
      { description: "The change, when it is visible everywhere." },
    ),
  },
} as const satisfies Readonly<Record<string, Route>>;
