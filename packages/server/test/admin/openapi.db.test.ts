import { Validator } from "@seriousme/openapi-schema-validator";
import { type Route, routes } from "qrcards/contract";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { useSqlite } from "../support/databases.ts";
import { PUBLIC_URL, startApi, type TestApi } from "./api-server.ts";

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly security: readonly { readonly token: readonly string[] }[];
  readonly parameters?: readonly { readonly in: string; readonly name: string; readonly description?: string }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, object>> };
  readonly responses: Readonly<Record<string, { readonly content: Readonly<Record<string, object>> }>>;
}

interface Document {
  readonly openapi: string;
  readonly servers: readonly object[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: object };
}

describe("the OpenAPI document", () => {
  const makeDatabase = useSqlite();
  let api: TestApi;
  let document: Document;
  beforeAll(async () => {
    api = await startApi(await makeDatabase());
    document = (await (await fetch(`${api.url}/api/openapi.json`)).json()) as Document;
  });
  afterAll(() => api.close());

  test("is valid OpenAPI 3.1, and all its references lead somewhere", async () => {
    const validator = new Validator();
    const { valid, errors } = await validator.validate({ ...structuredClone(document) });
    expect(errors).toBe(undefined);
    expect(valid).toBe(true);
    expect(validator.version).toBe("3.1");
    expect(validator.resolveRefs()).toBeDefined();
    expect(document.servers).toEqual([{ url: PUBLIC_URL }]);
  });

  test("has every route, and no other", () => {
    const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { operationId }]) => `${operationId}: ${method.toUpperCase()} ${path}`),
    );
    const expected = Object.entries(routes).map(([name, { method, path }]) => `${name}: ${method} ${path}`);
    expect(operations.sort()).toEqual(expected.sort());
  });

  test.each(Object.entries<Route>(routes))("tells what %s needs and answers", (name, route) => {
    const operation = document.paths[route.path]![route.method.toLowerCase()]!;
    expect(operation.summary).toBe(route.summary);
    expect(operation.security).toEqual(route.scope === "public" ? [] : [{ token: [route.scope] }]);
    expect(Object.keys(operation.responses)).toEqual([String(route.status), "default"]);
    expect(Object.keys(operation.responses.default!.content)).toEqual(["application/problem+json"]);

    const named = (part: string) =>
      (operation.parameters ?? []).filter((parameter) => parameter.in === part).map((parameter) => parameter.name);
    expect(named("path")).toEqual(Object.keys(route.params?.properties ?? {}));
    expect(named("query")).toEqual(Object.keys(route.query?.properties ?? {}));
    expect(named("header").includes("idempotency-key")).toBe(route.method !== "GET");
    const takesRevision = ["patchNode", "patchTrip", "deleteNode", "deleteTrip", "moveNode", "mergeNode", "restoreNode", "restoreTrip"];
    expect(named("header").includes("if-match")).toBe(takesRevision.includes(name));

    const type = route.body === undefined ? [] : [route.body === "image" ? "application/octet-stream" : "application/json"];
    expect(Object.keys(operation.requestBody?.content ?? {})).toEqual(type);
  });

  test("names what answers are made of", () => {
    expect(Object.keys(document.components.schemas)).toEqual(
      expect.arrayContaining(["Trip", "Node", "NodeWithBody", "Card", "Asset", "Problem"]),
    );
  });
});
