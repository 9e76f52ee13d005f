import fc from "fast-check";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { parseConfig } from "../../src/config.ts";
import type { TripExport } from "../../src/import/export/types.ts";
import { slugify } from "../../src/paths/slugify.ts";
import { createServices, type Services } from "../../src/services.ts";
import { exportTrip } from "../../src/trips/export-trip.ts";
import { findRestoredTrip, restoreTrip } from "../../src/trips/restore-trip.ts";
import { normaliseBody } from "../../src/trips/service.ts";
import { arbitraryExport } from "../import/arbitrary-export.ts";
import { eachDatabase } from "../support/databases.ts";

/** What does not depend on where a trip lives: line ends are LF, places count moments from 1 on, and lists have an order of their own. */
function normalised(trip: TripExport): TripExport {
  const moments = [
    trip.trip.namedSince,
    ...trip.nodes.map((node) => node.standsSince),
    ...[...trip.names, ...trip.rootNames].flatMap((name) => [name.heldFrom, name.heldUntil]),
  ];
  const ranks = new Map([...new Set(moments)].sort((one, other) => one - other).map((moment, index) => [moment, index + 1]));
  const rank = (moment: number) => ranks.get(moment)!;
  const stay = <T extends { heldFrom: number; heldUntil: number }>(name: T) => ({
    ...name,
    heldFrom: rank(name.heldFrom),
    heldUntil: rank(name.heldUntil),
  });
  const sorted = <T>(items: readonly T[]) => [...items].sort((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1));
  return {
    ...trip,
    trip: { ...trip.trip, namedSince: rank(trip.trip.namedSince) },
    nodes: sorted(trip.nodes.map((node) => ({ ...node, body: normaliseBody(node.body), standsSince: rank(node.standsSince) }))),
    names: sorted(trip.names.map(stay)),
    rootNames: sorted(trip.rootNames.map(stay)),
    tombstones: sorted(trip.tombstones),
    cards: sorted(trip.cards),
    assets: sorted(
      trip.assets.map(({ bytes, filenames, ...asset }) => ({ ...asset, filenames: [...filenames].sort(), bytes: new Uint8Array(bytes) })),
    ),
  };
}

/** No first word is one of the server's own. */
const storable = arbitraryExport.map((trip) => ({ ...trip, trip: { ...trip.trip, slug: slugify(`t ${trip.trip.slug}`) } }));

/** All trips of a database, in the order in which they hold each other. */
async function clear({ db }: Services["database"]): Promise<void> {
  for (const table of ["cards", "tombstones", "names", "root_names", "trip_assets", "assets", "nodes"] as const)
    await db.deleteFrom(table).execute();
  await db.deleteFrom("trips").where("id", ">", 0).execute();
}

eachDatabase((makeDatabase, kind) => {
  let services: Services;
  beforeAll(async () => {
    const { url } = await makeDatabase();
    services = await createServices(parseConfig({ DATABASE_URL: url }));
  });
  afterAll(() => services.close());
  afterEach(() => clear(services.database));

  it("gives the trip that was exported, whatever it holds", async () => {
    await fc.assert(
      fc
        .asyncProperty(storable, async (trip) => {
          const tripId = await restoreTrip(services.trips, trip);
          expect(normalised(await exportTrip(services.database.db, tripId))).toEqual(normalised(trip));
          expect(await findRestoredTrip(services.trips, trip)).toBe(tripId);
        })
        .afterEach(() => clear(services.database)),
      { numRuns: kind === "sqlite" ? 80 : 40 },
    );
  });

  it("gives equal exports from wherever it lives", async () => {
    const [trip] = fc.sample(storable, { numRuns: 1, seed: 11 });
    const first = await exportTrip(services.database.db, await restoreTrip(services.trips, trip!));
    await clear(services.database);
    expect(await exportTrip(services.database.db, await restoreTrip(services.trips, first))).toEqual(first);
  });

  it("moves the change counter on by as many moments as the trip has, whatever their numbers are", async () => {
    const [trip] = fc.sample(storable, { numRuns: 1, seed: 11 });
    const far = trip!.nodes.map((node) => ({ ...node, standsSince: node.standsSince * 100_000_000 }));
    const readCounter = async () => (await services.database.db.selectFrom("meta").select("seq").executeTakeFirstOrThrow()).seq;
    const before = await readCounter();
    await restoreTrip(services.trips, { ...trip!, nodes: far });
    expect((await readCounter()) - before).toBeLessThan(100);
  });

  it("is refused, and changes nothing, while the trip is here", async () => {
    const [trip] = fc.sample(storable, { numRuns: 1, seed: 7 });
    const tripId = await restoreTrip(services.trips, trip!);
    const before = await exportTrip(services.database.db, tripId);
    await expect(restoreTrip(services.trips, trip!, { slug: "a-second-one" })).rejects.toMatchObject({ code: "import-refused" });
    expect(await exportTrip(services.database.db, tripId)).toEqual(before);
  });
});
