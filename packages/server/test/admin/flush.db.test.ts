import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type RedisServer, redisProgram, startRedisServer } from "../../../cache/test/support/redis-server.ts";
import { createToken } from "../../src/admin/tokens.ts";
import { type Planted, plantTrip } from "../delivery/plant-trip.ts";
import { eventually, startSite, type TestSite } from "../delivery/test-site.ts";
import { eachDatabase } from "../support/databases.ts";

eachDatabase((makeDatabase, kind) => {
  let redis: RedisServer | undefined;
  let site: TestSite;
  let trip: Planted;
  let other: Planted;
  beforeAll(async () => {
    redis = redisProgram === undefined ? undefined : await startRedisServer();
    const { url } = await makeDatabase({ migrated: false });
    const env: Record<string, string> = redis === undefined ? {} : { REDIS_URL: redis.url, REDIS_PREFIX: `of-${kind}` };
    site = await startSite({ databaseUrl: url, env });
    trip = await plantTrip(site.services, {
      title: "Trip",
      children: [
        { title: "Chapter", body: "Of the chapter.", children: [{ title: "Page", body: "Of the page." }] },
        { title: "Last", body: "Of the last." },
      ],
    });
    other = await plantTrip(site.services, { title: "Other", body: "Of the other." });
  });
  afterAll(async () => {
    await site?.close();
    await redis?.stop();
  });

  const token = async (scope: string) =>
    (await createToken(site.services.database.db, { name: "t", scopes: [scope], expiresInMs: null })).text;
  async function flush(body: object, { as }: { readonly as?: string } = {}) {
    const headers = { authorization: `Bearer ${as ?? (await token("operate"))}`, "content-type": "application/json" };
    const response = await fetch(`http://127.0.0.1:${site.port}/api/flush`, { method: "POST", headers, body: JSON.stringify(body) });
    return { status: response.status, headers: response.headers, answer: (await response.json()) as Record<string, unknown> };
  }
  const cacheStatusOf = async (path: string) => (await site.get(path)).headers["cache-status"];
  const isHit = async (path: string) => (await cacheStatusOf(path))?.includes("; hit") === true;
  const warm = async (...paths: string[]) => {
    for (const path of paths) {
      await site.get(path);
      expect(await isHit(path)).toBe(true);
    }
  };
  /** Stored HTML that somebody has spoilt where no trigger sees it. */
  async function spoil(text: string, path: string): Promise<void> {
    await site.get(path);
    const { writer } = site.services.database;
    const change = writer.updateTable("rendered").set({ html: "<p>spoilt" });
    const one = change.where("content_hash", "in", (query) => query.selectFrom("contents").select("hash").where("body", "=", text));
    // It is stored after the page was answered.
    await eventually(
      5_000,
      async () => (await one.executeTakeFirst()).numUpdatedRows,
      (count) => count > 0n,
    );
  }

  describe.each(["soft", "hard"])("a %s flush", (mode) => {
    test("of a trip has its pages made anew, and no other's", async () => {
      await warm("/trip/chapter", "/other");
      const { status, answer } = await flush({ scope: "trip", tripId: trip.tripId, mode });
      expect(status).toBe(200);
      expect(answer).toMatchObject({ tripId: trip.tripId, pages: 4, visible: "everywhere" });
      expect(await isHit("/trip/chapter")).toBe(false);
      expect(await isHit("/other")).toBe(true);
    });

    test("of everything has all pages made anew", async () => {
      await warm("/trip/chapter", "/other", "/");
      expect((await flush({ scope: "all", mode })).answer).toMatchObject({ tripId: null, pages: null, rendered: 0, visible: "everywhere" });
      for (const path of ["/trip/chapter", "/other", "/"]) expect(await isHit(path)).toBe(false);
      await warm("/trip/chapter");
    });
  });

  test("a hard flush of a page or a subtree makes the stored HTML of just those pages anew", async () => {
    const show = async (path: string) => (await site.get(path)).text.includes("spoilt");
    await spoil("Of the chapter.", "/trip/chapter");
    await spoil("Of the page.", "/trip/chapter/page");
    await spoil("Of the last.", "/trip/last");
    expect((await flush({ scope: "path", nodeId: trip.id("Chapter"), mode: "soft" })).answer).toMatchObject({ pages: 1, rendered: 0 });
    expect([await show("/trip/chapter"), await show("/trip/chapter/page")]).toEqual([true, true]);
    expect((await flush({ scope: "path", nodeId: trip.id("Chapter"), mode: "hard" })).answer).toMatchObject({ pages: 1, rendered: 1 });
    expect([await show("/trip/chapter"), await show("/trip/chapter/page"), await show("/trip/last")]).toEqual([false, true, true]);
    expect((await flush({ scope: "subtree", nodeId: trip.id("Chapter"), mode: "hard" })).answer).toMatchObject({ pages: 2 });
    expect([await show("/trip/chapter/page"), await show("/trip/last")]).toEqual([false, true]);
    expect((await flush({ scope: "trip", tripId: trip.tripId, mode: "hard" })).answer).toMatchObject({ pages: 4 });
    expect(await show("/trip/last")).toBe(false);
  });

  test("is for who may operate, names exactly what it flushes, and finds what there is", async () => {
    for (const scope of ["read", "edit", "publish"]) expect((await flush({ scope: "all" }, { as: await token(scope) })).status).toBe(403);
    const wrong = [
      {},
      { scope: "everything" },
      { scope: "all", tripId: trip.tripId },
      { scope: "trip" },
      { scope: "trip", nodeId: trip.id("Chapter") },
      { scope: "path", tripId: trip.tripId },
      { scope: "subtree", nodeId: trip.id("Chapter"), tripId: trip.tripId },
      { scope: "all", mode: "harder" },
    ];
    for (const body of wrong) expect([body, (await flush(body)).status]).toEqual([body, 422]);
    expect((await flush({ scope: "trip", tripId: 999 })).status).toBe(404);
    expect((await flush({ scope: "path", nodeId: "000000000000" })).status).toBe(404);
  });

  test("is written down, and refused when a token asks for more than ten in a minute", async () => {
    const mine = await token("operate");
    for (let round = 0; round < 10; round++) expect((await flush({ scope: "trip", tripId: other.tripId }, { as: mine })).status).toBe(200);
    const refused = await flush({ scope: "all", mode: "hard" }, { as: mine });
    expect(refused).toMatchObject({ status: 429, answer: { code: "rate-limited" } });
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    const id = mine.split("_")[1];
    const rows = await site.services.database.db.selectFrom("audit").selectAll().where("actor", "=", `token:${id}`).execute();
    expect(rows).toHaveLength(10);
    expect(rows[0]).toMatchObject({ action: "flush", at: expect.any(Number) });
    expect(JSON.parse(rows[0]!.details)).toEqual({ scope: "trip", mode: "soft", tripId: other.tripId, pages: 1, rendered: 0 });
  });

  test("is not refused for flushes that a clock which was ahead has written down", async () => {
    const mine = await token("operate");
    const { writer } = site.services.database;
    const tomorrow = Date.now() + 86_400_000;
    const rows = Array.from({ length: 10 }, (_, row) => ({
      id: `ahead-${row}`,
      at: tomorrow,
      actor: `token:${mine.split("_")[1]}`,
      action: "flush",
      details: "{}",
    }));
    await writer.insertInto("audit").values(rows).execute();
    expect((await flush({ scope: "trip", tripId: other.tripId }, { as: mine })).status).toBe(200);
  });

  describe.skipIf(redisProgram === undefined)("in Redis", () => {
    const keyOf = ({ tripId }: Planted) => `of-${kind}:trip:${tripId}:structure`;
    const has = async (key: string) => (await redis!.command(["EXISTS", key])) === 1;
    const until = (key: string, there: boolean) =>
      eventually(
        5_000,
        () => has(key),
        (is) => is === there,
      );

    test("our keys go, a trip's or all, and those of others stay", async () => {
      const foreign = [`of-${kind}`, `of-${kind}x:trip:1`, "session:1", `xof-${kind}:trip:1`];
      for (const key of foreign) await redis!.command(["SET", key, "theirs"]);
      await site.get("/trip/chapter");
      await site.get("/other");
      await until(keyOf(trip), true);
      await until(keyOf(other), true);
      await flush({ scope: "trip", tripId: trip.tripId, mode: "hard" });
      await until(keyOf(trip), false);
      expect(await has(keyOf(other))).toBe(true);
      await flush({ scope: "all" });
      await until(keyOf(other), false);
      for (const key of foreign) expect([key, await has(key)]).toEqual([key, true]);
    });

    test("nothing is needed: a flush holds while it is down", async () => {
      await warm("/trip/chapter");
      await redis!.stop();
      redis = undefined;
      const { status, answer } = await flush({ scope: "all", mode: "hard" });
      expect([status, answer.visible]).toEqual([200, "everywhere"]);
      expect(await isHit("/trip/chapter")).toBe(false);
      expect((await site.get("/trip/chapter")).status).toBe(200);
    });
  });
});
