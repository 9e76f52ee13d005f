import { renameSync } from "node:fs";
import { expect, test } from "vitest";
import { parseConfig } from "../../src/config.ts";
import { createServices } from "../../src/services.ts";
import { editNode } from "../../src/trips/edits.ts";
import { plantTrip } from "../delivery/plant-trip.ts";
import { useSqlite } from "../support/databases.ts";

const makeFile = useSqlite();

test("an edit after which nobody can be asked returns when what is older is served no more", async () => {
  const { url, filename } = await makeFile({ migrated: false });
  const services = await createServices(parseConfig({ DATABASE_URL: url, RENDER_THREADS: "1" }));
  try {
    const { tripId, id } = await plantTrip(services, { title: "Trip", children: [{ title: "Page" }] });
    const before = (await services.trips.snapshot(tripId))!;
    expect(services.freshness.isCurrent(before)).toBe(true);
    const edited = services.trips.edit(
      async (trx, at) => {
        const node = await editNode(trx, id("Page"), { title: "Renamed" }, at);
        // The connections go on; polls look at the place.
        renameSync(filename!, `${filename}.away`);
        return node;
      },
      (node) => node.tripId,
    );
    expect(await edited).toMatchObject({ result: { title: "Renamed" }, receipt: { tripId } });
    expect(services.freshness.isCurrent(before)).toBe(false);
  } finally {
    renameSync(`${filename}.away`, filename!);
    await services.close();
  }
});
