import fc from "fast-check";
import { type Route, routes } from "qrcards/contract";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eachDatabase } from "../support/databases.ts";
import { startApi, type TestApi } from "./api-server.ts";

/** What belongs in the log and never in an answer: stacks, paths, SQL, names of tables and libraries. */
const INSIDES =
  /\n\s+at |node_modules|\.[mc]?[jt]s:\d|\/src\/|select .* from|insert into|sqlite|postgres|constraint|trip_id|node:internal|FST_/i;

const encode = (text: string) => encodeURIComponent(text.toWellFormed());
const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);

eachDatabase((makeDatabase) => {
  let api: TestApi;
  let rootId: string;
  let tripId: number;
  beforeAll(async () => {
    api = await startApi(await makeDatabase());
    const { trip } = await api.client.createTrip({ body: { title: "Trip" } });
    rootId = trip.rootId;
    tripId = trip.id;
  });
  afterAll(() => api.close());

  /** Sends a request that must be answered, whatever it is, with a success or a problem that says nothing of our insides. */
  async function sendAny(method: string, path: string, body?: string | Uint8Array, headers?: Record<string, string>) {
    const response = await api.send(method, path, body, headers);
    const text = await response.text();
    expect(response.status, text).toBeLessThan(500);
    expect(response.headers.get("cache-control")).toBe("no-store");
    if (response.ok) return { status: response.status, problem: undefined };
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(text).not.toMatch(INSIDES);
    const problem = JSON.parse(text) as { status: number; code: string };
    expect(problem.status).toBe(response.status);
    return { status: response.status, problem };
  }

  const JSON_TYPE = { "content-type": "application/json" };
  test.each<[what: string, status: number, code: string, body: string | Uint8Array, headers?: Record<string, string>]>([
    ["text that is not JSON", 400, "bad-request", "{ title: x }"],
    ["JSON cut short", 400, "bad-request", '{"title":"x'],
    ["two documents", 400, "bad-request", '{"title":"x"}{"title":"y"}'],
    ["bytes that are not UTF-8", 400, "bad-request", Buffer.from('{"title":"\xff"}', "latin1")],
    ["UTF-16", 400, "bad-request", Buffer.from('{"title":"x"}', "utf16le")],
    ["65 levels", 400, "bad-request", nested(65)],
    ["10,000 levels", 400, "bad-request", nested(10_000)],
    ["__proto__", 400, "bad-request", '{"title":"x","__proto__":{"state":"draft"}}'],
    ["constructor", 400, "bad-request", '{"title":"x","constructor":{"prototype":{}}}'],
    ["a NUL", 422, "validation-failed", '{"title":"a\\u0000b"}'],
    ["half a surrogate pair", 422, "validation-failed", '{"title":"\\ud800"}'],
    ["a NUL in a key", 422, "validation-failed", '{"title":"x","a\\u0000":1}'],
    ["a field that is not known", 422, "validation-failed", '{"title":"x","admin":true}'],
    ["a missing field", 422, "validation-failed", "{}"],
    ["no body", 422, "validation-failed", ""],
    ["null", 422, "validation-failed", "null"],
    ["a list", 422, "validation-failed", "[]"],
    ["a text", 422, "validation-failed", '"title"'],
    ["a number for a text", 422, "validation-failed", '{"title":5}'],
    ["a text for a list of words", 422, "validation-failed", '{"title":"x","state":"published"}'],
    ["an empty title", 422, "validation-failed", '{"title":""}'],
    ["a title of spaces", 422, "validation-failed", '{"title":" \\n "}'],
    ["a title of 501 characters", 422, "validation-failed", JSON.stringify({ title: "x".repeat(501) })],
    ["a language that is none", 422, "validation-failed", '{"title":"x","language":"en_GB"}'],
    ["a body of 900 KiB and one", 422, "validation-failed", JSON.stringify({ title: "x", body: "x".repeat(900 * 1024 + 1) })],
    ["a body of too many bytes", 413, "too-large", JSON.stringify({ title: "x", body: "é".repeat(500 * 1024) })],
    ["more than 1 MiB", 413, "too-large", JSON.stringify({ title: "x".repeat(2 ** 20) })],
    ["a form", 415, "unsupported-media-type", "title=x", { "content-type": "application/x-www-form-urlencoded" }],
    ["plain text", 415, "unsupported-media-type", '{"title":"x"}', { "content-type": "text/plain" }],
    ["a type that is none", 415, "unsupported-media-type", '{"title":"x"}', { "content-type": ";;;" }],
    ["JSON of another kind", 415, "unsupported-media-type", '{"title":"x"}', { "content-type": "application/ld+json" }],
  ])("%s as a body is refused with %i %s", async (_what, status, code, body, headers = JSON_TYPE) => {
    expect(await sendAny("POST", "/api/trips", body, headers)).toMatchObject({ status, problem: { code } });
  });

  test("JSON may name its charset", async () => {
    const typed = { "content-type": "application/json; charset=utf-8" };
    expect((await sendAny("POST", "/api/trips", '{"title":"Typed"}', typed)).status).toBe(201);
  });

  test.each([
    ["GET", "/api/trips/", 422],
    ["GET", "/api/trips/0", 422],
    ["GET", "/api/trips/-1", 422],
    ["GET", "/api/trips/1.5", 422],
    ["GET", "/api/trips/1e3", 422],
    ["GET", "/api/trips/0x1", 422],
    ["GET", "/api/trips/%201", 422],
    ["GET", "/api/trips/01", 422],
    ["GET", "/api/trips/2147483648", 422],
    ["GET", "/api/trips/99999999999999999999", 422],
    ["GET", "/api/trips/%D9%A1", 422],
    ["GET", "/api/trips/1'or'1'='1", 422],
    ["GET", "/api/trips/%00", 422],
    ["GET", "/api/trips/%zz", 400],
    ["GET", "/api/trips/%ff", 400],
    ["GET", `/api/trips/${"1".repeat(101)}`, 414],
    ["GET", "/api/nodes/ILOU00000000", 422],
    ["GET", "/api/nodes/..%2f..%2fetc", 422],
    ["GET", "/api/trips?sort=title", 422],
    ["GET", "/api/trips?slug=a&slug=b", 422],
    ["GET", "/api/trips?slug=", 422],
    ["GET", "/api/trips?slug=a%00b", 422],
    ["DELETE", "/api/nodes/000000000000?revision=x", 422],
    ["DELETE", "/api/nodes/000000000000?revision=1.5", 422],
    ["DELETE", "/api/nodes/000000000000?cascade=true", 422],
  ])("%s %s is refused with %i", async (method, path, status) => {
    expect((await sendAny(method, path)).status).toBe(status);
  });

  test("a refusal names each field that is wrong", async () => {
    const { problem } = await sendAny("POST", "/api/nodes", JSON.stringify({ title: 5, parentId: "x", colour: "red" }), JSON_TYPE);
    expect(problem).toMatchObject({
      fields: expect.arrayContaining([
        { in: "body", path: "/title", message: "must be string" },
        { in: "body", path: "/parentId", message: "must not have fewer than 12 characters" },
        { in: "body", path: "/colour", message: "is not a known field" },
      ]),
    });
  });

  test("a body where none belongs is refused, an empty object does no harm", async () => {
    const page = `/api/nodes/${rootId}`;
    expect(await sendAny("POST", `${page}/cards`, '{"count":5}', JSON_TYPE)).toMatchObject({ status: 400 });
    expect(await sendAny("DELETE", page, '{"successorId":"000000000000"}', JSON_TYPE)).toMatchObject({ status: 400 });
    expect(await sendAny("POST", `${page}/cards`, "{}", JSON_TYPE)).toMatchObject({ status: 201 });
    expect(await sendAny("POST", `/api/trips/${tripId}/restore`, "", JSON_TYPE)).toMatchObject({ status: 200 });
  });

  test("what a text holds does not matter to SQL, JSON or Markdown", async () => {
    const body = `'; drop table nodes; -- "\\ \u2028 <script>alert(1)</script> \u{1F4A9} \u202e`;
    const { node } = await api.client.createNode({ body: { parentId: rootId, title: "'; drop table nodes; --", body } });
    expect((await api.client.getNode({ params: { nodeId: node.id } })).node).toMatchObject({ title: "'; drop table nodes; --", body });
  });

  const JSON_ROUTES = Object.values<Route>(routes).flatMap((route) =>
    typeof route.body === "object" ? { ...route, body: route.body } : [],
  );
  const anyTarget = (route: Route) => route.path.replace("{tripId}", String(tripId)).replace("{nodeId}", rootId);

  test("whatever JSON comes, the answer is no 5xx and says nothing of our insides", async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...JSON_ROUTES), fc.jsonValue(), async (route, value) => {
        await sendAny(route.method, anyTarget(route), JSON.stringify(value), JSON_TYPE);
      }),
      { numRuns: 300 },
    );
  });

  test("the same with the right fields and any values", async () => {
    const value = fc.oneof(
      fc.jsonValue({ maxDepth: 1 }),
      fc.string({ unit: "binary", maxLength: 80 }),
      fc.integer(),
      fc.constantFrom("draft", "public", "ltr", "first", "en", null, 1, 2, "a", "-", { before: "000000000000" }),
    );
    const request = fc
      .constantFrom(...JSON_ROUTES)
      .chain((route) =>
        fc.tuple(
          fc.constant(route),
          fc.record(Object.fromEntries(Object.keys(route.body.properties).map((name) => [name, value])), { requiredKeys: [] }),
        ),
      );
    await fc.assert(
      fc.asyncProperty(request, async ([route, body]) => {
        // Real ids, so that edits get as far as they can.
        const ids = { ...("parentId" in body && { parentId: rootId }), ...("intoId" in body && { intoId: rootId }) };
        await sendAny(route.method, anyTarget(route), JSON.stringify({ ...body, ...ids }), JSON_TYPE);
      }),
      { numRuns: 500 },
    );
  });

  test("the same with anything in the address", async () => {
    const text = fc.oneof(fc.string({ unit: "binary", maxLength: 40 }), fc.string({ maxLength: 40 }));
    const part = fc.oneof(text, fc.constantFrom("trips", "nodes", "..", "1", ""));
    const path = fc.oneof(
      fc.constantFrom(...Object.values<Route>(routes)).map(anyTarget),
      fc.array(part, { maxLength: 4 }).map((parts) => ["/api", ...parts.map(encode)].join("/")),
    );
    const query = fc.tuple(fc.oneof(text, fc.constantFrom("slug", "filename", "revision", "successorId")), text);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom("GET", "POST", "PATCH", "DELETE"), path, query, async (method, target, [name, value]) => {
        await sendAny(method, `${target}?${encode(name)}=${encode(value)}`);
      }),
      { numRuns: 500 },
    );
  });

  test("after all of it the server answers as before", async () => {
    const { trip } = await api.client.createTrip({ body: { title: "Afterwards" } });
    expect((await api.client.getTrip({ params: { tripId: trip.id } })).trip).toEqual(trip);
  });
});
