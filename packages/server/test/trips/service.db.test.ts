import { createFreshness } from "@qrcards/cache";
import { beforeAll, describe, expect, test } from "vitest";
import { createNeighbours } from "../../src/freshness/neighbours.ts";
import { Visibility } from "../../src/freshness/visibility.ts";
import { contentHash } from "../../src/trips/content-hash.ts";
import { editNode } from "../../src/trips/edits.ts";
import { getNode } from "../../src/trips/repository.ts";
import { BODY_LIMIT_BYTES, TripService } from "../../src/trips/service.ts";
import { type Planted, plantTrip, writeBody } from "../delivery/plant-trip.ts";
import { eventually, useSite } from "../delivery/test-site.ts";
import { eachDatabase } from "../support/databases.ts";

eachDatabase((makeDatabase) => {
  const site = useSite(makeDatabase);
  let trip: Planted;

  beforeAll(async () => {
    trip = await plantTrip(site.services, { title: "Trip", children: [{ title: "Page", body: "# Page\n\nThe *text*." }] });
  });

  describe("reading", () => {
    test("a trip that there is not is undefined, each time anew", async () => {
      expect(await site.services.trips.snapshot(99)).toBeUndefined();
      site.statements.length = 0;
      expect(await site.services.trips.snapshot(99)).toBeUndefined();
      expect(site.statements).toHaveLength(1);
    });

    test("a trip of a number that no trip can have is undefined, and no database is asked for it", async () => {
      site.statements.length = 0;
      for (const tripId of [2 ** 31, 9_999_999_999]) expect(await site.services.trips.snapshot(tripId)).toBeUndefined();
      expect(site.statements).toEqual([]);
      expect((await site.get("/-/sitemap/9999999999.xml")).status).toBe(404);
    });

    test("a slug that nobody has is asked for once, until somebody has it", async () => {
      const { trips } = site.services;
      expect(await trips.tripsAt("coming")).toEqual([]);
      site.statements.length = 0;
      expect(await trips.tripsAt("coming")).toEqual([]);
      expect(site.statements).toEqual([]);
      const { tripId } = await plantTrip(site.services, { title: "Coming" });
      expect(await trips.tripsAt("coming")).toMatchObject([{ tripId, until: Number.POSITIVE_INFINITY }]);
    });

    test("a structure says of which version it is, and every edit makes another", async () => {
      const { trips } = site.services;
      const before = (await trips.snapshot(trip.tripId))!;
      expect(before).toMatchObject({ tag: `trip:${trip.tripId}`, version: before.snapshot.version });
      expect(await trips.snapshot(trip.tripId)).toMatchObject({ snapshot: before.snapshot });
      await writeBody(site.services, trip.id("Page"), "Another text.");
      const after = (await trips.snapshot(trip.tripId))!;
      expect(after.version).toBeGreaterThan(before.version);
      expect(after.snapshot.findById(trip.id("Page"))).toBe(before.snapshot.findById(trip.id("Page")));
    });

    test("HTML of another renderer's time is made anew, and kept", async () => {
      const { trips, database } = site.services;
      const { contentHash: hash } = await getNode(database.db, trip.id("Trip"));
      const { rendered } = await trips.content(hash);
      await database.db.deleteFrom("rendered").where("content_hash", "=", hash).execute();
      expect((await trips.content(hash)).rendered).toEqual(rendered);
      const stored = () => database.db.selectFrom("rendered").select("html").where("content_hash", "=", hash).execute();
      expect(await eventually(5_000, stored, (rows) => rows.length === 1)).toEqual([{ html: rendered.html }]);
    });

    test("the library has the opening words that another renderer found, until a page is made anew", async () => {
      const { trips, database } = site.services;
      const { contentHash: hash } = await getNode(database.db, trip.id("Trip"));
      await trips.content(hash);
      const describe = async () => {
        // Another change of the catalog, so that it is read anew.
        await plantTrip(site.services, { title: "Another" });
        return (await trips.library()).trips.find(({ id }) => id === trip.tripId)!.description;
      };
      const description = await describe();
      expect(description).not.toBe("");
      await database.db.updateTable("rendered").set({ renderer: "before" }).where("content_hash", "=", hash).execute();
      expect(await describe()).toBe(description);
    });

    test("a content that is not there is a fault of ours", async () => {
      await expect(site.services.trips.content(contentHash("nobody wrote this"))).rejects.toMatchObject({ code: "internal" });
    });
  });

  describe("an edit", () => {
    const titleOf = async () => (await getNode(site.services.database.db, trip.id("Page"))).title;
    const rename = (title: string) => (trx: Parameters<typeof editNode>[0], at: number) => editNode(trx, trip.id("Page"), { title }, at);

    test("is told the version that readers get from then on", async () => {
      const { trips } = site.services;
      let concluded: unknown;
      const { result, receipt } = await trips.edit(
        rename("Renamed"),
        ({ tripId }) => tripId,
        async (_trx, _result, known) => {
          concluded = known;
        },
      );
      expect(result.title).toBe("Renamed");
      expect(concluded).toEqual(receipt);
      expect(await trips.snapshot(trip.tripId)).toMatchObject({ version: receipt.version, snapshot: { stamp: receipt.stamp } });
    });

    test("that fails, at its end too, is none", async () => {
      const { trips } = site.services;
      const { version } = (await trips.snapshot(trip.tripId))!;
      const before = await titleOf();
      const fail = async () => {
        throw new Error("no");
      };
      await expect(
        trips.edit(
          async (trx, at) => {
            await rename("Never")(trx, at);
            return fail();
          },
          () => trip.tripId,
        ),
      ).rejects.toThrow("no");
      await expect(trips.edit(rename("Never"), ({ tripId }) => tripId, fail)).rejects.toThrow("no");
      expect(await titleOf()).toBe(before);
      await site.services.freshness.hear();
      expect((await trips.snapshot(trip.tripId))!.version).toBe(version);
    });

    test("that is committed is done, although nobody can be asked afterwards what is current", async () => {
      const freshness = createFreshness({ authority: { poll: () => Promise.reject(new Error("away")) } });
      const neighbours = createNeighbours({ freshness, registry: undefined, channels: [] });
      const visibility = new Visibility({ freshness, registry: site.services.registry, neighbours });
      const trips = new TripService({ ...site.services, visibility });
      const { result, visible } = await trips.edit(rename("Committed"), ({ tripId }) => tripId);
      expect(result).toMatchObject({ title: "Committed" });
      expect(visible.by).toBe("lease");
      expect(await titleOf()).toBe("Committed");
    });
  });

  describe("a text", () => {
    test("is the same whatever system it comes from", async () => {
      const { trips } = site.services;
      const { hash, body } = await trips.prepareBody("one\ntwo\n");
      for (const text of ["one\r\ntwo\r\n", "one\rtwo\r", "\uFEFFone\ntwo\n", "\uFEFF\uFEFFone\ntwo\n"])
        expect(await trips.prepareBody(text)).toMatchObject({ hash, body });
    });

    test.each([
      ["a NUL", "a\0b", "validation-failed"],
      ["half a character", "a\uD800b", "validation-failed"],
      ["more than fits", "ä".repeat(BODY_LIMIT_BYTES / 2 + 1), "too-large"],
    ])("with %s is refused", async (_what, text, code) => {
      await expect(site.services.trips.prepareBody(text)).rejects.toMatchObject({ code });
    });
  });
});
