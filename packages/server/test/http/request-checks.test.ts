import { createServer, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkReadMethod, checkRequest, type RequestHead } from "../../src/http/request-checks.ts";
import { SERVER_LIMITS } from "../../src/http/server-limits.ts";
import { parseTarget, TARGET_LIMIT_BYTES } from "../../src/paths/parse-target.ts";

function request(changes: Partial<RequestHead> = {}): RequestHead {
  return { method: "GET", url: "/trip/page", httpVersion: "1.1", rawHeaders: ["Host", "example.org"], ...changes };
}
const withHost = (...values: string[]) => request({ rawHeaders: values.flatMap((value) => ["Host", value]) });

describe("the target", () => {
  it.each(["/", "/trip", "/trip/", "/a//b", "/a?b=c?d//e", "/%E4%BD%A0", '/"<>[]{}|^`\\', "/~", "/!"])("%s goes on", (url) => {
    expect(checkRequest(request({ url }))).toBeUndefined();
  });

  it.each([
    ["an empty one", ""],
    ["a second slash at its start, which a URL parser takes for a host", "//evil.example/x"],
    ["the absolute form", "http://example.org/trip"],
    ["the asterisk form", "*"],
    ["the authority form", "example.org:443"],
    ["a raw hash", "/trip#top"],
    ["a hash in the query", "/trip?a#top"],
    ["a space", "/a b"],
    ["a tab", "/a\tb"],
    ["a NUL", "/a\0"],
    ["a DEL", "/a\x7F"],
    ["a raw byte of UTF-8", "/\xC3\xA9"],
  ])("is refused with 400 for %s", (_what, url) => {
    expect(checkRequest(request({ url }))).toMatchObject({ status: 400, code: "bad-target" });
  });

  it("may have 8 KiB, and is refused with 414 beyond", () => {
    const longest = "/".padEnd(SERVER_LIMITS.maxTargetBytes, "a");
    expect(checkRequest(request({ url: longest }))).toBeUndefined();
    expect(checkRequest(request({ url: `${longest}a` }))).toMatchObject({ status: 414, code: "target-too-long" });
    expect(TARGET_LIMIT_BYTES).toBe(SERVER_LIMITS.maxTargetBytes);
  });

  it("goes on exactly when it is one slash, then visible ASCII without a hash", () => {
    const byte = fc.integer({ min: 0, max: 255 }).map((value) => String.fromCharCode(value));
    const targets = fc.oneof(
      fc.string({ unit: byte }),
      fc.string({ unit: byte }).map((rest) => `/${rest}`),
      fc.webPath(),
    );
    fc.assert(
      fc.property(targets, (url) => {
        const visible = [...url].every((character) => character > " " && character < "\x7F" && character !== "#");
        expect(checkRequest(request({ url })) === undefined).toBe(url[0] === "/" && url[1] !== "/" && visible);
      }),
    );
  });

  it("that goes on is never refused as formless by the path parser", () => {
    fc.assert(
      fc.property(fc.webPath(), fc.webQueryParameters(), (path, query) => {
        const url = `${path}?${query}`;
        fc.pre(checkRequest(request({ url })) === undefined);
        const parsed = parseTarget(url);
        expect(parsed.kind === "refused" ? parsed.reason : "").not.toMatch(/slash\.|raw/);
      }),
    );
  });
});

describe("the Host", () => {
  it.each([
    "example.org",
    "EXAMPLE.org",
    "example.org.",
    "example.org:8080",
    "example.org:",
    "example.org:65535",
    "localhost",
    "my_printer",
    "127.0.0.1:3000",
    "[::1]",
    "[2001:db8::1]:3000",
    "[::ffff:127.0.0.1]",
  ])("%s goes on", (host) => {
    expect(checkRequest(withHost(host))).toBeUndefined();
  });

  it.each([
    "",
    " ",
    ":3000",
    "example.org:65536",
    "example.org:8o80",
    "example.org:80:80",
    "example.org/x",
    "user@example.org",
    "exa mple.org",
    "a, b",
    "a,b",
    "[::1",
    "::1",
    "[::1]x",
    "[]",
    "b\xFCcher.example",
    "example.org\0",
    "a".repeat(256),
  ])("%j is refused", (host) => {
    expect(checkRequest(withHost(host))).toMatchObject({ status: 400, code: "bad-host", headers: { connection: "close" } });
  });

  it("must stand there once in HTTP/1.1, however it is spelt", () => {
    expect(checkRequest(withHost())).toMatchObject({ code: "bad-host" });
    expect(checkRequest(withHost("a", "b"))).toMatchObject({ code: "bad-host" });
    expect(checkRequest(withHost("a", "a"))).toMatchObject({ code: "bad-host" });
    expect(checkRequest(request({ rawHeaders: ["host", "a", "Accept", "*/*", "HOST", "a"] }))).toMatchObject({ code: "bad-host" });
  });

  it("may be absent in HTTP/1.0, but not be there twice or malformed", () => {
    expect(checkRequest({ ...withHost(), httpVersion: "1.0" })).toBeUndefined();
    expect(checkRequest({ ...withHost("a", "b"), httpVersion: "1.0" })).toMatchObject({ code: "bad-host" });
    expect(checkRequest({ ...withHost("a b"), httpVersion: "1.0" })).toMatchObject({ code: "bad-host" });
  });

  it("is not mistaken for a value or for another name", () => {
    expect(checkRequest(request({ rawHeaders: ["X", "Host", "Host", "a", "Hosts", "b", "X-Host", "c"] }))).toBeUndefined();
  });
});

describe("version and framing", () => {
  it.each(["0.9", "2.0", "1.2", ""])("HTTP/%s is refused", (httpVersion) => {
    expect(checkRequest(request({ httpVersion }))).toMatchObject({ status: 400, code: "bad-request" });
  });

  it.each([
    ["1.1", ["Transfer-Encoding", "chunked"], true],
    ["1.1", ["Content-Length", "3"], true],
    ["1.1", ["Transfer-Encoding", "chunked", "Content-Length", "3"], false],
    ["1.1", ["CONTENT-LENGTH", "3", "transfer-encoding", "chunked"], false],
    ["1.0", ["Content-Length", "3"], true],
    ["1.0", ["Transfer-Encoding", "chunked"], false],
  ])("HTTP/%s with %j goes on: %s", (httpVersion, framing, goesOn) => {
    const refusal = checkRequest(request({ httpVersion, rawHeaders: ["Host", "a", ...framing] }));
    if (goesOn) expect(refusal).toBeUndefined();
    else expect(refusal).toMatchObject({ status: 400, code: "bad-request", headers: { connection: "close" } });
  });
});

describe("checkReadMethod", () => {
  it("lets GET and HEAD go on", () => {
    expect(checkReadMethod("GET")).toBeUndefined();
    expect(checkReadMethod("HEAD")).toBeUndefined();
  });

  it.each(["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "get", undefined])("refuses %s with 405 and what is allowed", (method) => {
    expect(checkReadMethod(method)).toMatchObject({ status: 405, code: "method-not-allowed", headers: { allow: "GET, HEAD" } });
  });
});

describe("on Node's own server, over a socket", () => {
  let server: Server;
  beforeAll(async () => {
    server = createServer({ insecureHTTPParser: false, requireHostHeader: false }, (incoming, response) => {
      const refusal = checkRequest(incoming) ?? checkReadMethod(incoming.method);
      response.writeHead(refusal?.status ?? 200, refusal?.headers ?? {}).end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  async function statusOf(head: string): Promise<number> {
    const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
    socket.end(Buffer.from(`${head}\r\n\r\n`, "latin1"));
    let answer = "";
    for await (const bytes of socket) answer += bytes;
    return Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]);
  }

  it.each([
    ["GET / HTTP/1.1\r\nHost: a", 200],
    ["HEAD /a/b HTTP/1.1\r\nhOsT: a:1", 200],
    ["GET / HTTP/1.0", 200],
    ["GET / HTTP/1.1", 400],
    ["GET / HTTP/1.1\r\nHost: a\r\nHost: b", 400],
    ["GET / HTTP/1.1\r\nHost: a b", 400],
    ["GET / HTTP/1.1\r\nHost:", 400],
    ["GET //evil HTTP/1.1\r\nHost: a", 400],
    ["GET http://a/ HTTP/1.1\r\nHost: a", 400],
    ["OPTIONS * HTTP/1.1\r\nHost: a", 400],
    ["GET /#x HTTP/1.1\r\nHost: a", 400],
    ["GET /\xE9 HTTP/1.1\r\nHost: a", 400],
    ["GET / HTTP/0.9\r\nHost: a", 400],
    ["GET / HTTP/2.0\r\nHost: a", 400],
    ["GET / HTTP/1.0\r\nTransfer-Encoding: chunked", 400],
    ["GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 1", 400],
    [`GET /${"a".repeat(8192)} HTTP/1.1\r\nHost: a`, 414],
    ["POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0", 405],
  ])("%j is answered with %i", async (head, status) => {
    expect(await statusOf(head)).toBe(status);
  });
});
