import { type ResultOf, routes } from "qrcards/contract";
import Value from "typebox/value";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type RedisServer, redisProgram, startRedisServer } from "../../../cache/test/support/redis-server.ts";
import { createToken } from "../../src/admin/tokens.ts";
import { editNode } from "../../src/trips/edits.ts";
import { type Planted, plantTrip } from "../delivery/plant-trip.ts";
import { eventually, startSite, type TestSite } from "../delivery/test-site.ts";
import { useSqlite } from "../support/databases.ts";

type Explained = ResultOf<typeof routes.explain>;

const makeDatabase = useSqlite();

async function explain(site: TestSite, address: string): Promise<Explained> {
  const { text: token } = await createToken(site.services.database.db, { name: "test", scopes: ["operate"], expiresInMs: null });
  const { status, text } = await site.get(`/api/explain?url=${encodeURIComponent(address)}`, { authorization: `Bearer ${token}` });
  const explained = JSON.parse(text) as Explained;
  expect(status, text).toBe(200);
  expect(Value.Errors(routes.explain.response, explained)).toEqual([]);
  return explained;
}

describe("an explanation by a server", () => {
  let site: TestSite;
  let trip: Planted;
  let databaseUrl: string;
  beforeAll(async () => {
    databaseUrl = (await makeDatabase({ migrated: false })).url;
    site = await startSite({ databaseUrl });
    trip = await plantTrip(site.services, { title: "Log", children: [{ title: "One" }, { title: "Two" }] });
  });
  afterAll(() => site.close());

  test("of what nobody has read says that nothing was held, although it has to load it", async () => {
    const fresh = await startSite({ databaseUrl });
    const { outcome, page, structure } = await explain(fresh, "/log/one");
    expect(outcome).toMatchObject({ status: 200, tripId: trip.tripId, nodeId: trip.id("One") });
    expect(page).toBe(null);
    expect(structure).toMatchObject({
      key: `qrcards:trip:${trip.tripId}:structure`,
      verdict: "miss",
      because: "Nothing is held, and nothing is remembered of it.",
      memory: null,
      redis: null,
    });
    expect((await explain(fresh, "/log/one")).structure).toMatchObject({ verdict: "fresh", because: "It is held, and current." });
    await fresh.close();
  });

  test("of a page that was read says which version is in memory, and that it is current", async () => {
    await site.get("/log/one");
    const { page, structure, version, freshness, pid } = await explain(site, "https://cards.example.org/log/one?from=card#part");
    expect(page).toMatchObject({ isCurrent: true, version });
    expect(structure).toMatchObject({ verdict: "fresh", memory: { version } });
    expect(freshness.seq).toBeGreaterThanOrEqual(version!);
    expect(freshness.leaseMs).toBeGreaterThan(0);
    expect(pid).toBe(process.pid);
  });

  test("after an edit says that what is held is of an older version", async () => {
    await site.get("/log/two");
    const before = await explain(site, "/log/two");
    await site.services.trips.edit(
      (trx, at) => editNode(trx, trip.id("One"), { title: "Uno" }, at),
      () => trip.tripId,
    );
    const after = await explain(site, "/log/two");
    expect(after.version).toBeGreaterThan(before.version!);
    expect(after.page).toEqual({ ...before.page, isCurrent: false });
    expect(after.structure).toMatchObject({
      verdict: "miss",
      memory: { version: before.version },
      because: expect.stringContaining("something newer is known"),
    });
  });

  test("follows former addresses, drafts and addresses of the server's own", async () => {
    const walk = (await explain(site, "/log/one")).steps.find(({ step }) => step === "walk");
    expect(walk?.places?.[0]).toMatchObject({ segment: "one", below: "Log", pages: [{ id: trip.id("One"), is: "living" }] });
    expect(await explain(site, "/api/trips")).toMatchObject({ outcome: { status: null }, version: null, structure: null });
    expect(await explain(site, "/log/%zz")).toMatchObject({ outcome: { status: 400 } });
    expect(await explain(site, "/nobody")).toMatchObject({ outcome: { status: 404, tripId: null }, version: null });
  });

  test("of a card does not count as a scan", async () => {
    const { code } = await site.services.cards.cardOf(trip.id("Two"));
    expect((await explain(site, `/c/${code}`)).outcome).toMatchObject({ status: 302, location: "/log/two" });
    await site.close();
    site = await startSite({ databaseUrl });
    expect((await site.services.cards.list({ nodeId: trip.id("Two") }))[0]).toMatchObject({ code, scans: 0 });
  });
});

describe.skipIf(redisProgram === undefined)("with Redis", () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedisServer();
  });
  afterAll(() => redis.stop());

  test("a server that has just started says what it will find there", async () => {
    const { url } = await makeDatabase({ migrated: false });
    const options = { databaseUrl: url, env: { REDIS_URL: redis.url } };
    const author = await startSite(options);
    const trip = await plantTrip(author.services, { title: "Log", children: [{ title: "One" }] });
    await author.get("/log/one");
    const key = `qrcards:trip:${trip.tripId}:structure`;
    await eventually(
      5_000,
      () => redis.command(["EXISTS", key]),
      (exists) => exists === 1,
    );
    await author.close();
    const site = await startSite(options);
    const { structure, version } = await explain(site, "/log/one");
    expect(structure).toMatchObject({ key, verdict: "miss", memory: null, redis: { version } });
    await site.close();
  });
});
