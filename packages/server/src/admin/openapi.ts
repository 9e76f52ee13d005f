import swagger from "@fastify/swagger";
import type { FastifyInstance, FastifySchema } from "fastify";
import { answerSchema, Problem, type Route, SCOPES } from "../contract/index.ts";
import { headersSchema } from "./request-parts.ts";

/** Has the document made from the routes that are registered from now on: `fastify.swagger()`. */
export async function registerOpenApi(fastify: FastifyInstance, publicUrl: string): Promise<void> {
  fastify.addSchema(Problem);
  await fastify.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "QRCards",
        version: "1",
        description:
          "Trips become pages, pages carry cards. Errors are problem documents (RFC 9457); every answer is for its asker alone (`Cache-Control: no-store`).",
        license: { name: "MIT", identifier: "MIT" },
      },
      servers: [{ url: publicUrl }],
      tags: [
        { name: "Trips", description: "One record, many pages." },
        { name: "Nodes", description: "Pages, to any depth." },
        { name: "Cards", description: "Codes that lead to pages, for ever." },
        { name: "Assets", description: "Images of pages." },
        { name: "Operations", description: "What is cached." },
        { name: "About", description: "This document, and what became of a change." },
      ],
      components: {
        securitySchemes: {
          token: {
            type: "http",
            scheme: "bearer",
            description: `Made by \`qrcards token create\`, with some of the scopes ${SCOPES.join(", ")}. \`admin\` stands for all; no other scope implies one.`,
          },
        },
      },
    },
    refResolver: {
      buildLocalReference: (schema, _base, _fragment, index) => (typeof schema.$id === "string" ? schema.$id : `schema-${index}`),
    },
  });
}

/** What Fastify checks a request by, and what the document says of the route. */
export function describeRoute(name: string, route: Route): FastifySchema {
  const { params, query, body, tag, summary, description, scope, status } = route;
  const headers = headersSchema(route);
  return {
    operationId: name,
    tags: [tag],
    summary,
    ...(description !== undefined && { description }),
    security: scope === "public" ? [] : [{ token: [scope] }],
    ...(params && { params }),
    ...(query && { querystring: query }),
    ...(headers && { headers }),
    ...(body !== undefined && { body: body === "image" ? IMAGE : body }),
    ...(body === "image" && { consumes: ["application/octet-stream"] }),
    response: {
      [status]: answerSchema(route),
      default: { description: "What went wrong.", content: { "application/problem+json": { schema: { $ref: "Problem#" } } } },
    },
  };
}

/** Bytes have no JSON Schema (OpenAPI 3.1.0, "Considerations for File Uploads"), so this one lets everything pass. */
const IMAGE = { description: "The image's bytes, with their own Content-Type or this one." };
