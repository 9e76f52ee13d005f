import type { Static, TObject, TSchema } from "typebox";
import type { Scope } from "./scopes.ts";

export type Method = "GET" | "POST" | "PATCH" | "DELETE";

/** One entry of the route table: all that anybody has to know to serve, describe or call it. */
export interface Route {
  readonly method: Method;
  /** With parameters in braces, as OpenAPI writes them: `/api/nodes/{nodeId}`. */
  readonly path: `/api/${string}`;
  /** What a token must have; `public` needs no token. */
  readonly scope: Scope | "public";
  readonly tag: "Trips" | "Nodes" | "Cards" | "Assets" | "About";
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
  readonly response: TSchema;
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

export type AnswerOf<R extends Route> = Static<R["response"]>;
