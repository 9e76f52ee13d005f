import { beforeEach, describe, expect, test } from "vitest";
import { createTrip } from "../../src/trips/edits.ts";
import { findTrip, findTripsBySlug } from "../../src/trips/repository.ts";
import type { TripNode } from "../../src/trips/types.ts";
import { eachDatabase } from "../support/databases.ts";
import { AT, createEditKit, type EditKit, EMPTY } from "./edit-kit.ts";

eachDatabase((makeDatabase) => {
  let kit: EditKit;
  let root: TripNode;
  let trips = 0;

  beforeEach(async () => {
    kit ??= await createEditKit(await makeDatabase());
    trips += 1;
    root = await kit.trip(`trip-${trips}`);
  });

  describe("a trip's slug", () => {
    test("may be no word of the server's own, and evades them by itself", async () => {
      for (const slug of ["api", "C", "search"]) await expect(kit.trip(slug)).rejects.toMatchObject({ code: "slug-reserved" });
      const automatic = await kit.edit((trx) => createTrip(trx, { title: "Search", language: "en", contentHash: EMPTY }, AT));
      expect((await findTrip(kit.database.db, String(automatic.tripId)))?.slug).toMatch(/^search-\d+$/);
    });

    test("is refused where another trip has it, deleted or not", async () => {
      const slug = `trip-${trips}`;
      await expect(kit.trip(slug)).rejects.toMatchObject({ code: "slug-taken", details: { holder: root.tripId } });
      await kit.remove(root);
      await expect(kit.trip(slug)).rejects.toMatchObject({ code: "slug-taken" });
    });

    test("leaves its past behind when it changes, and stays findable by it", async () => {
      const [first, second] = [`trip-${trips}`, `trip-${trips}-renamed`];
      await kit.rename(root, second);
      expect(await findTrip(kit.database.db, first)).toMatchObject({ id: root.tripId, slug: second });
      expect(await findTrip(kit.database.db, second.toUpperCase())).toMatchObject({ id: root.tripId });
      expect(await findTrip(kit.database.db, String(root.tripId))).toMatchObject({ slug: second });
      expect(await findTrip(kit.database.db, "never-was")).toBeUndefined();
      expect(
        await kit.database.db.selectFrom("root_names").select(["slug", "trip_id"]).where("trip_id", "=", root.tripId).execute(),
      ).toEqual([{ slug: first, trip_id: root.tripId }]);
    });

    test("tells who had it when, the present holder first", async () => {
      const slug = `trip-${trips}`;
      await kit.rename(root, `${slug}-b`);
      const heir = await kit.trip(slug);
      await kit.rename(heir, `${slug}-c`);
      await kit.rename(root, slug);
      const { value: stays } = await findTripsBySlug(kit.database.db, slug);
      expect(stays.map((stay) => stay.tripId)).toEqual([root.tripId, heir.tripId, root.tripId]);
      expect(stays[0]?.until).toBe(Number.POSITIVE_INFINITY);
      // Each began no earlier than the one before it ended.
      expect(stays.every((stay, index) => stay.from < stay.until && (index === 0 || stay.until <= stays[index - 1]!.from))).toBe(true);
    });

    test("that is a number of digits is found where no trip has that number", async () => {
      const year = await kit.trip("2024202420");
      expect(await findTrip(kit.database.db, "2024202420")).toMatchObject({ id: year.tripId });
      const short = await kit.trip("987654");
      expect(await findTrip(kit.database.db, "987654")).toMatchObject({ id: short.tripId });
    });

    test("made from the title evades other trips' past, an author's takes it", async () => {
      const slug = `trip-${trips}`;
      await kit.rename(root, `${slug}-b`);
      const automatic = await kit.edit((trx) => createTrip(trx, { title: slug, language: "en", contentHash: EMPTY }, AT));
      expect((await findTrip(kit.database.db, String(automatic.tripId)))?.slug).toBe(`${slug}-2`);
      expect(await findTrip(kit.database.db, String((await kit.trip(slug)).tripId))).toMatchObject({ slug });
    });
  });
});
