import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { routes } from "qrcards/contract";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { ApiError, type Client, createClient } from "../../src/main.ts";

interface Received {
  readonly line: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

let server: Server;
let client: Client;
let received: Received[];
let answer: { status: number; type: string; body: string; headers?: Record<string, string> };

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => {
      body += text;
    });
    request.on("end", () => {
      received.push({ line: `${request.method} ${request.url}`, headers: request.headers, body });
      response.writeHead(answer.status, { "content-type": answer.type, ...answer.headers }).end(answer.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  client = createClient({ baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, token: "qrc_test" });
});
afterAll(() => server.close());
beforeEach(() => {
  received = [];
  answer = { status: 200, type: "application/json", body: '{"answer":42}' };
});

async function refusal(call: Promise<unknown>): Promise<ApiError> {
  const error: unknown = await call.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ApiError);
  return error as ApiError;
}

test("there is a method for each route, and no other", () => {
  expect(Object.keys(client)).toEqual(Object.keys(routes));
});

test("a call becomes the request that its route describes", async () => {
  const nodeId = "000000000000";
  expect(await client.patchNode({ params: { nodeId }, body: { title: "T" } }, { revision: 3, idempotencyKey: "k" })).toEqual({
    answer: 42,
  });
  await client.deleteNode({ params: { nodeId }, query: { successorId: "111111111111", revision: 2 } });
  await client.listTrips({ query: { slug: "a b&c" } });
  await client.listTrips();
  expect(received.map(({ line }) => line)).toEqual([
    "PATCH /api/nodes/000000000000",
    "DELETE /api/nodes/000000000000?successorId=111111111111&revision=2",
    "GET /api/trips?slug=a+b%26c",
    "GET /api/trips",
  ]);
  expect(received[0]).toMatchObject({
    body: '{"title":"T"}',
    headers: { authorization: "Bearer qrc_test", "content-type": "application/json", "if-match": '"3"', "idempotency-key": "k" },
  });
  expect(received[1]!.headers).not.toHaveProperty("content-type");
});

test("what stands in an address is encoded", async () => {
  await client.getNode({ params: { nodeId: "../trips?x" } });
  expect(received[0]!.line).toBe("GET /api/nodes/..%2Ftrips%3Fx");
});

test("an image goes as it is", async () => {
  const upload = { params: { tripId: 7 }, query: { filename: "a.png" }, body: Buffer.from("bytes") };
  await client.uploadAsset(upload);
  await client.uploadAsset(upload, { contentType: "image/png" });
  expect(received.map(({ line, headers, body }) => [line, headers["content-type"], body])).toEqual([
    ["POST /api/trips/7/assets?filename=a.png", "application/octet-stream", "bytes"],
    ["POST /api/trips/7/assets?filename=a.png", "image/png", "bytes"],
  ]);
});

test("a refusal carries the server's problem", async () => {
  const problem = { status: 429, code: "rate-limited", detail: "Too many.", more: true };
  answer = { status: 429, type: "application/problem+json", body: JSON.stringify(problem), headers: { "retry-after": "7" } };
  expect(await refusal(client.listTrips())).toMatchObject({
    message: "Too many.",
    status: 429,
    code: "rate-limited",
    retryAfterMs: 7_000,
    problem,
  });
});

test("a refusal by something in between is told apart", async () => {
  answer = { status: 502, type: "text/html", body: "<h1>Bad Gateway</h1>" };
  expect(await refusal(client.listTrips())).toMatchObject({
    message: "The server answered 502 Bad Gateway",
    status: 502,
    code: "unknown",
    problem: undefined,
    retryAfterMs: undefined,
  });
});

test("a call can be given up", async () => {
  const gone = AbortSignal.abort(new Error("not needed"));
  await expect(client.listTrips({}, { signal: gone })).rejects.toThrow("not needed");
  expect(received).toEqual([]);
});
