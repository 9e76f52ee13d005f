import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type RedisServer, redisProgram, startRedisServer } from "../../../cache/test/support/redis-server.ts";
import { eachDatabase } from "../support/databases.ts";
import { type CountingServer, startCountingServer } from "./counting-server.ts";
import { type Planted, plantTrip, writeBody } from "./plant-trip.ts";
import { eventually, startSite, type TestSite } from "./test-site.ts";

/** A trip's nodes, past names and tombstones: what a structure in Redis saves. */
const isStructureQuery = (sql: string) => sql.includes("placed_seq");

describe.skipIf(redisProgram === undefined)("with Redis", () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedisServer();
  });
  afterAll(() => redis?.stop());

  eachDatabase((makeDatabase, kind) => {
    const sites: TestSite[] = [];
    const processes: CountingServer[] = [];
    let databaseUrl: string;
    let trip: Planted;

    const settings = () => ({ REDIS_URL: redis.url, REDIS_PREFIX: `of-${kind}` });
    const start = async () => {
      const site = await startSite({ databaseUrl, env: settings() });
      sites.push(site);
      return site;
    };
    const startProcess = async () => {
      const server = await startCountingServer({ ...settings(), DATABASE_URL: databaseUrl });
      processes.push(server);
      return server;
    };
    const redisHas = async (key: string) => (await redis.command(["EXISTS", `of-${kind}:${key}`])) === 1;
    const untilRedisHas = (key: string) => eventually(5_000, () => redisHas(key), Boolean);

    beforeAll(async () => {
      databaseUrl = (await makeDatabase({ migrated: false })).url;
      const author = await start();
      trip = await plantTrip(author.services, { title: "Manual", children: [{ title: "Start", children: [{ title: "Unpack" }] }] });
      await author.get("/manual/start");
      await untilRedisHas(`trip:${trip.tripId}:structure`);
    });
    afterEach(async () => {
      await Promise.all(sites.splice(0).map((site) => site.close()));
      await Promise.all(processes.splice(0).map((server) => server.close()));
    });

    test("the first page of a trip after a restart takes no structure query", async () => {
      const site = await start();
      site.statements.length = 0;
      const { status, headers, text } = await site.get("/manual/start/unpack");
      expect(status).toBe(200);
      expect(headers["cache-status"]).toBe("QRCards; fwd=uri-miss; stored; detail=redis");
      expect(text).toContain("<h1>Unpack</h1>");
      expect(site.statements.filter(isStructureQuery)).toEqual([]);
      // Who has the slug, which version the trip has, the page's HTML.
      expect(site.statements).toHaveLength(3);
      expect(site.services.cache.stats()).toMatchObject({ hitsFromL2: 1, l2: { reads: { accepted: 1 } } });
    });

    test("what one process loaded, another one that starts later does not", async () => {
      await writeBody((await start()).services, trip.id("Start"), "A new version.");
      const [one, other] = [await startProcess(), await startProcess()];
      expect(await one.get("/manual/start")).toContain("A new version.");
      expect((await one.statements()).filter(isStructureQuery)).toHaveLength(1);
      const { cache, database } = sites[0]!.services;
      const { version } = await database.db.selectFrom("trips").select("version").where("id", "=", trip.tripId).executeTakeFirstOrThrow();
      const keptVersion = async () => (await cache.explain(`trip:${trip.tripId}:structure`)).l2?.version;
      await eventually(5_000, keptVersion, (kept) => kept === version);
      expect(await other.get("/manual/start")).toContain("A new version.");
      expect((await other.statements()).filter(isStructureQuery)).toEqual([]);
    });

    test("of names that nobody has nothing is kept in Redis", async () => {
      const site = await start();
      for (const target of ["/nobody", "/nobody/at/all", "/manual/nowhere", "/-/sitemap/999.xml"])
        expect((await site.get(target)).status).toBe(404);
      expect(await redis.command(["KEYS", `of-${kind}:*`])).toEqual([`of-${kind}:trip:${trip.tripId}:structure`]);
    });
  });
});
