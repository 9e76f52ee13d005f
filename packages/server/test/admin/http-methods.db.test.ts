import { type Route, routes } from "qrcards/contract";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { useSqlite } from "../support/databases.ts";
import { startApi, type TestApi } from "./api-server.ts";

describe("methods", () => {
  const makeDatabase = useSqlite();
  let api: TestApi;
  let tripId: number;
  let nodeId: string;
  beforeAll(async () => {
    api = await startApi(await makeDatabase());
    const { trip } = await api.client.createTrip({ body: { title: "Trip" } });
    tripId = trip.id;
    nodeId = trip.rootId;
  });
  afterAll(() => api.close());

  const target = (path: string) => {
    const filled = path.replace("{tripId}", String(tripId)).replace("{nodeId}", nodeId).replace("{seq}", "1");
    return filled === "/api/explain" ? `${filled}?url=/` : filled;
  };
  const PATHS = [...new Set(Object.values(routes).map((route) => route.path))].map((path): [string, string[]] => {
    const methods: string[] = Object.values<Route>(routes)
      .filter((route) => route.path === path)
      .map((route) => route.method);
    return [path, [...methods, "OPTIONS", ...(methods.includes("GET") ? ["HEAD"] : [])].sort()];
  });

  test.each(PATHS)("%s says which methods it takes, with and without a token", async (path, methods) => {
    const allow = methods.join(", ");
    const options = await fetch(api.url + target(path), { method: "OPTIONS" });
    expect([options.status, options.headers.get("allow")]).toEqual([204, allow]);
    for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE", "PROPFIND"].filter((one) => !methods.includes(one))) {
      const response = await api.send(method, target(path));
      expect([method, response.status, response.headers.get("allow")]).toEqual([method, 405, allow]);
      expect(await response.json()).toMatchObject({ code: "method-not-allowed" });
    }
  });

  test.each(PATHS.filter(([, methods]) => methods.includes("GET")))("HEAD %s is GET without a body", async (path) => {
    const [get, head] = await Promise.all([api.send("GET", target(path)), api.send("HEAD", target(path))]);
    expect(head.status).toBe(200);
    expect(await head.text()).toBe("");
    for (const name of ["content-type", "content-length", "etag", "cache-control"])
      expect(head.headers.get(name)).toBe(get.headers.get(name));
  });

  test.each(["/api", "/api/", "/api/users", "/api//trips", "/api/TRIPS", "/api/trips/1/structure/x"])("%s is nothing", async (path) => {
    for (const method of ["GET", "POST", "OPTIONS"]) {
      const response = await fetch(api.url + path, { method });
      expect([method, response.status, await response.json()]).toMatchObject([method, 404, { code: "not-found" }]);
    }
  });

  test("no other site is let in", async () => {
    const headers = { origin: "https://evil.example", "access-control-request-method": "PATCH" };
    for (const method of ["OPTIONS", "GET"]) {
      const response = await api.send(method, "/api/trips", undefined, headers);
      expect([...response.headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
    }
  });

  test("no answer is kept, sniffed or framed", async () => {
    for (const path of ["/api/trips", "/api/nowhere", "/api/openapi.json"]) {
      const { headers } = await api.send("GET", path);
      expect(headers.get("cache-control")).toBe("no-store");
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
    }
  });
});
