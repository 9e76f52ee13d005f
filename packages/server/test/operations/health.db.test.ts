import { once } from "node:events";
import { renameSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type Authority, createFreshness } from "@qrcards/cache";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { redisProgram, startRedisServer } from "../../../cache/test/support/redis-server.ts";
import { createHealth, type Readiness } from "../../src/operations/health.ts";
import { eventually, startSite, type TestSite } from "../delivery/test-site.ts";
import { useSqlite } from "../support/databases.ts";

/** A lease (2 s), a poll, and time for a busy machine. */
const NOTICED_MS = 10_000;

async function readinessOf(site: TestSite): Promise<Readiness & { readonly code: number }> {
  const { status, text } = await site.get("/readyz");
  return { code: status, ...JSON.parse(text) };
}

function untilReadiness(site: TestSite, status: Readiness["status"]) {
  return eventually(
    NOTICED_MS,
    () => readinessOf(site),
    (seen) => seen.status === status,
  );
}

describe("health", () => {
  const makeDatabase = useSqlite();
  let site: TestSite;
  let file: string;
  beforeAll(async () => {
    const { url } = await makeDatabase({ migrated: false });
    file = url.slice("sqlite:".length);
    site = await startSite({ databaseUrl: url });
  });
  afterAll(() => site.close());

  test("of a process that runs is ok, asked with any query and by HEAD", async () => {
    for (const target of ["/healthz", "/readyz", "/readyz?from=proxy"]) {
      const got = await site.get(target);
      expect([got.status, got.text]).toEqual([200, '{"status":"ok"}\n']);
      expect(got.headers).toMatchObject({ "content-type": "application/json", "cache-control": "no-store" });
      const head = await site.ask("HEAD", target);
      expect([head.status, head.headers["content-length"], head.text]).toEqual([200, got.headers["content-length"], ""]);
    }
  });

  test("can only be read", async () => {
    for (const target of ["/healthz", "/readyz"]) {
      const { status, headers } = await site.ask("POST", target);
      expect([status, headers.allow]).toEqual([405, "GET, HEAD"]);
    }
  });

  test("asks the database nothing", async () => {
    const before = site.statements.length;
    await site.get("/healthz");
    await site.get("/readyz");
    expect(site.statements.length).toBe(before);
  });

  test("without its database a process goes on to be ready and says what it lacks, until the database is back", async () => {
    renameSync(file, `${file}.away`);
    expect(await untilReadiness(site, "degraded")).toEqual({ code: 200, status: "degraded", reasons: ["database"] });
    expect((await site.get("/healthz")).text).toBe('{"status":"ok"}\n');
    renameSync(`${file}.away`, file);
    expect(await untilReadiness(site, "ok")).toEqual({ code: 200, status: "ok" });
  });
});

describe("a process that", () => {
  const position = { epoch: "a", seq: 1, stamp: "a" };

  /** What a process answers at both addresses. */
  async function ask(authority: Authority, isDraining: boolean): Promise<readonly string[]> {
    const freshness = createFreshness({ authority });
    void freshness.start();
    await new Promise(setImmediate);
    const health = createHealth({ freshness, secondTier: undefined }, () => isDraining);
    const server = createServer((request, response) => health.handle(request, response)).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const answers = ["/healthz", "/readyz"].map(async (path) => {
      const response = await fetch(`http://127.0.0.1:${port}${path}`);
      return `${response.status} ${await response.text()}`;
    });
    try {
      return await Promise.all(answers);
    } finally {
      server.close();
      server.closeAllConnections();
    }
  }

  test("has polled nothing yet lives, and is not ready", async () => {
    const answers = await ask({ poll: () => new Promise(() => {}) }, false);
    expect(answers).toEqual(['200 {"status":"ok"}\n', '503 {"status":"starting"}\n']);
  });

  test("drains lives, and wants no more requests", async () => {
    const answers = await ask({ poll: async () => ({ ...position, generation: 0, changes: [] }) }, true);
    expect(answers).toEqual(['200 {"status":"ok"}\n', '503 {"status":"draining"}\n']);
  });
});

describe.skipIf(redisProgram === undefined)("with Redis", () => {
  const makeDatabase = useSqlite();

  test("a process that loses it is ready, and says so until it is back", async () => {
    const redis = await startRedisServer();
    const { url } = await makeDatabase({ migrated: false });
    const site = await startSite({ databaseUrl: url, env: { REDIS_URL: redis.url } });
    try {
      await untilReadiness(site, "ok");
      await redis.kill();
      expect(await untilReadiness(site, "degraded")).toEqual({ code: 200, status: "degraded", reasons: ["redis"] });
      await redis.restart();
      await untilReadiness(site, "ok");
    } finally {
      await site.close();
      await redis.stop();
    }
  });
});
