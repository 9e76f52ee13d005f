import { connect } from "node:net";
import { buffer } from "node:stream/consumers";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { useSqlite } from "../support/databases.ts";
import { plantTrip } from "./plant-trip.ts";
import { exchange, readAnswers } from "./raw-exchange.ts";
import { useSite } from "./test-site.ts";

const HOST = "Host: cards.example.org\r\n";
const get = (target: string) => `GET ${target} HTTP/1.1\r\n${HOST}\r\n`;
const withHeaders = (...lines: string[]) => `GET /trip HTTP/1.1\r\n${lines.map((line) => `${line}\r\n`).join("")}\r\n`;
const post = (headers: string, body: string) => `POST /trip HTTP/1.1\r\n${HOST}${headers}\r\n${body}`;
/** What nobody must answer: a request within another's body. */
const SMUGGLED = `GET /smuggled HTTP/1.1\r\n${HOST}\r\n`;
const CHUNKED = `${SMUGGLED.length.toString(16)}\r\n${SMUGGLED}\r\n0\r\n\r\n`;

/** Each with the statuses that may come back; none: the connection is ended without a word. */
const HOSTS: [string, string, number[]][] = [
  ["no Host", withHeaders("Accept: */*"), [400]],
  ["two of the same Host", withHeaders("Host: a", "Host: a"), [400]],
  [
    "two Hosts, the second in other letters and far behind",
    withHeaders("Host: a", ..."bcdefgh".split("").map((name) => `${name}: x`), "hOST: b"),
    [400],
  ],
  ["an empty Host", withHeaders("Host: "), [400]],
  ["a Host with a space", withHeaders("Host: a b"), [400]],
  ["a Host with a path", withHeaders("Host: a/b"), [400]],
  ["a Host with a user", withHeaders("Host: user@a"), [400]],
  ["a list of Hosts", withHeaders("Host: a, b"), [400]],
  ["a Host with an impossible port", withHeaders("Host: a:65536"), [400]],
  ["a Host with a word for a port", withHeaders("Host: a:http"), [400]],
  ["a Host with an open bracket", withHeaders("Host: [::1"), [400]],
  ["a Host with a script", withHeaders("Host: <script>alert(1)</script>"), [400]],
  ["a Host with a byte beyond ASCII", withHeaders("Host: \xE4"), [400]],
  ["a Host with a NUL", withHeaders("Host: a\0b"), [400]],
  ["a Host with a space before its colon", withHeaders("Host : a"), [400]],
  ["a Host continued in the next line", withHeaders("Host: a", " b"), [400]],
];

const TARGETS: [string, string, number[]][] = [
  ["two slashes, which a URL parser takes for a host", get("//evil.example/trip"), [400]],
  ["nothing but slashes", get("////"), [400]],
  ["two slashes and a user", get("//user@evil.example"), [400]],
  ["a raw hash", get("/trip#top"), [400]],
  ["the absolute form", get("http://cards.example.org/trip"), [400]],
  ["the absolute form of another host", get("https://evil.example/trip"), [400]],
  ["the asterisk form", get("*"), [400]],
  ["no slash at all", get("trip"), [400]],
  ["an encoded slash", get("/trip%2Fpage"), [400]],
  ["an encoded slash in lower case", get("/trip%2fpage"), [400]],
  ["an encoded backslash", get("/trip%5Cpage"), [400]],
  ["a raw backslash", get("/trip\\page"), [400]],
  ["an encoded NUL", get("/trip/%00"), [400]],
  ["encoded line ends with a header", get("/trip%0d%0aSet-Cookie:%20a=b"), [400]],
  ["an encoded control of the second block", get("/trip/%C2%85"), [400]],
  ["an overlong slash", get("/trip/%c0%af"), [400]],
  ["an overlong slash of three bytes", get("/trip/%e0%80%af"), [400]],
  ["half a character", get("/trip/%e4%bd"), [400]],
  ["a surrogate", get("/trip/%ed%a0%80"), [400]],
  ["beyond the last character", get("/trip/%f5%80%80%80"), [400]],
  ["a byte that no UTF-8 holds", get("/trip/%ff"), [400]],
  ["a percent sign alone", get("/trip/%"), [400]],
  ["half an escape", get("/trip/%4"), [400]],
  ["an escape that is none", get("/trip/%zz"), [400]],
  ["IIS's escapes", get("/trip/%u0041"), [400]],
  ["a raw byte beyond ASCII", get("/trip/\xE4"), [400]],
  ["a raw control", get("/trip/\x01"), [400]],
  ["a raw NUL", get("/trip/\0"), [400]],
  ["a raw DEL", get("/trip/\x7F"), [400]],
  ["a doubly encoded slash", get("/trip%252Fpage"), [404]],
  ["a doubly encoded NUL", get("/trip/%2500"), [404]],
  ["dots that lead up", get("/trip/../../etc/passwd"), [404]],
  ["encoded dots that lead up", get("/%2e%2e/%2e%2e/etc/passwd"), [404]],
  ["dots behind a parameter", get("/trip/..;/admin"), [404]],
  ["a repository", get("/.git/config"), [404]],
  ["a script", get("/trip/<script>alert(1)</script>"), [404]],
  ["an attribute that ends", get(`/trip/"onmouseover="alert(1)`), [404]],
  ["a character that turns the line around", get("/trip/%E2%80%AEtxt"), [404]],
  ["a template", get("/{{7*7}}"), [404]],
  ["SQL", get("/trip'%20or%20'1'='1"), [404]],
  ["a name from an object's prototype", get("/__proto__/constructor"), [404]],
  ["anything in the query", get("/trip?%00%zz%2F<script>'\"\\"), [200]],
  ["the longest target", get(`/${"a".repeat(8_191)}`), [404]],
  ["4,096 segments", get("/a".repeat(4_096)), [404]],
  ["4,096 slashes behind a page", get(`/trip${"/".repeat(4_096)}`), [308]],
  ["4,096 segments below a page", get(`/trip${"/a".repeat(4_090)}`), [404]],
  ["9 KiB", get(`/${"a".repeat(9 * 1024)}`), [414]],
  ["9 KiB of escapes", get(`/${"%41".repeat(3 * 1024)}`), [414]],
  ["20 KiB", get(`/${"a".repeat(20 * 1024)}`), [431]],
];

const FRAMING: [string, string, number[]][] = [
  ["Content-Length and Transfer-Encoding", post("Content-Length: 6\r\nTransfer-Encoding: chunked\r\n", `0\r\n\r\n${SMUGGLED}`), [400]],
  ["Transfer-Encoding and Content-Length", post(`Transfer-Encoding: chunked\r\nContent-Length: ${CHUNKED.length}\r\n`, CHUNKED), [400]],
  ["two Content-Lengths", post(`Content-Length: 0\r\nContent-Length: ${SMUGGLED.length}\r\n`, SMUGGLED), [400]],
  ["a list of Content-Lengths", post(`Content-Length: 0, ${SMUGGLED.length}\r\n`, SMUGGLED), [400]],
  ["a Content-Length with a sign", post(`Content-Length: +0\r\n`, SMUGGLED), [400]],
  ["a negative Content-Length", post(`Content-Length: -1\r\n`, SMUGGLED), [400]],
  ["a hexadecimal Content-Length", post(`Content-Length: 0x0\r\n`, SMUGGLED), [400]],
  ["an endless Content-Length", post(`Content-Length: ${"9".repeat(40)}\r\n`, SMUGGLED), [400]],
  ["an unknown Transfer-Encoding", post("Transfer-Encoding: xchunked\r\n", CHUNKED), [400, 405]],
  ["a Transfer-Encoding that ends otherwise", post("Transfer-Encoding: chunked, identity\r\n", CHUNKED), [400]],
  ["a Transfer-Encoding with a space before its colon", post("Transfer-Encoding : chunked\r\n", CHUNKED), [400]],
  ["a Transfer-Encoding in the next line", post("X: y\r\n Transfer-Encoding: chunked\r\n", CHUNKED), [400]],
  ["a Transfer-Encoding behind a bare line feed", post("X: y\nTransfer-Encoding: chunked\r\n", CHUNKED), [400]],
  ["a Transfer-Encoding behind a bare carriage return", post("X: y\rTransfer-Encoding: chunked\r\n", CHUNKED), [400]],
  ["HTTP/1.0 with a Transfer-Encoding", `POST /trip HTTP/1.0\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n${CHUNKED}`, [400]],
  ["a chunk size that is none", post("Transfer-Encoding: chunked\r\n", `z\r\n${SMUGGLED}`), [400, 405]],
  ["a body within its length", post(`Content-Length: ${SMUGGLED.length}\r\n`, SMUGGLED), [405]],
  ["a body in chunks", post("Transfer-Encoding: chunked\r\n", CHUNKED), [405]],
  ["a GET with a body", `GET /trip HTTP/1.1\r\n${HOST}Content-Length: ${SMUGGLED.length}\r\n\r\n${SMUGGLED}`, [200]],
  ["a header without a colon", withHeaders("Host: a", "nonsense"), [400]],
  ["a header without a name", withHeaders("Host: a", ": x"), [400]],
  ["a header with a NUL", withHeaders("Host: a", "X: a\0b"), [400]],
  ["headers of 17 KiB", withHeaders("Host: a", `X: ${"a".repeat(17 * 1024)}`), [431]],
  ["4,000 headers", withHeaders("Host: a", ...Array<string>(4_000).fill("a:")), [200, 431]],
];

const METHODS: [string, string, number[]][] = [
  ["a method that there is not", `BREW /trip HTTP/1.1\r\n${HOST}\r\n`, [400]],
  ["a method in lower case", `get /trip HTTP/1.1\r\n${HOST}\r\n`, [400]],
  ["CONNECT", `CONNECT evil.example:443 HTTP/1.1\r\n${HOST}\r\n`, []],
  ["TRACE", `TRACE /trip HTTP/1.1\r\n${HOST}\r\n`, [405]],
  ["OPTIONS *", `OPTIONS * HTTP/1.1\r\n${HOST}\r\n`, [400]],
  ["HTTP/2 without being asked", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", [400]],
  ["HTTP/2 by upgrade", withHeaders("Host: a", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABk"), [200]],
  [
    "a WebSocket",
    withHeaders("Host: a", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Key: x", "Sec-WebSocket-Version: 13"),
    [200],
  ],
  ["an expectation that nobody meets", withHeaders("Host: a", "Expect: a-miracle"), [417]],
  ["HTTP/0.9", "GET /trip\r\n\r\n", [400]],
  ["HTTP/1.0", "GET /trip HTTP/1.0\r\n\r\n", [200]],
  ["HTTP/1.2", `GET /trip HTTP/1.2\r\n${HOST}\r\n`, [400]],
  ["HTTP/3.0", `GET /trip HTTP/3.0\r\n${HOST}\r\n`, [400]],
  ["no version", `GET /trip HTTP/\r\n${HOST}\r\n`, [400]],
  ["TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xFC\x03\x03", [400]],
  ["an empty line and then a request", `\r\n${get("/trip")}`, [200, 400]],
];

describe("a server", () => {
  const site = useSite(useSqlite());
  let clean: string;
  const steady = (heard: string) => heard.replace(/\r\nDate: [^\r]*/, "");
  /** That nothing stays behind: the next reader gets the page, byte for byte. */
  const expectUntouched = async () => expect(steady((await exchange(site.port, get("/trip"))).heard)).toBe(clean);

  beforeAll(async () => {
    await plantTrip(site.services, { title: "Trip", children: [{ title: "Page" }] });
    await site.get("/trip");
    clean = steady((await exchange(site.port, get("/trip"))).heard);
    expect(clean).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  });

  test.each([...HOSTS, ...TARGETS, ...FRAMING, ...METHODS])("is not impressed by %s", async (_what, bytes, wanted) => {
    const { statuses, heard, body, ended, durationMs } = await exchange(site.port, bytes);
    expect(durationMs).toBeLessThan(1_000);
    if (wanted.length === 0) expect({ heard, ended }).toEqual({ heard: "", ended: true });
    // One answer, whatever else may be read out of the bytes.
    else expect(wanted.map((status) => [status])).toContainEqual(statuses);
    expect(body).not.toMatch(/smuggled|node_modules|\/src\/|\bat .*:\d+:\d+|sqlite|SELECT |from trips/i);
    expect(body.slice(body.indexOf("<body>"))).not.toMatch(/<script|<img|onmouseover="/);
    expect(heard).not.toMatch(/\r\nset-cookie/i);
    await expectUntouched();
  });

  test("answers what came before the garbage, whole and once", async () => {
    const { statuses, heard } = await exchange(site.port, `${get("/trip/page")}\0\0\0`);
    expect(statuses).toEqual([200]);
    expect(heard).toMatch(/\r\nConnection: close\r\n/);
    expect(heard).toMatch(/<h1>Page<\/h1>[\s\S]*<\/html>\n$/);
    await site.get("/trip/page");
    const held = await exchange(site.port, `${get("/trip/page")}\0\0\0`);
    expect(held.statuses).toEqual([200]);
    expect(held.heard).toMatch(/<\/html>\n$/);
  });

  test("answers requests that come in one piece in their order, in memory or not", async () => {
    const targets = ["/trip", "/nowhere", "/trip/", "/trip/page.md", "/trip"];
    const socket = connect(site.port, "127.0.0.1");
    socket.write(`${targets.map(get).join("")}GET / HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`);
    const { statuses } = readAnswers((await buffer(socket)).toString("latin1"));
    expect(statuses).toEqual([200, 404, 308, 200, 200, 200]);
    await expectUntouched();
  });

  test("survives random bytes", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 300 }), async (bytes) => {
        // A NUL behind them, or it might wait for more, as it should.
        const { statuses, durationMs } = await exchange(site.port, Buffer.concat([bytes, Buffer.from("\0")]));
        expect(statuses.filter((status) => status !== 400)).toEqual([]);
        expect(durationMs).toBeLessThan(1_000);
      }),
      { numRuns: 150 },
    );
    await expectUntouched();
  });

  test("survives sound requests with some bytes changed", async () => {
    const sound = Buffer.from(`GET /trip/page?a=%41 HTTP/1.1\r\n${HOST}Accept-Encoding: gzip, br;q=0.5\r\nIf-None-Match: "x"\r\n\r\n`);
    const change = fc.record({ at: fc.nat(sound.length - 5), byte: fc.integer({ min: 0, max: 255 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
        const bytes = Buffer.from(sound);
        for (const { at, byte } of changes) bytes[at] = byte;
        const { statuses } = await exchange(site.port, bytes);
        expect(statuses.filter((status) => status >= 500)).toEqual([]);
        expect(statuses.length).toBeLessThanOrEqual(2);
      }),
      { numRuns: 150 },
    );
    await expectUntouched();
  });
});
