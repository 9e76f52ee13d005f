import { versioned } from "@qrcards/cache";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type RedisServer, redisProgram, startRedisServer } from "../../../cache/test/support/redis-server.ts";
import { editNode } from "../../src/trips/edits.ts";
import { pathKey } from "../../src/trips/keys.ts";
import { useSqlite } from "../support/databases.ts";
import { edit, type Planted, plantTrip } from "./plant-trip.ts";
import { eventually, startSite, type TestSite } from "./test-site.ts";

describe.skipIf(redisProgram === undefined)("with single addresses in Redis", () => {
  const makeDatabase = useSqlite();
  const sites: TestSite[] = [];
  let redis: RedisServer;
  let databaseUrl: string;
  let trip: Planted;

  const start = async (env: Record<string, string> = { PATH_CACHE_TIERS: "l2" }) => {
    const site = await startSite({ databaseUrl, env: { REDIS_URL: redis.url, ...env } });
    sites.push(site);
    return site;
  };
  const keysOfPaths = async () => (await redis.command(["KEYS", "qrcards:trip:*:path:*"])) as string[];
  const untilKept = (count: number) => eventually(5_000, keysOfPaths, (keys) => keys.length === count);
  const rename = (site: TestSite, title: string, slug: string) =>
    edit(site.services, (trx, at) => editNode(trx, trip.id(title), { slug }, at));

  beforeAll(async () => {
    redis = await startRedisServer();
    databaseUrl = (await makeDatabase({ migrated: false })).url;
    const author = await start({});
    trip = await plantTrip(author.services, {
      title: "Guide",
      children: [{ title: "Old" }, { title: "Now" }, { title: "Secret", state: "draft" }],
    });
    await rename(author, "Old", "new");
  });
  afterEach(async () => {
    await Promise.all(sites.splice(0).map((site) => site.close()));
    await redis.command(["FLUSHALL"]);
  });
  afterAll(() => redis?.stop());

  test("a former address of a trip that is not in memory is answered without its structure", async () => {
    expect(await (await start()).get("/guide/old?a=b")).toMatchObject({ status: 302, headers: { location: "/guide/new?a=b" } });
    expect(await untilKept(1)).toEqual([`qrcards:${pathKey(trip.tripId, "guide/old")}`]);
    const site = await start();
    site.statements.length = 0;
    expect(await site.get("/guide/old.json")).toMatchObject({ status: 302, headers: { location: "/guide/new.json" } });
    // Who has the slug, and which version the trip has.
    expect(site.statements).toHaveLength(2);
    expect(site.services.cache.stats()).toMatchObject({ entries: 0, hitsFromL2: 0 });
    expect(site.services.pathCache?.stats().families).toMatchObject({ path: { hitsFromL2: 1 } });
  });

  test("nobody is asked for them while the structure is in memory", async () => {
    const site = await start();
    await site.get("/guide/now");
    await untilKept(1);
    const before = site.services.pathCache!.stats();
    expect((await site.get("/guide/old")).status).toBe(302);
    expect((await site.get("/guide/nowhere")).status).toBe(404);
    expect(site.services.pathCache!.stats()).toEqual(before);
  });

  test("they lead to where the page is after another edit", async () => {
    await (await start()).get("/guide/old");
    await untilKept(1);
    await rename(await start({}), "Old", "newer");
    expect(await (await start()).get("/guide/old")).toMatchObject({ status: 302, headers: { location: "/guide/newer" } });
    await rename(await start({}), "Old", "new");
  });

  test("pages answer as ever, and drafts, graves and what never was leave nothing", async () => {
    for (const [target, status] of [
      ["/guide", 200],
      ["/guide/now", 200],
      ["/GUIDE/Now/", 308],
      ["/guide/secret", 404],
      ["/guide/nowhere", 404],
      ["/nobody/here", 404],
    ] as const) {
      const site = await start();
      expect({ target, status: (await site.get(target)).status }).toEqual({ target, status });
    }
    expect((await untilKept(2)).toSorted()).toEqual(
      ["guide", "guide/now"].map((path) => `qrcards:${pathKey(trip.tripId, path)}`).toSorted(),
    );
  });

  test("an entry that is of another address with the same hash is not believed", async () => {
    const author = await start();
    const { snapshot } = (await author.services.trips.snapshot(trip.tripId))!;
    const { freshness } = author.services;
    const reading = { tag: `trip:${trip.tripId}`, version: snapshot.version, stamp: snapshot.stamp, head: freshness.position! };
    const collision = versioned({ path: "guide/other", to: "guide/wrong" }, reading);
    await author.services.pathCache!.set(pathKey(trip.tripId, "guide/old"), collision, { tiers: "l2", versionTag: reading.tag });
    expect(await keysOfPaths()).toHaveLength(1);
    const site = await start();
    expect(await site.get("/guide/old")).toMatchObject({ status: 302, headers: { location: "/guide/new" } });
    expect(site.services.pathCache!.stats()).toMatchObject({ hitsFromL2: 1 });
  });
});
