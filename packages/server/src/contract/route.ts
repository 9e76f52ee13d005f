import { type Static, type TObject, type TSchema, Type } from "typebox";
import { closed, nullable } from "./fields.ts";
import type { Scope } from "./scopes.ts";

export type Method = "GET" | "POST" | "PATCH" | "DELETE";

/** One entry of the route table: all that anybody has to know to serve, describe or call it. */
export interface Route {
  readonly method: Method;
  /** With parameters in braces, as OpenAPI writes them: `/api/nodes/{nodeId}`. */
  readonly path: `/api/${string}`;
  /** What a token must have; `public` needs no token. */
  readonly scope: Scope | "public";
  readonly tag: "Trips" | "Nodes" | "Cards" | "Assets" | "Operations" | "About";
  /** One line. */
  readonly summary: string;
  /** What the summary leaves out. */
  readonly description?: string;
  readonly params?: TObject;
  readonly query?: TObject;
  /** A JSON body, or `image` for the bytes of one. */
  readonly body?: TObject | "image";
  /** Of a success. */
  readonly status: 200 | 201;
  /** Of a success; the answer to an edit has `Visibility` besides. */
  readonly response: TSchema;
}

/** What the answer to every edit says of who sees it. */
export const visibility = {
  visible: Type.Enum(["everywhere", "pending"], {
    description:
      "`everywhere`: from now on no server answers a request from what was before this edit. `pending`: as you did not want to wait (`Prefer: respond-async`, status 202) that is still to come, within 2 s; `GET /api/changes/{version}` waits for it.",
    type: "string",
  }),
  afterMs: nullable(
    (description) => Type.Number({ description, minimum: 0 }),
    "How long after the commit that was, in milliseconds; null while it is pending.",
  ),
};

type Visibility = { readonly visible: "everywhere" | "pending"; readonly afterMs: number | null };

/** The schema of a route's whole answer. */
export function answerSchema({ method, response }: Route): TSchema {
  if (method === "GET") return response;
  const { properties, description } = response as TObject & { readonly description?: string };
  return closed({ ...properties, ...visibility }, description === undefined ? {} : { description });
}

type PartOf<R extends Route, Part extends "params" | "query" | "body"> = R extends { readonly [K in Part]: infer Schema }
  ? Schema
  : undefined;

/** The value that a part of the request has; `undefined` where the route has no such part. */
export type PartValue<R extends Route, Part extends "params" | "query" | "body"> =
  PartOf<R, Part> extends infer Schema
    ? Schema extends "image"
      ? Uint8Array
      : Schema extends TSchema
        ? Static<Schema>
        : undefined
    : never;

/** What a route's own handler makes. */
export type ResultOf<R extends Route> = Static<R["response"]>;

export type AnswerOf<R extends Route> = R["method"] extends "GET" ? ResultOf<R> : ResultOf<R> & Visibility;
