import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type RedisServer, redisProgram, startRedisServer } from "../../../cache/test/support/redis-server.ts";
import { editNode } from "../../src/trips/edits.ts";
import { type Planted, plantTrip } from "../delivery/plant-trip.ts";
import { eventually, startSite, type TestSite } from "../delivery/test-site.ts";
import { useSqlite } from "../support/databases.ts";

const GUIDE = readFileSync(new URL("../../../../docs/operating.md", import.meta.url), "utf8");

function read(site: TestSite): ReadonlyMap<string, number> {
  const lines = site.app
    .metrics()
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ") + 1))]));
}

describe.skipIf(redisProgram === undefined)("the metrics of a server with all that it can have", () => {
  const makeDatabase = useSqlite();
  let redis: RedisServer;
  let site: TestSite;
  let trip: Planted;
  beforeAll(async () => {
    redis = await startRedisServer();
    const { url } = await makeDatabase({ migrated: false });
    site = await startSite({ databaseUrl: url, env: { REDIS_URL: redis.url, PATH_CACHE_TIERS: "both" } });
    trip = await plantTrip(site.services, { title: "Log", children: [{ title: "One" }] });
  });
  afterAll(async () => {
    await site.close();
    await redis.stop();
  });

  /** How much a series has risen meanwhile. */
  async function riseOf(series: string, work: () => Promise<unknown>): Promise<number> {
    const before = read(site).get(series) ?? 0;
    await work();
    return eventually(
      5_000,
      async () => (read(site).get(series) ?? 0) - before,
      (rise) => rise > 0,
    );
  }

  test("tell a page that is made from one that is held, and from one that the reader holds", async () => {
    const requests = (status: string, cache: string) => `qrcards_requests_total{kind="page",status="${status}",cache="${cache}"}`;
    expect(await riseOf(requests("2xx", "miss"), () => site.get("/log/one"))).toBe(1);
    expect(await riseOf(requests("2xx", "hit"), () => site.get("/log/one"))).toBe(1);
    const { etag } = (await site.get("/log/one")).headers;
    expect(await riseOf(requests("3xx", "hit"), () => site.get("/log/one", { "if-none-match": etag! }))).toBe(1);
    expect(await riseOf(requests("4xx", "miss"), () => site.get("/log/two"))).toBe(1);
  });

  test("count edits by how long they took to be visible everywhere", async () => {
    const edit = () =>
      site.services.trips.edit(
        (trx, at) => editNode(trx, trip.id("One"), { title: "Uno" }, at),
        () => trip.tripId,
      );
    expect(await riseOf('qrcards_edit_visible_seconds_count{by="acknowledgements"}', edit)).toBe(1);
  });

  test("tell what is held, what may be believed, and that all parts are there", async () => {
    await site.get("/log/one");
    const metrics = read(site);
    expect(metrics.get("qrcards_pages")).toBeGreaterThan(0);
    expect(metrics.get("qrcards_page_bytes")).toBeGreaterThan(1_000);
    expect(metrics.get('qrcards_cache_entries{cache="structures"}')).toBe(1);
    expect(metrics.get("qrcards_database_up")).toBe(1);
    expect(metrics.get("qrcards_redis_up")).toBe(1);
    expect(metrics.get("qrcards_lease_seconds")).toBeGreaterThan(0);
    expect(metrics.get("qrcards_change_seq")).toBe(site.services.freshness.position!.seq);
    expect(await riseOf("qrcards_polls_total", async () => {})).toBeGreaterThan(0);
  });

  test("are all in docs/operating.md, with their labels, and no others", () => {
    const documented = [...GUIDE.matchAll(/^\| `(\w+)` \| (counter|gauge|histogram) \|([^|]*)\|/gm)].map(
      ([, name, type, labels]) => `${name} ${type} ${[...labels!.matchAll(/`(\w+)`/g)].map(([, label]) => label).join(" ")}`,
    );
    const labelsOf = new Map<string, string>();
    for (const series of read(site).keys()) {
      const [, name, labels = ""] = /^(\w+?)(?:_bucket|_sum|_count)?(?:\{(.*)\})?$/.exec(series)!;
      const names = [...labels.matchAll(/(\w+)="/g)].map(([, label]) => label).filter((label) => label !== "le");
      labelsOf.set(name!, names.join(" "));
    }
    const exposed = [...site.app.metrics().matchAll(/^# TYPE (\w+) (\w+)$/gm)].map(
      ([, name, type]) => `${name} ${type} ${labelsOf.get(name!)}`,
    );
    expect(exposed.sort()).toEqual(documented.sort());
  });
});
