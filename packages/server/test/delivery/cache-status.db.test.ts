import { beforeAll, describe, expect, test } from "vitest";
import { deleteNode, editNode } from "../../src/trips/edits.ts";
import { eachDatabase } from "../support/databases.ts";
import { edit, PIXEL, type Planted, plantTrip, writeBody } from "./plant-trip.ts";
import { exchange } from "./raw-exchange.ts";
import { eventually, startSite, type TestSite, useSite } from "./test-site.ts";

/** What an answer says of the store of finished pages, in the words of RFC 9211. */
eachDatabase((makeDatabase) => {
  const author = useSite(makeDatabase);
  let trip: Planted;
  let code: string;
  let asset: string;

  const said = async (site: TestSite, target: string, headers?: Record<string, string>, method = "GET") =>
    (await site.ask(method, target, headers)).headers["cache-status"];
  /** A server with nothing in memory. */
  async function withNewSite<T>(use: (site: TestSite) => Promise<T>, polls?: Parameters<typeof startSite>[0]["polls"]): Promise<T> {
    const site = await startSite({ databaseUrl: author.databaseUrl, ...(polls && { polls }) });
    try {
      return await use(site);
    } finally {
      await site.close();
    }
  }

  beforeAll(async () => {
    trip = await plantTrip(author.services, {
      title: "Manual",
      children: [{ title: "Start", children: [{ title: "Unpack" }] }, { title: "Use" }, { title: "Old" }, { title: "Gone" }],
    });
    await edit(author.services, (trx, at) => editNode(trx, trip.id("Old"), { slug: "new" }, at));
    await edit(author.services, (trx, at) => deleteNode(trx, trip.id("Gone"), {}, at));
    code = (await author.services.cards.cardOf(trip.id("Use"))).code;
    asset = (await author.services.assets.add(trip.tripId, "dot.png", PIXEL)).href;
  });

  test("a page is made once, from where its structure is, and then held", () =>
    withNewSite(async (site) => {
      expect(await said(site, "/manual/start")).toBe("QRCards; fwd=uri-miss; stored; detail=database");
      expect(await said(site, "/manual/use")).toBe("QRCards; fwd=uri-miss; stored; detail=memory");
      expect(await said(site, "/manual/start?utm_source=poster")).toBe("QRCards; hit");
      expect(await said(site, "/manual/start", { "accept-encoding": "br" })).toBe("QRCards; hit");
      expect(await said(site, "/manual/start", {}, "HEAD")).toBe("QRCards; hit");
    }));

  test("who holds it is told by a hit if it is held here, and that it was made to compare if it is not", () =>
    withNewSite(async (site) => {
      const { etag } = (await author.get("/manual/start")).headers;
      const asked = { "if-none-match": etag! };
      expect((await site.get("/manual/start", asked)).status).toBe(304);
      expect(await said(site, "/manual/start", asked)).toBe("QRCards; hit");
      expect(await said(site, "/manual/use", { "if-none-match": "*" })).toBe(
        "QRCards; fwd=uri-miss; fwd-status=200; stored; detail=memory",
      );
    }));

  test("of those who ask at once one has it made, and the others wait for that", () =>
    withNewSite(async (site) => {
      const one = "GET /manual/start/unpack HTTP/1.1\r\nHost: localhost\r\n\r\n";
      // In one packet, so that all have come before the first is answered.
      const { heard } = await exchange(site.port, one + one + one.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"));
      expect([...heard.matchAll(/^cache-status: (.*)\r$/gm)].map(([, text]) => text)).toEqual([
        "QRCards; fwd=uri-miss; stored; detail=database",
        "QRCards; fwd=uri-miss; collapsed; detail=database",
        "QRCards; fwd=uri-miss; collapsed; detail=database",
      ]);
    }));

  test("those who wait for a page that an edit overtakes wait for the next one, and do not each have it made", () =>
    withNewSite(async (site) => {
      const { trips } = site.services;
      const readContent = trips.content.bind(trips);
      const edited = Promise.withResolvers<void>();
      let made = 0;
      trips.content = async (hash) => {
        const isFirst = ++made === 1;
        const content = await readContent(hash);
        if (isFirst) await edited.promise;
        return content;
      };
      let heard = 0;
      site.server.on("request", () => {
        heard += 1;
      });
      const asked = Promise.all(Array.from({ length: 10 }, () => said(site, "/manual/start")));
      await eventually(
        10_000,
        async () => made + heard,
        (seen) => seen === 11,
      );
      await writeBody(site.services, trip.id("Start"), "After the edit.");
      edited.resolve();
      expect((await asked).toSorted()).toEqual([
        ...Array.from({ length: 8 }, () => "QRCards; fwd=uri-miss; collapsed; detail=database"),
        "QRCards; fwd=uri-miss; detail=database",
        "QRCards; fwd=uri-miss; stored; detail=database",
      ]);
      expect(made).toBe(2);
    }));

  test("what an edit has replaced was held, and is not any more", () =>
    withNewSite(async (site) => {
      await site.get("/manual/use");
      await writeBody(site.services, trip.id("Use"), `Changed at ${performance.now()}.`);
      expect(await said(site, "/manual/use", {}, "HEAD")).toBe("QRCards; fwd=stale; detail=database");
      expect(await said(site, "/manual/use")).toBe("QRCards; fwd=stale; stored; detail=memory");
      expect(await said(site, "/manual/use")).toBe("QRCards; hit");
    }));

  test("a page whose lease was over is a hit when a poll says that it is current", () =>
    withNewSite(
      async (site) => {
        const { clock } = site.services.freshness;
        await site.get("/manual/use");
        await eventually(10_000, async () => clock.now() >= site.services.freshness.leaseUntil, Boolean);
        expect(await said(site, "/manual/use")).toBe("QRCards; hit");
      },
      { pollEveryMs: 999, leaseMs: 1_000 },
    ));

  test("what is no page is never held, and says so or not, but never that it was stored", () =>
    withNewSite(async (site) => {
      await site.get("/manual");
      await site.get("/");
      for (const [target, expected] of [
        ["/manual/old", "QRCards; fwd=uri-miss; detail=memory"],
        ["/MANUAL/use/", "QRCards; fwd=uri-miss; detail=memory"],
        ["/manual/nowhere", "QRCards; fwd=uri-miss; detail=memory"],
        ["/manual/gone", "QRCards; fwd=uri-miss; detail=memory"],
        ["/unknown", "QRCards; fwd=uri-miss; detail=memory"],
        ["/manual/use.json", "QRCards; fwd=bypass; detail=memory"],
        ["/manual/use.qr.svg", "QRCards; fwd=bypass; detail=memory"],
        [`/c/${code}`, "QRCards; fwd=bypass; detail=memory"],
        [`/c/${code}+`, "QRCards; fwd=bypass; detail=memory"],
        [asset, "QRCards; fwd=bypass; detail=database"],
        ["/robots.txt", "QRCards; fwd=bypass"],
        ["/favicon.ico", "QRCards; fwd=bypass"],
      ] as const)
        for (let time = 0; time < 2; time += 1) expect({ target, said: await said(site, target) }).toEqual({ target, said: expected });
    }));

  test("the list of trips and the sitemaps are pages like any other", () =>
    withNewSite(async (site) => {
      expect(await said(site, "/")).toBe("QRCards; fwd=uri-miss; stored; detail=database");
      expect(await said(site, "/sitemap.xml")).toBe("QRCards; fwd=uri-miss; stored; detail=memory");
      expect(await said(site, `/-/sitemap/${trip.tripId}.xml`)).toBe("QRCards; fwd=uri-miss; stored; detail=database");
      for (const target of ["/", "/sitemap.xml", `/-/sitemap/${trip.tripId}.xml`]) expect(await said(site, target)).toBe("QRCards; hit");
    }));

  describe("what is no answer of the site", () => {
    test("was refused before anything was looked for, or says nothing", async () => {
      expect(await said(author, "/manual/use", {}, "POST")).toBe("QRCards; detail=refused");
      expect((await exchange(author.port, "GET /manual HTTP/1.1\r\nConnection: close\r\n\r\n")).heard).toContain(
        "cache-status: QRCards; detail=refused\r\n",
      );
      expect(await said(author, "/manual/%zz")).toBe("QRCards; fwd=uri-miss");
      expect(await said(author, "/api/trips")).toBeUndefined();
    });
  });
});
