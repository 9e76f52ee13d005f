import { beforeAll, describe, expect, test } from "vitest";
import { createNode, deleteNode, editNode, mergeNode, moveNode, restoreNode } from "../../src/trips/edits.ts";
import { storeBody } from "../../src/trips/service.ts";
import { eachDatabase } from "../support/databases.ts";
import { edit, type Planted, plantTrip } from "./plant-trip.ts";
import { type Answer, useSite } from "./test-site.ts";

const PAGE_HEADERS = {
  "content-type": "text/html; charset=utf-8",
  "cache-control": "no-cache",
  "x-content-type-options": "nosniff",
  "referrer-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
  "content-security-policy": expect.stringMatching(
    /^default-src 'none'; style-src 'sha256-[A-Za-z0-9+/]{43}='; img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'$/,
  ),
};

function expectPage({ status, headers, text }: Answer, wanted: number, title: string): void {
  expect({ status, title: /<h1>(.*?)<\/h1>/.exec(text)?.[1] }).toEqual({ status: wanted, title });
  expect(headers).toMatchObject(PAGE_HEADERS);
  expect(headers).not.toHaveProperty("set-cookie");
}

function expectRedirect({ status, headers, body }: Answer, wanted: 302 | 308, location: string): void {
  expect({ status, location: headers.location }).toEqual({ status: wanted, location });
  expect(headers).toMatchObject({ "cache-control": wanted === 308 ? "max-age=3600" : "no-cache", "content-length": "0" });
  expect(headers).not.toHaveProperty("set-cookie");
  expect(body).toHaveLength(0);
}

eachDatabase((makeDatabase) => {
  const site = useSite(makeDatabase);

  describe("spelling", () => {
    beforeAll(async () => {
      await plantTrip(site.services, {
        title: "Atlas",
        children: [
          { title: "Western Europe", children: [{ title: "Belgium" }] },
          { title: "Österreich" },
          { title: "日本" },
          { title: "ΟΔΟΣ" },
        ],
      });
    });

    test.each([
      ["a trip", "/atlas", "Atlas"],
      ["a page three levels down", "/atlas/western-europe/belgium", "Belgium"],
      ["a page with a Unicode name", "/atlas/%C3%B6sterreich", "Österreich"],
      ["a page with a name of another script", "/atlas/%E6%97%A5%E6%9C%AC", "日本"],
      ["a page with a query", "/atlas/western-europe?from=poster", "Western Europe"],
    ])("%s answers at once, with 200", async (_what, target, title) => expectPage(await site.get(target), 200, title));

    test.each([
      ["a trailing slash", "/atlas/", "/atlas"],
      ["a doubled slash", "/atlas//western-europe///belgium", "/atlas/western-europe/belgium"],
      ["upper case", "/Atlas/Western-EUROPE", "/atlas/western-europe"],
      ["upper case beyond ASCII", "/atlas/%C3%96sterreich", "/atlas/%C3%B6sterreich"],
      ["a decomposed letter", "/atlas/o%CC%88sterreich", "/atlas/%C3%B6sterreich"],
      ["lower-case hex", "/atlas/%c3%b6sterreich", "/atlas/%C3%B6sterreich"],
      ["needless percent-encoding", "/%61tlas", "/atlas"],
      ["a letter that has two small ones", "/atlas/%CE%BF%CE%B4%CE%BF%CF%83", "/atlas/%CE%BF%CE%B4%CE%BF%CF%82"],
      ["a query", "/ATLAS?from=poster&x=/", "/atlas?from=poster&x=/"],
      ["a view", "/ATLAS/western-europe.json", "/atlas/western-europe.json"],
      ["a view in upper case", "/atlas/western-europe.MD", "/atlas/western-europe.md"],
      ["all of it at once", "/Atlas//WESTERN-europe/%42elgium/?a=1", "/atlas/western-europe/belgium?a=1"],
    ])("%s leads to the one true spelling", async (_what, target, location) => {
      expectRedirect(await site.get(target), 308, location);
      expect((await site.get(location)).status).toBe(200);
    });

    test("what leads nowhere is not found, however it is spelt", async () => {
      for (const target of [
        "/ATLAS/nowhere/",
        "/atlas//nowhere",
        "/atlas/western_europe",
        "/atlas/a%20b",
        "/atlas/x.pdf",
        "/atlas/.md",
        "/.md",
      ])
        expectPage(await site.get(target), 404, "There is no page at this address");
    });
  });

  describe("history", () => {
    let trip: Planted;
    const go = (target: string) => site.get(target);

    beforeAll(async () => {
      trip = await plantTrip(site.services, {
        title: "Course",
        children: [
          { title: "Basics", children: [{ title: "Install" }, { title: "First Steps" }] },
          { title: "Advanced", children: [{ title: "Tuning" }] },
          { title: "Appendix", children: [{ title: "Glossary", children: [{ title: "Terms" }] }] },
          { title: "Drafts of Old" },
        ],
      });
    });

    test("a renamed page and all below it answer with one hop, the query and the view kept", async () => {
      await edit(site.services, (trx, at) => editNode(trx, trip.id("Basics"), { slug: "foundations" }, at));
      expectPage(await go("/course/foundations/install"), 200, "Install");
      expectRedirect(await go("/course/basics"), 302, "/course/foundations");
      expectRedirect(await go("/course/basics/install"), 302, "/course/foundations/install");
      expectRedirect(await go("/course/basics/install.json?a=1&b"), 302, "/course/foundations/install.json?a=1&b");
      expectRedirect(await go("/course/basics/install.qr.png?size=300"), 302, "/course/foundations/install.qr.png?size=300");
    });

    test("a path that is misspelt and renamed is one hop as well", async () => {
      expectRedirect(await go("/COURSE//Basics/install/?x"), 302, "/course/foundations/install?x");
      expectRedirect(await go("/course/basics/INSTALL.md"), 302, "/course/foundations/install.md");
    });

    test("a chain of renames and moves is one hop from each of its links", async () => {
      await edit(site.services, (trx, at) => editNode(trx, trip.id("Tuning"), { slug: "speed" }, at));
      await edit(site.services, (trx, at) => moveNode(trx, trip.id("Tuning"), { parentId: trip.id("Basics") }, at));
      await edit(site.services, (trx, at) => editNode(trx, trip.id("Tuning"), { slug: "performance" }, at));
      for (const past of ["advanced/tuning", "advanced/speed", "foundations/speed", "basics/speed"])
        expectRedirect(await go(`/course/${past}`), 302, "/course/foundations/performance");
    });

    test("a page that takes a former name is reached by it; what lay below the former holder still is too", async () => {
      const prepared = await site.services.trips.prepareBody("New.");
      await edit(site.services, async (trx, at) => {
        const contentHash = await storeBody(trx, prepared, at);
        return createNode(trx, { title: "New Basics", slug: "basics", contentHash, parentId: trip.id("Course") }, at);
      });
      expectPage(await go("/course/basics"), 200, "New Basics");
      expectRedirect(await go("/course/basics/first-steps"), 302, "/course/foundations/first-steps");
    });

    test("a deleted page and all below it are gone, and the answer says what it was and where to go", async () => {
      await edit(site.services, (trx, at) => deleteNode(trx, trip.id("Glossary"), {}, at));
      const gone = await go("/course/appendix/glossary");
      expectPage(gone, 410, "This page was taken down");
      expect(gone.text).toContain("<bdi>Glossary</bdi>");
      expect(gone.text).toContain('<a href="/course/appendix"><bdi>Appendix</bdi></a>');
      const below = await go("/course/appendix/glossary/terms");
      expectPage(below, 410, "This page was taken down");
      expect(below.text).toContain("<bdi>Terms</bdi>");
      for (const view of [".md", ".json", ".qr.svg"]) expect((await go(`/course/appendix/glossary${view}`)).status).toBe(410);
    });

    test("a restored page answers again, with what was below it", async () => {
      await edit(site.services, (trx, at) => restoreNode(trx, trip.id("Glossary"), at));
      expectPage(await go("/course/appendix/glossary"), 200, "Glossary");
      expectPage(await go("/course/appendix/glossary/terms"), 200, "Terms");
    });

    test("a merged page leads to the one that took over, and its children moved along", async () => {
      await edit(site.services, (trx, at) => mergeNode(trx, trip.id("Appendix"), trip.id("Advanced"), at));
      expectRedirect(await go("/course/appendix"), 302, "/course/advanced");
      expectRedirect(await go("/course/appendix/glossary/terms"), 302, "/course/advanced/glossary/terms");
    });

    test("404 names the nearest page and pages with a similar name", async () => {
      const typo = await go("/course/foundations/instal");
      expectPage(typo, 404, "There is no page at this address");
      expect(typo.text).toContain("<bdi>/course/foundations/instal</bdi>");
      expect(typo.text).toContain('<a href="/course/foundations/install"><bdi>Install</bdi></a>');
      expect(typo.text).toContain('<a href="/course/foundations"><bdi>Basics</bdi></a>');
    });

    test("404 below an unknown first word names trips with a similar one, and shows the address as people read it", async () => {
      const typo = await go("/corse/%C3%A4");
      expectPage(typo, 404, "There is no page at this address");
      expect(typo.text).toContain('<a href="/course"><bdi>Course</bdi></a>');
      expect(typo.text).toContain("<bdi>/corse/ä</bdi>");
    });

    test("a renamed trip leads on from every former path", async () => {
      await edit(site.services, (trx, at) => editNode(trx, trip.id("Course"), { slug: "seminar" }, at));
      expectPage(await go("/seminar/foundations"), 200, "Basics");
      expectRedirect(await go("/course"), 302, "/seminar");
      expectRedirect(await go("/course/appendix/glossary.md?x=1"), 302, "/seminar/advanced/glossary.md?x=1");
      expectRedirect(await go("/Course/Foundations/"), 302, "/seminar/foundations");
      expectPage(await go("/course/nowhere"), 404, "There is no page at this address");
    });

    test("a new trip takes the former slug: its pages win, the others' former paths still lead on", async () => {
      await plantTrip(site.services, { title: "Another Course", slug: "course", children: [{ title: "Basics" }] });
      expectPage(await go("/course"), 200, "Another Course");
      expectPage(await go("/course/basics"), 200, "Basics");
      expectRedirect(await go("/course/foundations/install"), 302, "/seminar/foundations/install");
    });

    test("a new trip that is a draft hides nobody", async () => {
      const hall = await plantTrip(site.services, { title: "Hall", children: [{ title: "Stage" }] });
      await edit(site.services, (trx, at) => editNode(trx, hall.id("Hall"), { slug: "auditorium" }, at));
      await plantTrip(site.services, { title: "New Hall", slug: "hall", state: "draft", children: [{ title: "Stage" }] });
      expectRedirect(await go("/hall"), 302, "/auditorium");
      expectRedirect(await go("/hall/stage"), 302, "/auditorium/stage");
    });
  });

  describe("methods", () => {
    beforeAll(async () => {
      await plantTrip(site.services, { title: "Methods" });
    });

    test.each(["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"])("%s is not for pages", async (method) => {
      for (const target of ["/methods", "/", "/nowhere", "/c/00000000", "/sitemap.xml", "/assets/x/y"]) {
        const { status, headers } = await site.ask(method, target);
        expect({ target, status, allow: headers.allow }).toEqual({ target, status: 405, allow: "GET, HEAD" });
      }
    });

    test("HEAD says of everything what GET says, without a body", async () => {
      const steady = ({ date: _, "cache-status": __, "server-timing": ___, ...headers }: Answer["headers"]) => headers;
      for (const target of [
        "/",
        "/methods",
        "/METHODS",
        "/methods.md",
        "/methods.json",
        "/methods.qr.png",
        "/nowhere",
        "/robots.txt",
        "/c/x",
      ]) {
        const get = await site.get(target);
        const head = await site.ask("HEAD", target);
        expect({ target, status: head.status, headers: steady(head.headers) }).toEqual({
          target,
          status: get.status,
          headers: steady(get.headers),
        });
        expect(head.body).toHaveLength(0);
      }
    });
  });
});
