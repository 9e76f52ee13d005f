import { beforeAll, describe, expect, test } from "vitest";
import { deleteNode, editNode, mergeNode, moveNode, restoreNode } from "../../src/trips/edits.ts";
import { eachDatabase } from "../support/databases.ts";
import { edit, type Planted, plantTrip } from "./plant-trip.ts";
import { type Answer, eventually, startSite, useSite } from "./test-site.ts";

eachDatabase((makeDatabase) => {
  const site = useSite(makeDatabase);
  let trip: Planted;
  const codes = new Map<string, string>();
  const code = (title: string) => codes.get(title)!;

  const expectHop = ({ status, headers, body }: Answer, location: string) => {
    expect({ status, location: headers.location, caching: headers["cache-control"] }).toEqual({
      status: 302,
      location,
      caching: "no-store",
    });
    expect(body).toHaveLength(0);
  };
  const expectNone = ({ status, headers, text }: Answer, title: string) => {
    expect({ status, title: /<h1>(.*?)<\/h1>/.exec(text)?.[1] }).toEqual({ status: 404, title });
    expect(headers["content-type"]).toBe("text/html; charset=utf-8");
  };

  beforeAll(async () => {
    trip = await plantTrip(site.services, {
      title: "Walk",
      children: [
        { title: "Gate" },
        { title: "Pond", children: [{ title: "Ducks" }] },
        { title: "Old Oak" },
        { title: "New Oak" },
        { title: "Hut", children: [{ title: "Kitchen" }] },
        { title: "Tower" },
      ],
    });
    for (const title of ["Walk", "Gate", "Pond", "Ducks", "Old Oak", "New Oak", "Hut", "Kitchen", "Tower"])
      codes.set(title, (await site.services.cards.cardOf(trip.id(title))).code);
  });

  describe("a code", () => {
    test("leads to its page in one hop, which nobody may keep", async () => {
      expectHop(await site.get(`/c/${code("Gate")}`), "/walk/gate");
      expectHop(await site.get(`/c/${code("Walk")}`), "/walk");
    });

    test("is read in any case, with hyphens and spaces, with a slash or a query behind it", async () => {
      const upper = code("Ducks");
      const halves = [upper.slice(0, 4), upper.slice(4)] as const;
      for (const target of [
        `/C/${upper}`,
        `/c/${upper.toLowerCase()}`,
        `/c/${halves.join("-")}`,
        `/c/${halves.join("%20")}`,
        `/c/${upper}/`,
        `/c//${upper}`,
        `/%63/${upper}`,
        `/c/${upper}?utm_source=poster`,
      ])
        expectHop(await site.get(target), "/walk/pond/ducks");
    });

    test("is read with O for 0 and I or L for 1", async () => {
      for (const digit of ["0", "1"]) {
        let text = "";
        while (!text.includes(digit)) text = (await site.services.cards.mint(trip.id("Tower"))).code;
        for (const letter of digit === "0" ? "Oo" : "IiLl")
          expectHop(await site.get(`/c/${text.replaceAll(digit, letter)}`), "/walk/tower");
      }
    });

    test("with a misread or swapped character is said to be misread", async () => {
      const text = code("Gate");
      const misread = (text.startsWith("A") ? "B" : "A") + text.slice(1);
      expectNone(await site.get(`/c/${misread}`), "This card code was misread");
      expect((await site.get(`/c/${misread.toLowerCase()}`)).text).toContain(`<bdi>/c/${misread}</bdi>`);
    });

    test("that nobody made, or that is none, is said to be so", async () => {
      const unknown = ["00000000", "7ZZZZZZZ"].find((text) => !codes.has(text))!;
      expectNone(await site.get(`/c/${unknown}`), "No card has this code");
      for (const target of ["/c/short", "/c/MUCHTOOLONG", "/c/ABCDEF%C3%9C1", "/c/%22%3E%3Cscript%3E", "/c/+", `/c/${code("Gate")}++`])
        expectNone(await site.get(target), "This is no card code");
    });

    test("is nothing that has a view, a page below, or no code at all", async () => {
      for (const target of [`/c/${code("Gate")}.json`, `/c/${code("Gate")}/more`, "/c", "/c/"])
        expectNone(await site.get(target), "There is no page at this address");
    });

    test("that is not well-formed percent-encoding is refused like any other address", async () => {
      for (const target of ["/c/%zz", "/c/%ff", "/c/%00", "/c/%2F"]) expect((await site.get(target)).status).toBe(400);
    });
  });

  describe("a look before the hop", () => {
    test("shows where the card leads, and is kept and counted by nobody", async () => {
      const preview = await site.get(`/c/${code("Ducks").toLowerCase()}+`);
      expect(preview.status).toBe(200);
      expect(preview.headers["cache-control"]).toBe("no-store");
      expect(preview.text).toContain('<a class="button" href="/walk/pond/ducks">Open the page</a>');
      expect(preview.text).toContain(`<b>${code("Ducks")}</b>`);
      for (const place of ["Walk", "Pond", "Ducks"]) expect(preview.text).toContain(`<bdi>${place}</bdi>`);
      expect((await site.get(`/c/${code("Ducks")}%2B`)).text).toBe(preview.text);
    });
  });

  describe("whatever happens to its page, a card", () => {
    test("follows a rename and a move", async () => {
      await edit(site.services, (trx, at) => editNode(trx, trip.id("Ducks"), { slug: "swans" }, at));
      expectHop(await site.get(`/c/${code("Ducks")}`), "/walk/pond/swans");
      await edit(site.services, (trx, at) => moveNode(trx, trip.id("Ducks"), { parentId: trip.id("Gate") }, at));
      expectHop(await site.get(`/c/${code("Ducks")}`), "/walk/gate/swans");
    });

    test("follows a merge, through more than one", async () => {
      await edit(site.services, (trx, at) => mergeNode(trx, trip.id("Old Oak"), trip.id("New Oak"), at));
      expectHop(await site.get(`/c/${code("Old Oak")}`), "/walk/new-oak");
      await edit(site.services, (trx, at) => mergeNode(trx, trip.id("New Oak"), trip.id("Tower"), at));
      expectHop(await site.get(`/c/${code("Old Oak")}`), "/walk/tower");
    });

    test("says what was deleted, and leads there again after a restore", async () => {
      await edit(site.services, (trx, at) => deleteNode(trx, trip.id("Hut"), {}, at));
      for (const title of ["Hut", "Kitchen"]) {
        const gone = await site.get(`/c/${code(title)}`);
        expect(gone.status).toBe(410);
        expect(gone.text).toContain(`<bdi>${title}</bdi>`);
        expect((await site.get(`/c/${code(title)}+`)).status).toBe(410);
      }
      await edit(site.services, (trx, at) => restoreNode(trx, trip.id("Hut"), at));
      expectHop(await site.get(`/c/${code("Kitchen")}`), "/walk/hut/kitchen");
    });

    test("waits while its page is a draft, and follows the trip to its new slug", async () => {
      await edit(site.services, (trx, at) => editNode(trx, trip.id("Tower"), { state: "draft" }, at));
      expectNone(await site.get(`/c/${code("Tower")}`), "This page is not published yet");
      await edit(site.services, (trx, at) => editNode(trx, trip.id("Tower"), { state: "public" }, at));
      await edit(site.services, (trx, at) => editNode(trx, trip.id("Walk"), { slug: "hike" }, at));
      expectHop(await site.get(`/c/${code("Tower")}`), "/hike/tower");
    });
  });

  describe("scans", () => {
    const newCode = async () => (await site.services.cards.mint(trip.id("Gate"))).code;
    const scansOf = async (of: string) =>
      (await site.services.cards.list({ nodeId: trip.id("Gate") })).find(({ code: its }) => its === of)!.scans;

    test("reach the database, looks and HEAD requests do not", async () => {
      const fresh = await newCode();
      await site.ask("HEAD", `/c/${fresh}`);
      await site.get(`/c/${fresh}+`);
      await Promise.all(Array.from({ length: 25 }, () => site.get(`/c/${fresh}`)));
      const counted = await eventually(
        5_000,
        () => scansOf(fresh),
        (scans) => scans >= 25,
      );
      expect(counted).toBe(25);
    });

    test("are written before the server ends, and change no page's version", async () => {
      const fresh = await newCode();
      const other = await startSite({ databaseUrl: site.databaseUrl });
      const { version } = (await other.services.trips.snapshot(trip.tripId))!;
      await other.get(`/c/${fresh}`);
      await other.close();
      expect(await scansOf(fresh)).toBe(1);
      expect((await site.services.trips.snapshot(trip.tripId))!.version).toBe(version);
    });
  });
});
