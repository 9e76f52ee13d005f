import { renameSync } from "node:fs";
import { createFreshness } from "@qrcards/cache";
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

  test("a process that drains lives, and wants no more requests", async () => {
    site.app.draining = true;
    expect(await readinessOf(site)).toEqual({ code: 503, status: "draining" });
    expect((await site.get("/healthz")).status).toBe(200);
    site.app.draining = false;
    expect(await readinessOf(site)).toEqual({ code: 200, status: "ok" });
  });
});

test("before its first lease a process is not ready", () => {
  const freshness = createFreshness({ authority: { poll: () => new Promise(() => {}) } });
  expect(createHealth({ freshness, secondTier: undefined }, () => false).readiness()).toEqual({ status: "starting" });
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
