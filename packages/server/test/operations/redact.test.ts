import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { redact, redactTarget } from "../../src/operations/redact.ts";
import { serializeError } from "../../src/operations/serialize-error.ts";

describe("a target in the log", () => {
  test.each([
    ["/book/chapter-1", "/book/chapter-1"],
    ["/c/4Q7RZ2MK", "/c/4Q7RZ2MK"],
    ["/book?token=hush&page=2", "/book"],
    ["/book#hush", "/book"],
    ["/api/trips/qrc_3f8k2m9qw0xz_hush", "/api/trips/[token]"],
    ["/api/trips/qrc%5F3f8k2m9qw0xz%5Fhush/x", "/api/trips/[token]/x"],
    ["http://user:hush@host/x", "http://[secret]@host/x"],
    ["/go/http%3A%2F%2Fuser%3Ahush%40host", "/go/http://[secret]@host"],
    ["/go/http%3A%2F%2Fa:%2F%2Fuser%3Ahush%40host", "/go/http://[secret]@host"],
    ["/go/http://host/x/http://user:hush@host", "/go/http://host/x/http://[secret]@host"],
    ["//user:hush@host/x", "//[secret]@host/x"],
    ["/password=hush", "/password=[secret]"],
  ])("%s is %s", (target, shown) => {
    expect(redactTarget(target)).toBe(shown);
    expect(shown).not.toContain("hush");
  });

  test("is bounded", () => {
    expect(redactTarget(`/${"a".repeat(8_000)}`)).toHaveLength(303);
  });

  test("never has a query", () => {
    fc.assert(fc.property(fc.webPath(), fc.webQueryParameters(), (path, query) => !redactTarget(`/${path}?${query}hush`).includes("hush")));
  });
});

describe("a text in the log", () => {
  test.each([
    'password authentication failed for user "cards"',
    "connect ECONNREFUSED 127.0.0.1:5432",
    "The token is not valid.",
    "SQLITE_BUSY: database is locked",
  ])("%s stays as it is", (text) => {
    expect(redact(text)).toBe(text);
  });

  test.each([
    "connecting to postgres://cards:hush@db.example.org/cards failed",
    "rediss://:hush@cache.example.org is away",
    "Authorization: Bearer hush",
    "cookie: session=hush",
    'no such token qrc_3f8k2m9qw0xz_hush"',
    '{"password":"hush"}',
  ])("%s loses its secret", (text) => {
    expect(redact(text)).not.toContain("hush");
  });
});

describe("an error in the log", () => {
  test("has its name, message, code, stack and causes, and nothing else that hangs on it", () => {
    const cause = Object.assign(new Error("connect to postgres://me:hush@db failed"), { code: "ECONNREFUSED", password: "hush" });
    const error = Object.assign(new TypeError("no answer", { cause }), { request: { headers: { authorization: "Bearer hush" } } });
    const logged = serializeError(error);
    expect(JSON.stringify(logged)).not.toContain("hush");
    expect(logged).toMatchObject({ type: "TypeError", message: "no answer", cause: { code: "ECONNREFUSED" } });
    expect(logged.stack).toContain("redact.test.ts");
  });

  test("that is its own cause, or none at all, can be written", () => {
    const error = new Error("again");
    error.cause = error;
    expect(JSON.stringify(serializeError(error)).match(/"message"/g)).toHaveLength(5);
    expect(serializeError("thrown at qrc_abc_hush")).toEqual({ type: "string", message: "thrown at [token]" });
  });
});
