import { Type } from "typebox";
import { closed, count, nodeId, nullable, path, tripId } from "../fields.ts";
import type { Route } from "../route.ts";

const text = (description: string) => Type.String({ description, maxLength: 10_000 });
const milliseconds = (description: string) => Type.Number({ description, minimum: 0 });

const place = closed(
  {
    segment: text("The word of the address."),
    below: text("The title of the page that it was looked for below."),
    pages: Type.Array(
      closed({
        id: nodeId("The page."),
        title: text("Its title."),
        is: Type.Enum(["living", "past", "deleted"], {
          description: "Whether it stands there, stood there and moved on, or was deleted.",
          type: "string",
        }),
      }),
      { description: "The page that stands there, then those that stood there, the last one first." },
    ),
  },
  { description: "A place in the tree." },
);

const step = closed(
  {
    step: Type.Enum(["target", "card", "slug", "structure", "walk"], { description: "What was done.", type: "string" }),
    ms: milliseconds("How long it took, in milliseconds."),
    text: text("What was found."),
    places: Type.Optional(Type.Array(place, { description: "Of a walk: the places that it asked for." })),
  },
  { description: "One step on the way to the answer." },
);

const outcome = closed(
  {
    status: nullable((description) => Type.Integer({ description }), "Of the answer; null for addresses of the server's own."),
    location: nullable(path, "Where a reader is sent; null for all who are not."),
    tripId: nullable(tripId, "The trip; null where there is none."),
    nodeId: nullable(nodeId, "The page; null where there is none."),
    reason: text("Why, in one or two sentences."),
  },
  { description: "What a reader is answered." },
);

const page = (description: string) =>
  closed(
    {
      isCurrent: Type.Boolean({ description: "Whether it may be served now, as it is." }),
      version: count("Of the trip, when it was made."),
      sizeBytes: count("Its estimated memory."),
    },
    { description },
  );

const structure = (description: string) =>
  closed(
    {
      tripId: tripId("The trip."),
      key: text("As it stands in Redis, whether it is there or not."),
      verdict: Type.Enum(["fresh", "stale", "grace", "miss"], {
        description: "What a reader would have been answered with: what was in memory, or `miss`.",
        type: "string",
      }),
      because: text("Why, in one sentence."),
      isLoading: Type.Boolean({ description: "Whether it was being loaded." }),
      memory: nullable(
        (inMemory) =>
          closed(
            {
              version: count("Of the trip."),
              ageMs: milliseconds("Since it was loaded."),
              sizeBytes: count("Its estimated memory."),
            },
            { description: inMemory },
          ),
        "What this process held; null: nothing.",
      ),
      redis: nullable(
        (inRedis) => closed({ version: count("Of the trip."), sizeBytes: count("Its size there.") }, { description: inRedis }),
        "What Redis held; null: nothing, or there is no Redis, or it did not answer. It is believed if it is of the trip's version.",
      ),
    },
    { description },
  );

export const explainRoutes = {
  explain: {
    method: "GET",
    path: "/api/explain",
    scope: "operate",
    tag: "Operations",
    summary: "Explain how an address is answered, and from where",
    description:
      "Tells what the process that answers held before it looked; of several workers another one may hold something else. To look loads what a reader's request would load; a card's scan is not counted. It names drafts and deleted pages too.",
    query: closed({
      url: Type.String({
        description: "A URL, a path, or what a card carries.",
        minLength: 1,
        maxLength: 10_000,
        examples: ["/my-book/chapter-1"],
      }),
    }),
    status: 200,
    response: closed(
      {
        target: text("As a browser would ask for it."),
        outcome,
        version: nullable(count, "The trip's version, as it was read for this; null where there is no trip."),
        steps: Type.Array(step, { description: "In their order." }),
        page: nullable(page, "The finished page in memory; null: none for this very address."),
        structure: nullable(structure, "The trip's structure in each tier; null where there is no trip."),
        freshness: closed(
          {
            leaseMs: milliseconds("How long what is in memory may be believed without another poll; 0: it may not."),
            seq: nullable(count, "The newest change that was polled; null: none yet."),
          },
          { description: "What this process knows of the database's changes." },
        ),
        pid: count("The process that answers."),
      },
      { description: "How the address is answered now." },
    ),
  },
} as const satisfies Readonly<Record<string, Route>>;
