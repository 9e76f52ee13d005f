import { afterAll, beforeAll, expect, it } from "vitest";
import { parseConfig } from "../../src/config.ts";
import { createServices, type Services } from "../../src/services.ts";
import { exportTrip } from "../../src/trips/export-trip.ts";
import { eachDatabase } from "../support/databases.ts";
import { createEditKit } from "./edit-kit.ts";

const svg = (width: number) => Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="1"/>`);

eachDatabase((makeDatabase) => {
  let services: Services;
  beforeAll(async () => {
    const { url } = await makeDatabase();
    services = await createServices(parseConfig({ DATABASE_URL: url }));
  });
  afterAll(() => services.close());

  it("lists names and files in one order, however the database sorts text", async () => {
    const kit = await createEditKit(services.database);
    const root = await kit.trip("trip");
    const page = await kit.page(root, "zoo");
    for (const slug of ["ärger", "ab", "a-b", "now"]) await kit.rename(page, slug);
    for (let width = 1; width <= 12; width += 1) await services.assets.add(root.tripId, "image.svg", svg(width));
    for (const filename of ["a.svg", "B.svg"]) await services.assets.add(root.tripId, filename, svg(1));

    const { names, assets } = await exportTrip(services.database.db, root.tripId);
    const hashes = assets.map((asset) => asset.hash);
    expect(names.map((name) => name.segment)).toEqual(["a-b", "ab", "zoo", "ärger"]);
    expect(hashes).toEqual([...hashes].sort());
    expect(assets.find((asset) => asset.width === 1)!.filenames).toEqual(["B.svg", "a.svg", "image.svg"]);
  });
});
