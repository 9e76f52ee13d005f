import type { FastifyInstance, FastifyReply, FastifyRequest, FastifyServerOptions } from "fastify";
import { type ResultOf, type Route, type RouteName, type Routes, routes } from "../contract/index.ts";
import { parseJsonBody } from "../http/json-limits.ts";
import { note } from "../http/notes.ts";
import { describeFault, toProblem } from "../http/problem.ts";
import { SERVER_LIMITS } from "../http/server-limits.ts";
import { ASSET_LIMIT_BYTES } from "../trips/asset-service.ts";
import { sendProblem } from "./answers.ts";
import { challenge } from "./authentication.ts";
import { FailedAttempts } from "./failed-attempts.ts";
import type { ApiDeps, Handlers } from "./handler.ts";
import { createAssetHandlers } from "./handlers/assets.ts";
import { createCardHandlers } from "./handlers/cards.ts";
import { createChangeHandlers } from "./handlers/changes.ts";
import { createExplainHandlers } from "./handlers/explain.ts";
import { createFlushHandlers } from "./handlers/flush.ts";
import { createNodeHandlers } from "./handlers/nodes.ts";
import { createTripHandlers } from "./handlers/trips.ts";
import { IdempotencyStore } from "./idempotency.ts";
import { registerOpenApi } from "./openapi.ts";
import { type AnyHandler, type RouteContext, registerRoute } from "./register-route.ts";
import { findAllowedMethods } from "./route-paths.ts";
import { compileValidator } from "./validator.ts";

/** What the Fastify instance must be made with: the router refuses some addresses before any handler of ours is known. */
export const API_OPTIONS = {
  frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply): void => {
    sendProblem(reply, toProblem(error, request.id));
  },
} satisfies FastifyServerOptions;

/** Serves every route of the contract. The instance is the API's own: made with `API_OPTIONS`, and without other routes. */
export async function registerApi(fastify: FastifyInstance, deps: ApiDeps): Promise<void> {
  const handlers: Handlers = {
    ...createTripHandlers(deps),
    ...createNodeHandlers(deps),
    ...createCardHandlers(deps),
    ...createAssetHandlers(deps),
    ...createChangeHandlers(deps),
    ...createFlushHandlers(deps),
    ...createExplainHandlers(deps),
    getOpenApi: async () => fastify.swagger() as unknown as ResultOf<Routes["getOpenApi"]>,
  };
  const { trips, visibility, patience } = deps;
  const context: RouteContext = { trips, visibility, patience, failedAttempts: new FailedAttempts(), keys: new IdempotencyStore() };

  fastify.setValidatorCompiler(compileValidator);
  // Answers are written by us: their schemas are for the document, and the tests hold every answer against them.
  fastify.setSerializerCompiler(() => JSON.stringify);
  fastify.setErrorHandler(answerError);
  fastify.setNotFoundHandler(answerUnknown);
  await registerOpenApi(fastify, deps.publicUrl);

  const names = Object.keys(routes) as RouteName[];
  const takesImage = (name: RouteName) => (routes[name] as Route).body === "image";
  const register = (scope: FastifyInstance, name: RouteName) => registerRoute(scope, name, handlers[name] as AnyHandler, context);
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser(
    "application/json",
    { parseAs: "buffer", bodyLimit: SERVER_LIMITS.maxJsonBytes },
    async (_request: FastifyRequest, body: Buffer) => (body.length === 0 ? undefined : parseJsonBody(body)),
  );
  for (const name of names) if (!takesImage(name)) register(fastify, name);

  // A scope of their own, so that no other route can be made to take 16 MiB.
  await fastify.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(
      /^(?:image\/|application\/octet-stream$)/,
      { parseAs: "buffer", bodyLimit: ASSET_LIMIT_BYTES },
      async (_request: FastifyRequest, body: Buffer) => body,
    );
    for (const name of names) if (takesImage(name)) register(scope, name);
  });
}

function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const problem = toProblem(error, request.id);
  if (problem.status >= 500) note(reply.raw, { error });
  const authenticate = challenge(error);
  if (authenticate !== undefined) reply.header("www-authenticate", authenticate);
  return sendProblem(reply, problem);
}

/** An address that is none of ours, or one of ours with a method that it does not have. No CORS: other sites have no business here. */
function answerUnknown(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const allow = findAllowedMethods(request.url.split("?", 1)[0]!);
  if (allow === undefined)
    return sendProblem(reply, describeFault({ code: "not-found", message: "There is nothing at this address." }, request.id));
  if (request.method === "OPTIONS") return reply.code(204).headers({ allow, "cache-control": "no-store" }).send();
  return sendProblem(
    reply,
    describeFault({ code: "method-not-allowed", message: `This address does not take ${request.method}.`, headers: { allow } }, request.id),
  );
}
