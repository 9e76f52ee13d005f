import { beforeAll, describe, expect, test } from "vitest";
import { deleteNode, editNode } from "../../src/trips/edits.ts";
import { eachDatabase } from "../support/databases.ts";
import { edit, type Planted, plantTrip, writeBody } from "./plant-trip.ts";
import { PUBLIC_URL, useSite } from "./test-site.ts";

const VIEWS = ["", ".md", ".json", ".qr.svg", ".qr.png"];

eachDatabase((makeDatabase) => {
  const site = useSite(makeDatabase);
  let trip: Planted;
  const cardOf = async (title: string) => `/c/${(await site.services.cards.cardOf(trip.id(title))).code}`;
  const json = async (path: string) => JSON.parse((await site.get(`${path}.json`)).text);
  const titles = (links: { title: string }[]) => links.map(({ title }) => title);
  const sitemap = async () => {
    const { text } = await site.get(`/-/sitemap/${trip.tripId}.xml`);
    return [...text.matchAll(/<loc>([^<]*)<\/loc>/g)].map(([, url]) => url!.replace(PUBLIC_URL, ""));
  };

  beforeAll(async () => {
    trip = await plantTrip(site.services, {
      title: "Fair",
      children: [
        { title: "Halls", children: [{ title: "North" }] },
        { title: "Embargo", state: "draft", body: "Not before Monday.", children: [{ title: "Prices" }] },
        { title: "Backstage", state: "unlisted", children: [{ title: "Rigging" }] },
        { title: "Stands" },
      ],
    });
    await writeBody(
      site.services,
      trip.id("Stands"),
      `See [the first](node:${trip.id("Embargo")}) and [the second](node:${trip.id("Backstage")}).`,
    );
  });

  describe("a draft page", () => {
    test.each(VIEWS)("is not found, nor is what lies below it (view '%s')", async (view) => {
      for (const path of ["/fair/embargo", "/fair/embargo/prices", "/FAIR/Embargo"]) {
        const { status, text } = await site.get(path + view);
        expect({ path, status }).toEqual({ path, status: 404 });
        expect(text).not.toMatch(/>Embargo|>Prices|Monday/);
      }
    });

    test("is left out of contents, neighbours, suggestions and the sitemap", async () => {
      expect(titles((await json("/fair")).children)).toEqual(["Halls", "Stands"]);
      expect((await json("/fair/halls/north")).next.title).toBe("Stands");
      expect((await json("/fair/stands")).previous.title).toBe("North");
      expect((await site.get("/fair")).text).not.toContain("embargo");
      expect((await site.get("/fair/embargos")).text).not.toContain('href="/fair/embargo"');
      expect(await sitemap()).toEqual(["/fair", "/fair/halls", "/fair/halls/north", "/fair/stands"]);
    });

    test("a link to it keeps its words alone", async () => {
      const { text } = await site.get("/fair/stands");
      expect(text).toContain('<a class="dead" title="This page is no longer here">the first</a>');
      expect(text).toContain('<a href="/fair/backstage">the second</a>');
    });

    test("says through its card that it is not published yet, and no more", async () => {
      for (const title of ["Embargo", "Prices"]) {
        for (const target of [await cardOf(title), `${await cardOf(title)}+`]) {
          const { status, text } = await site.get(target);
          expect(status).toBe(404);
          expect(text).toContain("This page is not published yet");
          expect(text).not.toContain(title);
        }
      }
    });

    test("keeps its title to itself after it was deleted", async () => {
      const card = await cardOf("Prices");
      await edit(site.services, (trx, at) => deleteNode(trx, trip.id("Prices"), {}, at));
      for (const target of ["/fair/embargo/prices", card]) {
        const { status, text } = await site.get(target);
        expect(status).toBe(404);
        expect(text).not.toContain("Prices");
      }
    });

    test("that is published later is found by the address that was not found before", async () => {
      await edit(site.services, (trx, at) => editNode(trx, trip.id("Embargo"), { state: "public" }, at));
      expect((await site.get("/fair/embargo")).status).toBe(200);
      expect(await sitemap()).toContain("/fair/embargo");
      await edit(site.services, (trx, at) => editNode(trx, trip.id("Embargo"), { state: "draft" }, at));
      expect((await site.get("/fair/embargo")).status).toBe(404);
    });
  });

  describe("an unlisted page", () => {
    test.each(VIEWS)("answers to whoever has the address, and so does what lies below it (view '%s')", async (view) => {
      for (const path of ["/fair/backstage", "/fair/backstage/rigging"]) {
        const { status, headers, text } = await site.get(path + view);
        expect(status).toBe(200);
        if (view === "") expect(text).toContain('<meta name="robots" content="noindex">');
        else expect(headers["x-robots-tag"]).toBe("noindex");
      }
    });

    test("is left out of contents, neighbours and the sitemap", async () => {
      expect(titles((await json("/fair")).children)).not.toContain("Backstage");
      expect((await json("/fair/halls/north")).next.title).toBe("Stands");
      expect((await site.get("/fair/halls")).text).not.toContain("backstage");
      expect(await sitemap()).not.toContain("/fair/backstage");
    });

    test("is reached by its card", async () => {
      expect(await site.get(await cardOf("Rigging"))).toMatchObject({ status: 302, headers: { location: "/fair/backstage/rigging" } });
    });

    test("a listed page has neither sign of being left out", async () => {
      expect((await site.get("/fair/stands")).text).not.toContain("noindex");
      expect((await site.get("/fair/stands.md")).headers).not.toHaveProperty("x-robots-tag");
    });
  });

  describe("a trip", () => {
    const setState = (state: "draft" | "unlisted" | "public") =>
      edit(site.services, (trx, at) => editNode(trx, trip.id("Fair"), { state }, at));
    const library = async () => (await site.get("/")).text;
    const index = async () => (await site.get("/sitemap.xml")).text;

    test("that is public stands in the library and in the sitemap index", async () => {
      expect(await library()).toContain('<a href="/fair">');
      expect(await index()).toContain(`<loc>${PUBLIC_URL}/-/sitemap/${trip.tripId}.xml</loc>`);
    });

    test("that is unlisted answers, inside as ever, and is named nowhere", async () => {
      await setState("unlisted");
      expect((await site.get("/fair/stands")).text).toContain('<meta name="robots" content="noindex">');
      expect((await json("/fair/halls/north")).next.title).toBe("Stands");
      expect(await library()).not.toContain("Fair");
      expect(await index()).not.toContain("<loc>");
      expect((await site.get(`/-/sitemap/${trip.tripId}.xml`)).status).toBe(404);
      expect((await site.get("/fairs")).text).not.toContain("Fair");
      expect((await site.get(await cardOf("North"))).status).toBe(302);
    });

    test("that is a draft is not found, under no name and in no view", async () => {
      await setState("draft");
      for (const view of VIEWS)
        for (const path of ["/fair", "/fair/stands", "/Fair/Halls"]) {
          const { status, text } = await site.get(path + view);
          expect({ path, status }).toEqual({ path, status: 404 });
          expect(text).not.toMatch(/>Fair|>Stands/);
        }
      expect(await library()).not.toContain("Fair");
      expect((await site.get(`/-/sitemap/${trip.tripId}.xml`)).status).toBe(404);
      expect((await site.get(await cardOf("North"))).text).toContain("This page is not published yet");
    });

    test("that is public again answers as before", async () => {
      await setState("public");
      expect((await site.get("/fair/stands")).status).toBe(200);
      expect(await library()).toContain('<a href="/fair">');
    });
  });
});
