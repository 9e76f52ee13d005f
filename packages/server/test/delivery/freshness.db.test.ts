import { once } from "node:events";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createNode, deleteNode, editNode, moveNode, restoreNode } from "../../src/trips/edits.ts";
import { storeBody } from "../../src/trips/service.ts";
import { eachDatabase } from "../support/databases.ts";
import { edit, type Planted, plantTrip, writeBody } from "./plant-trip.ts";
import { runRawSql } from "./raw-sql.ts";
import { type Answer, eventually, startSite, type TestSite, useSite } from "./test-site.ts";

/** L: by then every committed change is seen, however it was made. */
const LEASE_MS = 2_000;

eachDatabase((makeDatabase) => {
  const site = useSite(makeDatabase);
  let trip: Planted;
  let number = 0;
  let slug = "";

  /** A new trip for each test, each page of it in memory. */
  beforeEach(async () => {
    number += 1;
    slug = `diary-${number}`;
    trip = await plantTrip(site.services, {
      title: `Diary ${number}`,
      slug,
      children: [{ title: "Monday", children: [{ title: "Morning" }, { title: "Evening" }] }, { title: "Tuesday" }],
    });
    for (const path of ["", "/monday", "/monday/morning", "/monday/evening", "/tuesday"])
      expect(await answer(path)).toMatchObject({ status: 200 });
    for (const target of ["/", "/sitemap.xml", sitemapPath()]) await site.get(target);
  });

  const answer = (path: string) => site.get(`/${slug}${path}`);
  const json = async (path: string) => JSON.parse((await answer(`${path}.json`)).text);
  const sitemapPath = () => `/-/sitemap/${trip.tripId}.xml`;
  const addPage = async (title: string, parent: string) => {
    const prepared = await site.services.trips.prepareBody(`About ${title}.`);
    return edit(site.services, async (trx, at) =>
      createNode(trx, { title, contentHash: await storeBody(trx, prepared, at), parentId: trip.id(parent) }, at),
    );
  };

  describe("an edit through the service is in the very next answer", () => {
    test("a text, in each view", async () => {
      await answer("/tuesday.md");
      await writeBody(site.services, trip.id("Tuesday"), "It rained.");
      for (const view of ["", ".md", ".json"]) expect((await answer(`/tuesday${view}`)).text).toContain("It rained.");
    });

    test("a title, on the page, in contents, breadcrumbs, neighbours, the library and at the card", async () => {
      const { code } = await site.services.cards.cardOf(trip.id("Monday"));
      await edit(site.services, (trx, at) => editNode(trx, trip.id("Monday"), { title: "Day One" }, at));
      await edit(site.services, (trx, at) => editNode(trx, trip.id(`Diary ${number}`), { title: `Journal ${number}` }, at));
      expect((await answer("/monday")).text).toContain("<h1>Day One</h1>");
      expect((await answer("")).text).toContain("<span>Day One</span>");
      expect((await json("/monday/morning")).breadcrumbs.map(({ title }: { title: string }) => title)).toEqual([
        `Journal ${number}`,
        "Day One",
      ]);
      expect((await json("/tuesday")).previous.title).toBe("Evening");
      expect((await json("/monday/morning")).previous.title).toBe("Day One");
      expect((await site.get("/")).text).toContain(`<h2>Journal ${number}</h2>`);
      expect((await site.get(`/c/${code}+`)).text).toContain("<bdi>Day One</bdi>");
    });

    test("a rename and a move: the old address leads on, the new one answers, the order follows", async () => {
      await edit(site.services, (trx, at) => editNode(trx, trip.id("Monday"), { slug: "first-day" }, at));
      expect(await answer("/monday/evening")).toMatchObject({ status: 302, headers: { location: `/${slug}/first-day/evening` } });
      expect((await answer("/first-day/evening")).status).toBe(200);
      await edit(site.services, (trx, at) => moveNode(trx, trip.id("Morning"), { parentId: trip.id("Tuesday") }, at));
      expect(await answer("/first-day/morning")).toMatchObject({ status: 302, headers: { location: `/${slug}/tuesday/morning` } });
      expect((await json("/first-day")).next.title).toBe("Evening");
      expect((await site.get(sitemapPath())).text).toContain(`/${slug}/tuesday/morning<`);
    });

    test("a page where there was none: 404 and then 200", async () => {
      expect((await answer("/wednesday")).status).toBe(404);
      await addPage("Wednesday", `Diary ${number}`);
      expect((await answer("/wednesday")).status).toBe(200);
      expect((await json("/tuesday")).next.title).toBe("Wednesday");
      expect((await site.get(sitemapPath())).text).toContain(`/${slug}/wednesday<`);
    });

    test("a trip where there was none: 404 and then 200, in the library and the sitemap index too", async () => {
      const name = `atlas-${number}`;
      expect((await site.get(`/${name}`)).status).toBe(404);
      expect((await site.get(`/${name}/asia`)).status).toBe(404);
      const { tripId } = await plantTrip(site.services, { title: `Atlas ${number}`, children: [{ title: "Asia" }] });
      expect((await site.get(`/${name}`)).status).toBe(200);
      expect((await site.get(`/${name}/asia`)).status).toBe(200);
      expect((await site.get("/")).text).toContain(`<a href="/${name}">`);
      expect((await site.get("/sitemap.xml")).text).toContain(`/-/sitemap/${tripId}.xml<`);
    });

    test("a deletion and a restore: 410 and then 200, with all below, out of and in contents and sitemap", async () => {
      const all = ["/monday", "/monday/morning", "/monday/evening.md"];
      await edit(site.services, (trx, at) => deleteNode(trx, trip.id("Monday"), {}, at));
      for (const path of all) expect((await answer(path)).status).toBe(410);
      expect((await json("")).children.map(({ title }: { title: string }) => title)).toEqual(["Tuesday"]);
      expect((await site.get(sitemapPath())).text).not.toContain("monday");
      await edit(site.services, (trx, at) => restoreNode(trx, trip.id("Monday"), at));
      for (const path of all) expect((await answer(path)).status).toBe(200);
      expect((await site.get(sitemapPath())).text).toContain("monday");
    });

    test("a reader after it does not share in the making of a page that began before it", async () => {
      const { trips } = site.services;
      const begun = Promise.withResolvers<void>();
      const held = Promise.withResolvers<void>();
      await writeBody(site.services, trip.id("Tuesday"), "Before.");
      trips.content = async (hash) => {
        Reflect.deleteProperty(trips, "content");
        begun.resolve();
        await held.promise;
        return trips.content(hash);
      };
      const before = answer("/tuesday");
      await begun.promise;
      await writeBody(site.services, trip.id("Tuesday"), "After.");
      const arrival = once(site.server, "request");
      const after = answer("/tuesday");
      await arrival;
      held.resolve();
      expect((await after).text).toContain("After.");
      expect((await before).status).toBe(200);
    });

    test("however many read meanwhile, and whatever they share: never an older text than was acknowledged", async () => {
      let acknowledged = 0;
      let done = false;
      const versionIn = ({ text }: Answer) => Number(/Version (\d+)\./.exec(text)?.[1] ?? 0);
      const behind: { floor: number; seen: number }[] = [];
      const read = async (target: string) => {
        while (!done) {
          const floor = acknowledged;
          const seen = versionIn(await site.get(target));
          if (seen < floor) behind.push({ floor, seen });
        }
      };
      const page = `/${slug}/tuesday`;
      const readers = [...Array<string>(12).fill(page), `${page}?q`, `${page}.md`, `${page}.json`].map(read);
      for (let version = 1; version <= 40; version += 1) {
        await writeBody(site.services, trip.id("Tuesday"), `Version ${version}.`);
        acknowledged = version;
      }
      done = true;
      await Promise.all(readers);
      expect(behind).toEqual([]);
      expect(versionIn(await site.get(page))).toBe(40);
    });
  });

  describe("a change made behind the server's back is seen within the lease", () => {
    const within = <T>(look: () => Promise<T>, isSo: (seen: T) => boolean) => eventually(LEASE_MS, look, isSo);
    const run = (sql: string) => runRawSql(site.databaseUrl, sql);

    test("a title, on the page and in the library", async () => {
      await run(`update nodes set title = 'Changed Elsewhere' where id = '${trip.id(`Diary ${number}`)}'`);
      await within(
        () => answer(""),
        ({ text }) => text.includes("<h1>Changed Elsewhere</h1>"),
      );
      expect((await site.get("/")).text).toContain("<h2>Changed Elsewhere</h2>");
    });

    test("a rename, with the history that the database itself writes", async () => {
      await run(`update nodes set segment = 'first-day' where id = '${trip.id("Monday")}'`);
      await within(
        () => answer("/first-day/morning"),
        ({ status }) => status === 200,
      );
      expect(await answer("/monday/morning")).toMatchObject({ status: 302, headers: { location: `/${slug}/first-day/morning` } });
    });

    test("a deletion: 410, never the old page again", async () => {
      const id = trip.id("Monday");
      await run(`insert into tombstones (node_id, trip_id, segment, deleted_at) values ('${id}', ${trip.tripId}, 'monday', ${Date.now()});
        update nodes set segment = null where id = '${id}'`);
      await within(
        () => answer("/monday/morning"),
        ({ status }) => status === 410,
      );
      expect((await answer("/monday")).status).toBe(410);
    });

    test("a page and a trip that were not found before", async () => {
      expect((await answer("/wednesday")).status).toBe(404);
      expect((await site.get(`/renamed-${number}`)).status).toBe(404);
      await run(`insert into nodes (id, trip_id, parent_id, segment, slug_explicit, position, title, content_hash, state, created_at, updated_at)
        select '${String(number).padStart(12, "0")}', trip_id, parent_id, 'wednesday', 0, position + 1, 'Wednesday', content_hash, 'public', 0, 0
        from nodes where id = '${trip.id("Tuesday")}';
        update trips set slug = 'renamed-${number}' where id = ${trip.tripId}`);
      await within(
        () => site.get(`/renamed-${number}/wednesday`),
        ({ status }) => status === 200,
      );
      expect(await answer("/tuesday")).toMatchObject({ status: 302, headers: { location: `/renamed-${number}/tuesday` } });
      expect((await site.get("/")).text).toContain(`<a href="/renamed-${number}">`);
    });

    test("a trip that is taken out of the public", async () => {
      await run(`update nodes set state = 'draft' where id = '${trip.id(`Diary ${number}`)}'`);
      await within(
        () => answer("/tuesday"),
        ({ status }) => status === 404,
      );
      expect((await site.get("/")).text).not.toContain(`<a href="/${slug}">`);
      expect((await site.get("/sitemap.xml")).text).not.toContain(`${sitemapPath()}<`);
    });
  });

  describe("with a second server on the same database", () => {
    let other: TestSite;
    beforeAll(async () => {
      other = await startSite({ databaseUrl: site.databaseUrl });
      return () => other.close();
    });

    test("what one edits the other shows within the lease", async () => {
      const target = `/${slug}/tuesday`;
      expect((await other.get(target)).status).toBe(200);
      await writeBody(site.services, trip.id("Tuesday"), "Written at the other server.");
      await eventually(
        LEASE_MS,
        () => other.get(target),
        ({ text }) => text.includes("Written at the other server."),
      );
    });
  });
});
