import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { AuthorityUnavailableError, CacheClosedError, LoadTimeoutError, UnversionedError } from "@qrcards/cache";
import fc from "fast-check";
import Fastify, { type FastifyReply } from "fastify";
import pg from "pg";
import { Type } from "typebox";
import { describe, expect, it } from "vitest";
import { compileValidator } from "../../src/admin/validator.ts";
import { ERRORS, type ErrorCode, QRCardsError } from "../../src/errors.ts";
import { parseJsonBody } from "../../src/http/json-limits.ts";
import { describeFault, toProblem } from "../../src/http/problem.ts";
import { checkReadMethod } from "../../src/http/request-checks.ts";

const codes = Object.keys(ERRORS) as ErrorCode[];
const INTERNAL = toProblem(undefined, "r1");

describe("an error of the catalogue", () => {
  it.each(codes.filter((code) => ERRORS[code].status !== 500))("%s becomes its status with all members", (code) => {
    const { status, body } = toProblem(new QRCardsError(code, "This one."), "r1");
    expect(status).toBe(ERRORS[code].status);
    expect(body).toEqual({
      type: `urn:problem-type:qrcards:${code}`,
      title: expect.stringMatching(/^(QR|[A-Z][a-z]+)( [a-z]+)*$/),
      status,
      code,
      detail: "This one.",
      help: ERRORS[code].help,
      requestId: "r1",
    });
  });

  it.each(codes.filter((code) => ERRORS[code].status === 500))("%s is the operator's matter: the caller hears only internal", (code) => {
    expect(toProblem(new QRCardsError(code, "/etc/qrcards.toml is broken"), "r1")).toEqual(INTERNAL);
  });

  it("carries its details, which cannot replace the members", () => {
    const details = { revision: 7, status: 200, code: "x", requestId: "y" };
    expect(toProblem(new QRCardsError("revision-conflict", "Changed.", { details }), "r1").body).toMatchObject({
      revision: 7,
      status: 409,
      code: "revision-conflict",
      requestId: "r1",
    });
  });

  it("says when to come back for 429 and 503: what the error says, else a default", () => {
    const retryAfter = (code: ErrorCode, details?: Record<string, unknown>) => {
      const problem = toProblem(new QRCardsError(code, "Later.", details ? { details } : {}), "r1");
      expect(problem.body).not.toHaveProperty("retryAfterMs");
      return problem.headers["retry-after"];
    };
    expect(retryAfter("rate-limited", { retryAfterMs: 1_001 })).toBe("2");
    for (const code of codes.filter((code) => [429, 503].includes(ERRORS[code].status))) expect(retryAfter(code)).toMatch(/^[1-9][0-9]*$/);
    expect(retryAfter("not-found")).toBeUndefined();
  });
});

it("a refusal of the request checks keeps its headers", () => {
  expect(describeFault(checkReadMethod("POST")!, "r1")).toMatchObject({
    status: 405,
    headers: { allow: "GET, HEAD" },
    body: { code: "method-not-allowed", requestId: "r1" },
  });
});

describe("anything else that is thrown", () => {
  it("is internal, and says nothing of itself", () => {
    expect(INTERNAL).toMatchObject({ status: 500, body: { code: "internal", requestId: "r1" } });
    const secret = "SELECT secret FROM /var/lib/qrcards.sqlite";
    const errors = [
      new Error(secret),
      new TypeError(secret, { cause: new QRCardsError("not-found", secret) }),
      new AggregateError([new Error(secret)], secret),
      Object.assign(new Error(secret), { statusCode: 404, code: "not-found", details: { secret }, headers: { secret } }),
      Object.assign(new Error(secret), { code: "23505", table: secret }),
      Object.assign(new Error(secret), { code: "FST_ERR_SOMETHING", statusCode: 500 }),
      Object.assign(new Error(secret), { code: "ENOENT", syscall: "open", path: secret }),
      { code: "not-found", message: secret, status: 404 },
      secret,
    ];
    for (const error of errors) expect(toProblem(error, "r1")).toEqual(INTERNAL);
  });

  it("whatever it is, has a problem", () => {
    fc.assert(
      fc.property(fc.anything(), (thrown) => {
        expect(toProblem(thrown, "r1")).toEqual(INTERNAL);
      }),
    );
  });
});

describe("Fastify's errors", () => {
  const answer = (error: unknown, reply: FastifyReply) => {
    const problem = toProblem(error, "r1");
    return reply.code(problem.status).headers(problem.headers).send(problem.body);
  };
  // What the router refuses goes past the error handler.
  const app = Fastify({ bodyLimit: 300, frameworkErrors: (error, _request, reply) => void answer(error, reply) });
  app.setValidatorCompiler(compileValidator);
  app.removeContentTypeParser("application/json");
  app.addContentTypeParser("application/json", { parseAs: "buffer" }, (_request, body, done) => {
    try {
      done(null, parseJsonBody(body as Buffer));
    } catch (error) {
      done(error as Error);
    }
  });
  app.setErrorHandler((error, _request, reply) => answer(error, reply));
  const strict = { additionalProperties: false };
  app.post(
    "/pages/:id",
    {
      schema: {
        params: Type.Object({ id: Type.Integer() }),
        querystring: Type.Object({ dry: Type.Optional(Type.Integer()) }, strict),
        body: Type.Object(
          {
            title: Type.String({ minLength: 1 }),
            state: Type.Union([Type.Literal("draft"), Type.Literal("public")]),
            place: Type.Optional(Type.Object({ at: Type.Integer() }, strict)),
            kind: Type.Optional(Type.Enum(["page", "card"])),
          },
          strict,
        ),
      },
    },
    () => "done",
  );

  const post = async (url: string, payload: string | object, type = "application/json") => {
    const { statusCode, body } = await app.inject({ method: "POST", url, payload, headers: { "content-type": type } });
    return { statusCode, body };
  };
  const good = { title: "A", state: "draft" };

  it("lets a good request pass", async () => {
    expect((await post("/pages/1?dry=1", good)).statusCode).toBe(200);
  });

  it.each<[string, string, object, { in: string; path: string; message: string }[]]>([
    [
      "missing fields",
      "/pages/1",
      {},
      [
        { in: "body", path: "/title", message: "is required" },
        { in: "body", path: "/state", message: "is required" },
      ],
    ],
    [
      "unknown fields, once each",
      "/pages/1",
      { ...good, "a/b": 1, place: { at: 1, where: 2 } },
      [
        { in: "body", path: "/a~1b", message: "is not a known field" },
        { in: "body", path: "/place/where", message: "is not a known field" },
      ],
    ],
    [
      "a wrong choice",
      "/pages/1",
      { ...good, state: "secret" },
      [{ in: "body", path: "/state", message: 'must be one of "draft", "public"' }],
    ],
    [
      "a wrong member of an enum",
      "/pages/1",
      { ...good, kind: "x" },
      [{ in: "body", path: "/kind", message: 'must be one of "page", "card"' }],
    ],
    ["a wrong type", "/pages/1", { ...good, place: { at: "x" } }, [{ in: "body", path: "/place/at", message: "must be integer" }]],
    ["a wrong body", "/pages/1", [], [{ in: "body", path: "", message: "must be object" }]],
    ["a wrong parameter", "/pages/x", good, [{ in: "path", path: "/id", message: "must be integer" }]],
    ["an unknown query parameter", "/pages/1?wet=1", good, [{ in: "query", path: "/wet", message: "is not a known field" }]],
  ])("name each field: %s", async (_what, url, payload, fields) => {
    const { statusCode, body } = await post(url, payload);
    expect(statusCode).toBe(422);
    expect(JSON.parse(body)).toMatchObject({ code: "validation-failed", fields: expect.arrayContaining(fields) });
    expect(JSON.parse(body).fields).toHaveLength(fields.length);
    for (const field of fields) expect(JSON.parse(body).detail).toContain(`${field.in}${field.path} ${field.message}`);
  });

  it.each([
    ["a body too large", "/pages/1", `"${"a".repeat(400)}"`, "application/json", 413, "too-large"],
    ["a type that no route takes", "/pages/1", "<a/>", "application/xml", 415, "unsupported-media-type"],
    ["broken JSON", "/pages/1", "{", "application/json", 400, "bad-request"],
    ["an address that is not UTF-8", "/pages/%FF", "{}", "application/json", 400, "bad-target"],
    ["a parameter beyond all length", `/pages/${"1".repeat(200)}`, "{}", "application/json", 414, "target-too-long"],
  ])("keep the status: %s", async (_what, url, payload, type, status, code) => {
    const { statusCode, body } = await post(url, payload, type);
    expect([statusCode, JSON.parse(body).code]).toEqual([status, code]);
    expect(body).not.toMatch(/FST_|Fastify|node_modules/);
  });
});

describe("a database's errors", () => {
  it("SQLite that another process writes to is busy", () => {
    const directory = mkdtempSync(join(tmpdir(), "qrcards-problem-"));
    const [one, two] = [0, 1].map(() => new DatabaseSync(join(directory, "trips.sqlite"), { timeout: 0 })) as [DatabaseSync, DatabaseSync];
    try {
      one.exec("BEGIN IMMEDIATE");
      const problem = toProblem(
        thrownBy(() => two.exec("BEGIN IMMEDIATE")),
        "r1",
      );
      expect(problem).toMatchObject({ status: 503, headers: { "retry-after": "3" }, body: { code: "busy" } });
    } finally {
      one.close();
      two.close();
      rmSync(directory, { recursive: true });
    }
  });

  it("SQLite whose file cannot be opened is unavailable, and its path is not told", () => {
    const problem = toProblem(
      thrownBy(() => new DatabaseSync("/nowhere/at/all.sqlite")),
      "r1",
    );
    expect(problem).toMatchObject({ status: 503, body: { code: "database-unavailable" } });
    expect(JSON.stringify(problem)).not.toContain("nowhere");
  });

  it("SQLite's other errors are faults of ours", () => {
    expect(
      toProblem(
        thrownBy(() => new DatabaseSync(":memory:").exec("SELEKT 1")),
        "r1",
      ),
    ).toEqual(INTERNAL);
  });

  it.each([
    ["nobody listens", { host: "127.0.0.1", port: 1 }],
    ["nobody listens on any address of the name", { host: "localhost", port: 1 }],
    ["there is no socket", { host: "/nowhere/at/all" }],
  ])("PostgreSQL is unavailable when %s", async (_what, options) => {
    const error = await new pg.Client(options).connect().catch((error: unknown) => error);
    expect(toProblem(error, "r1")).toMatchObject({ status: 503, headers: { "retry-after": "3" }, body: { code: "database-unavailable" } });
  });

  it("PostgreSQL is unavailable once its client was closed, though pg gives no code", async () => {
    const client = new pg.Client();
    await client.end();
    const error = await client.query("SELECT 1").catch((error: unknown) => error);
    expect(toProblem(error, "r1")).toMatchObject({ status: 503, body: { code: "database-unavailable" } });
  });

  it("what the cache throws when nobody says in time what is current means that the database does not answer", () => {
    for (const error of [
      new AuthorityUnavailableError("The authority did not answer in time."),
      new LoadTimeoutError("trip:1:structure", 30_000),
      new CacheClosedError("The cache"),
    ]) {
      const { status, body } = toProblem(error, "r1");
      expect({ status, code: body.code, detail: body.detail }).toEqual({
        status: 503,
        code: "database-unavailable",
        detail: "The database does not answer.",
      });
    }
    expect(toProblem(new UnversionedError("key"), "r1")).toEqual(INTERNAL);
  });

  it.each([
    ["08006", "database-unavailable"],
    ["57P01", "database-unavailable"],
    ["57P03", "database-unavailable"],
    ["53300", "database-unavailable"],
    ["40001", "busy"],
    ["40P01", "busy"],
    ["55P03", "busy"],
    ["57014", "busy"],
    ["42601", "internal"],
    ["23505", "internal"],
  ])("PostgreSQL's SQLSTATE %s becomes %s", (sqlState, code) => {
    const error = Object.assign(new pg.DatabaseError("relation trips", 1, "error"), { code: sqlState });
    expect(toProblem(error, "r1").body.code).toBe(code);
  });
});

function thrownBy(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error("It should have thrown.");
}
