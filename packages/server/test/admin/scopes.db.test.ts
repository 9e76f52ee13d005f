import { grants, type Route, routes, SCOPES, type Scope } from "qrcards/contract";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { useSqlite } from "../support/databases.ts";
import { startApi, type TestApi } from "./api-server.ts";

/** Every route of the table, with no parameter that exists: whoever may pass gets past the token, and no further. */
const ROUTES = Object.entries(routes).map(([name, route]): [string, Route] => [name, route]);

describe("scopes and routes", () => {
  const makeDatabase = useSqlite();
  let api: TestApi;
  const tokens = new Map<Scope, string>();
  beforeAll(async () => {
    api = await startApi(await makeDatabase());
    for (const scope of SCOPES) tokens.set(scope, await api.token(scope));
  });
  afterAll(() => api.close());

  const call = ({ method, path }: Route, token?: string, body?: object) =>
    fetch(api.url + path.replace("{tripId}", "999").replace("{nodeId}", "000000000000"), {
      method,
      headers: { ...(token && { authorization: `Bearer ${token}` }), ...(body && { "content-type": "application/json" }) },
      ...(body && { body: JSON.stringify(body) }),
    });

  /** Reads the answer to its end: a connection with an unread one could not be closed. */
  async function statusOf(call: Promise<Response>): Promise<number> {
    const response = await call;
    await response.arrayBuffer();
    return response.status;
  }

  test.each(ROUTES)("%s lets exactly those pass who hold its scope", async (_name, route) => {
    const outcomes: Record<string, boolean> = {};
    const expected: Record<string, boolean> = {};
    for (const scope of SCOPES) {
      const status = await statusOf(call(route, tokens.get(scope)));
      outcomes[scope] = status !== 401 && status !== 403;
      expected[scope] = route.scope === "public" || grants([scope], route.scope);
    }
    expect(outcomes).toEqual(expected);
    expect((await statusOf(call(route))) === 401).toBe(route.scope !== "public");
  });

  test.each(ROUTES.filter(([, { body }]) => typeof body === "object" && "state" in body.properties))(
    "%s needs publish to name a state that readers see",
    async (name, route) => {
      const refused = async (state: string, ...scopes: Scope[]) => {
        const parent = name === "createNode" ? { parentId: "000000000000" } : {};
        const response = await call(route, await api.token(...scopes), { title: "x", ...parent, state });
        return response.status === 403 ? ((await response.json()) as { scope: string }).scope : undefined;
      };
      expect(await refused("draft", "edit")).toBe(undefined);
      expect(await refused("public", "edit")).toBe("publish");
      expect(await refused("unlisted", "edit")).toBe("publish");
      expect(await refused("public", "publish")).toBe("edit");
      expect(await refused("public", "edit", "publish")).toBe(undefined);
      expect(await refused("public", "admin")).toBe(undefined);
    },
  );

  test("a route is for somebody: most need a token", () => {
    expect(ROUTES.filter(([, { scope }]) => scope === "public").map(([name]) => name)).toEqual(["getOpenApi"]);
    for (const [name, { method, scope, tag }] of ROUTES) {
      const needed = tag === "Operations" ? "operate" : method === "GET" ? "read" : "edit";
      if (scope !== "public") expect([name, scope]).toEqual([name, needed]);
    }
  });

  test("a refusal names the scope, also for programs", async () => {
    const response = await call(routes.createTrip, tokens.get("read"), { title: "x" });
    expect(response.status).toBe(403);
    expect(response.headers.get("www-authenticate")).toBe('Bearer realm="QRCards", error="insufficient_scope", scope="edit"');
    expect(await response.json()).toMatchObject({ code: "forbidden", scope: "edit" });
  });
});
