import type { FastifyInstance, FastifyRequest } from "fastify";
import { type Route, type RouteName, routes } from "../contract/index.ts";
import { QRCardsError } from "../errors.ts";
import type { Patience } from "../freshness/patience.ts";
import type { Visibility } from "../freshness/visibility.ts";
import type { TripService } from "../trips/service.ts";
import { sendAnswer, sendEdit } from "./answers.ts";
import { authenticate, requireScope } from "./authentication.ts";
import type { FailedAttempts } from "./failed-attempts.ts";
import type { Input } from "./handler.ts";
import type { IdempotencyStore } from "./idempotency.ts";
import { describeRoute } from "./openapi.ts";
import { type Edit, performEdit } from "./perform-edit.ts";
import { prefersAsync, readKeyedRequest, readRevision } from "./request-parts.ts";
import { routerPath } from "./route-paths.ts";
import { recordUse, type Token } from "./tokens.ts";

/** What all routes share. */
export interface RouteContext {
  readonly trips: TripService;
  readonly visibility: Pick<Visibility, "everywhere">;
  readonly patience: Pick<Patience, "ask">;
  readonly failedAttempts: FailedAttempts;
  readonly keys: IdempotencyStore;
}

/** A handler as the loop over the table sees it; `Handlers` has held each one against its own route. */
export type AnyHandler = (input: Input<Route>) => Promise<unknown>;

/** One route's whole life, from the token to the answer. */
export function registerRoute(
  fastify: FastifyInstance,
  name: RouteName,
  handler: AnyHandler,
  { trips, visibility, patience, failedAttempts, keys }: RouteContext,
): void {
  const route: Route = routes[name];
  const { db, writer } = trips.database;
  const tokens = new WeakMap<FastifyRequest, Token>();

  fastify.route({
    method: route.method,
    url: routerPath(route),
    schema: describeRoute(name, route),

    // Before the body is read: whoever may not send one costs little.
    async onRequest(request) {
      if (route.scope === "public") return;
      const token = await patience.ask(() => authenticate(db, request, failedAttempts, Date.now()));
      tokens.set(request, token);
      requireScope(token, route.scope);
    },

    async preValidation(request) {
      checkBodyKind(route, request);
    },

    // In one place for all routes that can name a state.
    async preHandler(request) {
      const { state = "draft" } = Object(request.body) as { state?: unknown };
      if (state !== "draft") requireScope(tokens.get(request)!, "publish");
    },

    async handler(request, reply) {
      const { params, query, body } = request;
      const made = await handler({
        params,
        query,
        body,
        revision: readRevision(route, request),
        actor: `token:${tokens.get(request)?.id}`,
      } as Input<Route>);
      if (route.method === "GET") return sendAnswer(reply, route.status, made);

      const keyed = readKeyedRequest(request, tokens.get(request)!);
      const performed = await performEdit({ trips, visibility, keys }, made as Edit<unknown>, route.status, keyed);
      if (performed.replayed) reply.header("idempotency-replayed", "true");
      return sendEdit(reply, performed, prefersAsync(request));
    },

    // Nobody waits for this, and nothing is lost with it but a minute. By the writer, as no reader's connection may wait for its lock.
    async onResponse(request) {
      const token = tokens.get(request);
      if (token === undefined) return;
      await recordUse(writer, token, Date.now()).catch((error: unknown) =>
        request.log.warn({ err: error }, "The use of a token was not written down"),
      );
    },
  });
}

/**
 * A JSON body that is left out is an empty object: schemas then say which fields are missing.
 *
 * @throws QRCardsError for a body where none belongs, or none where bytes belong
 */
function checkBodyKind(route: Route, request: FastifyRequest): void {
  if (route.method === "GET") return;
  if (route.body === "image") {
    if (request.body instanceof Uint8Array) return;
    throw new QRCardsError(
      "unsupported-media-type",
      "Send the image's bytes with their Content-Type, `image/png` for example, or as `application/octet-stream`.",
    );
  }
  request.body ??= {};
  if (route.body === undefined && JSON.stringify(request.body) !== "{}") throw new QRCardsError("bad-request", "This route takes no body.");
}
