import { expect, test } from "vitest";
import { KEPT_MS, prune } from "../../src/db/janitor.ts";
import { eachDatabase } from "../support/databases.ts";
import { createEditKit } from "../trips/edit-kit.ts";

const aDayLater = () => Date.now() + KEPT_MS + 1_000;

eachDatabase((makeDatabase) => {
  test("after a day only the newest change is left, and versions are what they were", async () => {
    const database = await makeDatabase();
    const kit = await createEditKit(database);
    const root = await kit.trip("t");
    for (const slug of ["a", "b", "c"]) await kit.page(root, slug);
    const { seq } = await database.db.selectFrom("meta").select("seq").executeTakeFirstOrThrow();
    const trips = await database.db.selectFrom("trips").selectAll().orderBy("id").execute();

    await prune(database, Date.now());
    expect((await database.db.selectFrom("changes").select("seq").execute()).length).toBeGreaterThan(1);
    await prune(database, aDayLater());
    expect(await database.db.selectFrom("changes").select("seq").execute()).toEqual([{ seq }]);
    expect(await database.db.selectFrom("trips").selectAll().orderBy("id").execute()).toEqual(trips);
    await kit.page(root, "d");
    expect((await database.db.selectFrom("changes").select("seq").execute()).length).toBeGreaterThan(1);
  });
});
