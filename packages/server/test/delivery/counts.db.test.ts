import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { deleteNode, editNode } from "../../src/trips/edits.ts";
import { eachDatabase } from "../support/databases.ts";
import { edit, type Planted, plantTrip, writeBody } from "./plant-trip.ts";
import { startSite, type TestSite, useSite } from "./test-site.ts";

/** What the readers' side costs the database, statement by statement. */
eachDatabase((makeDatabase) => {
  const author = useSite(makeDatabase);
  let trip: Planted;
  /** A server with nothing in memory. */
  let site: TestSite;

  /** How many statements it takes. */
  async function costOf(targets: string | string[], { times = 1, method = "GET" } = {}): Promise<number> {
    const before = site.statements.length;
    const asked = [targets].flat().flatMap((target) => Array.from({ length: times }, () => site.ask(method, target)));
    for (const { status } of await Promise.all(asked)) expect(status).toBeLessThan(500);
    return site.statements.length - before;
  }

  beforeAll(async () => {
    trip = await plantTrip(author.services, {
      title: "Manual",
      children: [
        { title: "Start", children: [{ title: "Unpack" }, { title: "Plug In" }] },
        { title: "Use" },
        { title: "Care" },
        { title: "Old" },
        { title: "Gone" },
      ],
    });
    await edit(author.services, (trx, at) => editNode(trx, trip.id("Old"), { slug: "new" }, at));
    await edit(author.services, (trx, at) => deleteNode(trx, trip.id("Gone"), {}, at));
  });

  beforeEach(async () => {
    site = await startSite({ databaseUrl: author.databaseUrl });
  });
  afterEach(() => site.close());

  test("a cold trip takes three statements at most, a further page of it one, a page in memory none", async () => {
    expect(await costOf("/manual/start/unpack")).toBeLessThanOrEqual(3);
    expect(await costOf("/manual/start/plug-in")).toBeLessThanOrEqual(1);
    expect(await costOf(["/manual/start/unpack", "/manual/start/plug-in"], { times: 50 })).toBe(0);
  });

  test("three hundred readers of one cold page make it once", async () => {
    expect(await costOf("/manual/start/unpack", { times: 300 })).toBeLessThanOrEqual(3);
    expect(await costOf("/manual/use", { times: 300 })).toBe(1);
  });

  test("a page in memory costs nothing with any query, condition, encoding or method", async () => {
    await costOf("/manual/use");
    const before = site.statements.length;
    const { headers } = await site.get("/manual/use");
    await Promise.all([
      ...Array.from({ length: 50 }, (_, index) => site.get(`/manual/use?utm_source=${index}`)),
      site.get("/manual/use", { "if-none-match": headers.etag! }),
      site.get("/manual/use", { "accept-encoding": "br" }),
      site.ask("HEAD", "/manual/use"),
      site.ask("POST", "/manual/use"),
    ]);
    expect(site.statements.length).toBe(before);
  });

  test("a page asked for with a query is in memory for all who ask without one, and the other way round", async () => {
    await costOf("/manual/use?utm_source=first");
    expect(await costOf(["/manual/use", "/manual/use?utm_source=second"])).toBe(0);
  });

  test("a HEAD leaves nothing in memory", async () => {
    await costOf("/manual");
    expect(await costOf("/manual/use", { method: "HEAD" })).toBe(1);
    expect(await costOf("/manual/use", { method: "HEAD" })).toBe(1);
    expect(await costOf("/manual/use")).toBe(1);
    expect(await costOf("/manual/use", { method: "HEAD" })).toBe(0);
  });

  test("of a warm trip, redirects, missing and deleted pages cost nothing", async () => {
    await costOf("/manual");
    await site.get("/");
    expect(
      await costOf(["/MANUAL/Use/", "/manual/old", "/manual/old/", "/manual/nowhere", "/manual/gone", "/manual/start/nowhere.json"]),
    ).toBe(0);
  });

  test("an unknown first word is asked for once", async () => {
    await site.get("/");
    expect(await costOf("/unknown/path")).toBe(1);
    expect(await costOf(["/unknown", "/unknown/other", "/Unknown"], { times: 20 })).toBe(0);
  });

  test("a card costs one statement, and then none", async () => {
    const { code } = await author.services.cards.cardOf(trip.id("Care"));
    await costOf("/manual");
    expect(await costOf(`/c/${code}+`)).toBe(1);
    expect(await costOf([`/c/${code}+`, `/C/${code.toLowerCase()}+`], { times: 20 })).toBe(0);
    // Scans are written beside, all of a second together.
    await costOf(`/c/${code}`, { times: 20 });
    expect(site.statements.filter((sql) => /^select .* from "cards"/.test(sql))).toHaveLength(1);
  });

  test("the library, the sitemap index and a sitemap cost one statement each at most, and then none", async () => {
    expect(await costOf("/", { times: 300 })).toBe(1);
    expect(await costOf(["/", "/?x", "/sitemap.xml", "/robots.txt", "/favicon.ico"], { times: 20 })).toBe(0);
    expect(await costOf(`/-/sitemap/${trip.tripId}.xml`)).toBe(1);
    expect(await costOf(`/-/sitemap/${trip.tripId}.xml`, { times: 20 })).toBe(0);
  });

  test("an edit costs its trip two statements at the next page, and other trips none", async () => {
    await plantTrip(author.services, { title: "Other", children: [{ title: "Page" }] });
    await costOf(["/manual/use", "/other/page"]);
    await writeBody(site.services, trip.id("Use"), `Changed at ${performance.now()}.`);
    expect(await costOf("/other/page", { times: 20 })).toBe(0);
    expect(await costOf("/manual/use", { times: 300 })).toBe(2);
    expect(await costOf("/manual/use", { times: 20 })).toBe(0);
  });
});
