import { type Client, createClient } from "@qrcards/web";
import fastify from "fastify";
import { answerSchema, type Route, routes, type Scope } from "qrcards/contract";
import Value from "typebox/value";
import { expect } from "vitest";
import { API_OPTIONS, registerApi } from "../../src/admin/api.ts";
import { createToken } from "../../src/admin/tokens.ts";
import { parseConfig } from "../../src/config.ts";
import type { Db } from "../../src/db/database.ts";
import { createServices, type Services } from "../../src/services.ts";
import type { TestDatabase } from "../support/databases.ts";

export const PUBLIC_URL = "https://cards.example.org";

/** A listening server. */
export interface TestApi {
  readonly url: string;
  readonly db: Db;
  readonly services: Services;
  /** May do everything. */
  readonly client: Client;
  /** A new token's text. */
  token(...scopes: Scope[]): Promise<string>;
  clientWith(token: string): Client;
  /** `fetch` below the server with a token that may do everything. Strings and bytes go as they are, anything else as JSON. */
  send(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Response>;
  close(): Promise<void>;
}

export async function startApi({ url: databaseUrl }: TestDatabase): Promise<TestApi> {
  const services = await createServices(parseConfig({ DATABASE_URL: databaseUrl, PUBLIC_URL, RENDER_THREADS: "1" }));
  const { db } = services.database;
  const server = fastify(API_OPTIONS);
  await registerApi(server, { ...services, pages: undefined, publicUrl: services.config.publicUrl });
  const url = await server.listen({ host: "127.0.0.1", port: 0 });
  const token = async (...scopes: Scope[]) => (await createToken(db, { name: "test", scopes, expiresInMs: null })).text;
  const clientWith = (text: string) => createClient({ baseUrl: url, token: text, fetch: fetchByContract });
  const admin = await token("admin");
  return {
    url,
    db,
    services,
    client: clientWith(admin),
    token,
    clientWith,
    send(method, path, body, headers = {}) {
      const asIs = body === undefined || typeof body === "string" || body instanceof Uint8Array;
      const type = asIs ? {} : { "content-type": "application/json" };
      const content = body === undefined ? {} : { body: (asIs ? body : JSON.stringify(body)) as BodyInit };
      return fetch(url + path, { method, headers: { authorization: `Bearer ${admin}`, ...type, ...headers }, ...content });
    },
    async close() {
      await server.close();
      await services.close();
    },
  };
}

/** `fetch` that holds every success against the contract. */
const fetchByContract: typeof fetch = async (input, init) => {
  const response = await fetch(input, init);
  if (!response.ok) return response;
  const route = findRoute(init?.method, new URL(String(input)).pathname);
  expect(response.status).toBe(route.status);
  expect(Value.Errors(answerSchema(route), await response.clone().json())).toEqual([]);
  return response;
};

function findRoute(method: string | undefined, path: string): Route {
  const matches = (route: Route) => route.method === method && new RegExp(`^${route.path.replaceAll(/\{\w+\}/g, "[^/]+")}$`).test(path);
  const found = Object.values(routes).find(matches);
  if (found === undefined) throw new Error(`The contract has no route ${method} ${path}.`);
  return found;
}

/** The problem that a call must be refused with. */
export async function problemOf(call: Promise<unknown>): Promise<Readonly<Record<string, unknown>>> {
  const error: unknown = await call.then(
    () => new Error("The call was not refused."),
    (reason: unknown) => reason,
  );
  const { problem } = error as { problem?: Readonly<Record<string, unknown>> };
  if (problem === undefined) throw error;
  return problem;
}

/** The smallest PNG: one transparent pixel. */
export const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==",
  "base64",
);
