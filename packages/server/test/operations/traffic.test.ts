import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { Exposition } from "@qrcards/cache/prometheus";
import { afterAll, beforeAll, expect, test } from "vitest";
import { note } from "../../src/http/notes.ts";
import { type Answered, TIMED_EVERY, Traffic } from "../../src/operations/traffic.ts";

const answered: Answered[] = [];
const traffic = new Traffic({ onAnswered: (answer) => answered.push(answer) });
let answer: (request: IncomingMessage, response: ServerResponse) => void;
const server = createServer((request, response) => {
  const begunAt = traffic.begin();
  if (request.url === "/hit") {
    response.end("page");
    traffic.hit(request, response, begunAt, "trip:1");
    return;
  }
  traffic.follow(request, response, begunAt);
  answer(request, response);
});
let origin: string;

beforeAll(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
});

function samples(of: Traffic = traffic): Record<string, number> {
  const out = new Exposition("app");
  of.describe(out);
  const lines = out
    .toString()
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ") + 1))]));
}

/** An answer of this status, until it has been counted. */
async function ask(target: string, status: number, notes = {}): Promise<void> {
  answer = (_request, response) => {
    note(response, notes);
    response.writeHead(status).end();
  };
  const before = answered.length;
  await fetch(origin + target, { redirect: "manual" });
  await expect.poll(() => answered.length).toBe(before + 1);
}

test.each([
  ["/book/one", 200, { cache: "miss" }, 'kind="page",status="2xx",cache="miss"'],
  ["/book/one", 503, { code: "busy" }, 'kind="page",status="5xx",cache="none"'],
  ["/c/4Q7RZ2MK", 302, {}, 'kind="card",status="3xx",cache="none"'],
  ["/assets/x/y.png", 404, {}, 'kind="asset",status="4xx",cache="none"'],
  ["/api/trips?slug=x", 401, {}, 'kind="api",status="4xx",cache="none"'],
  ["/apiary", 404, {}, 'kind="page",status="4xx",cache="none"'],
  ["/healthz", 200, {}, 'kind="health",status="2xx",cache="none"'],
  ["/-/sitemap/1.xml", 200, {}, 'kind="site",status="2xx",cache="none"'],
])("%s answered with %i is counted as what it was", async (target, status, notes, labels) => {
  const series = `app_requests_total{${labels}}`;
  const before = samples()[series] ?? 0;
  await ask(target, status, notes);
  expect(samples()[series]).toBe(before + 1);
  expect(answered.at(-1)).toMatchObject({ status, notes });
});

test("an answer whose reader goes away is counted as such", async () => {
  answer = () => {};
  const socket = connect(Number(new URL(origin).port), "127.0.0.1");
  await once(socket, "connect");
  const before = answered.length;
  socket.write("GET /slow HTTP/1.1\r\nhost: x\r\n\r\n");
  await once(server, "request");
  socket.destroy();
  await expect.poll(() => answered.length).toBe(before + 1);
  expect(answered.at(-1)).toMatchObject({ kind: "page", status: undefined });
  expect(samples()['app_requests_total{kind="page",status="aborted",cache="none"}']).toBe(1);
});

test("pages from memory are all counted, and timed one in so many for all of them", async () => {
  const own = new Traffic({ onAnswered: (answer) => answered.push(answer) });
  const before = answered.length;
  const [request, ok, notModified] = [{ url: "/" }, { statusCode: 200 }, { statusCode: 304 }] as unknown as [
    IncomingMessage,
    ServerResponse,
    ServerResponse,
  ];
  for (let times = 0; times < 3 * TIMED_EVERY; times += 1) own.hit(request, times % 3 === 0 ? notModified : ok, own.begin(), "trip:1");
  expect(samples(own)).toMatchObject({
    'app_requests_total{kind="page",status="2xx",cache="hit"}': 2 * TIMED_EVERY,
    'app_requests_total{kind="page",status="3xx",cache="hit"}': TIMED_EVERY,
    'app_request_duration_seconds_count{kind="page",cache="hit"}': 3 * TIMED_EVERY,
  });
  expect(answered.length).toBe(before + 3);
});

test("an answer that is out was timed from its request on", async () => {
  answer = (_request, response) => void setTimeout(() => response.end(), 30);
  const before = answered.length;
  await fetch(`${origin}/slow`);
  await expect.poll(() => answered.length).toBe(before + 1);
  // A timer may come a millisecond early.
  expect(answered.at(-1)!.durationMs).toBeGreaterThan(28);
});
