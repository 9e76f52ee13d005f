import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Database } from "../../src/db/database.ts";
import { applyPlan } from "../../src/trips/apply-plan.ts";
import { Snapshot } from "../../src/trips/snapshot.ts";
import { createStructureLoader, type StructureLoader } from "../../src/trips/structure-loader.ts";
import { loadStructure } from "../../src/trips/structure-query.ts";
import type { TripId } from "../../src/trips/types.ts";
import { layCable } from "../delivery/cable.ts";
import { eachDatabase } from "../support/databases.ts";
import { createSyncKit, type SyncKit } from "./sync-kit.ts";

/** More than are loaded on the event loop. */
const MANY = 2_500;

eachDatabase((makeDatabase, kind) => {
  let kit: SyncKit;
  let database: Database;
  let [small, large]: TripId[] = [];
  const loaders: StructureLoader[] = [];

  function createLoader(of: Database = database): StructureLoader {
    const loader = createStructureLoader(of);
    loaders.push(loader);
    return loader;
  }

  beforeAll(async () => {
    kit = await createSyncKit(makeDatabase);
    database = kit.services.database;
    small = (await kit.sync("small", { "index.md": "# Small", "a.md": "# A" })).tripId;
    const plan = await kit.planOf({ "index.md": "# Large" }, "large");
    const pages = Array.from({ length: MANY }, (_, index) => ({
      ...plan.nodes[0]!,
      parentKey: "",
      key: `${index}.md`,
      title: `Page ${index}`,
    }));
    large = (await applyPlan(kit.services.trips, { ...plan, nodes: [...plan.nodes, ...pages] })).tripId!;
  });
  afterAll(async () => {
    for (const loader of loaders) await loader.close();
    await kit.services.close();
  });

  describe("a structure", () => {
    test("is the same whether it was loaded here or in a thread", async () => {
      const loader = createLoader();
      for (const tripId of [small!, large!]) expect(await loader.load(tripId)).toEqual(await loadStructure(database.db, tripId));
      expect(new Snapshot((await loader.load(large!))!.bytes).size).toBe(MANY + 1);
    });

    test("of a trip that is not there is none", async () => {
      expect(await createLoader().load(999)).toBeUndefined();
    });

    test("of a small trip takes one statement", async () => {
      const before = kit.statements.length;
      await createLoader().load(small!);
      expect(kit.statements.length - before).toBe(1);
    });

    test("of a large trip is of the version that it says, however many load at once", async () => {
      const loader = createLoader();
      const loaded = await Promise.all([large!, small!, large!, large!].map((tripId) => loader.load(tripId)));
      for (const structure of loaded) expect(new Snapshot(structure!.bytes).version).toBe(structure!.version);
      expect(loaded.map((structure) => new Snapshot(structure!.bytes).tripId)).toEqual([large, small, large, large]);
    });
  });

  describe("a thread", () => {
    test("that cannot do it is not needed", async () => {
      const loader = createLoader({ ...database, url: "sqlite:/dev/null/nowhere.db" });
      expect(await loader.load(large!)).toEqual(await loadStructure(database.db, large!));
      expect(await loader.load(large!)).toEqual(await loadStructure(database.db, large!));
    });

    if (kind === "postgres") {
      test("that hangs is ended, and keeps nobody waiting", async () => {
        const cable = await layCable(database.url);
        const loader = createStructureLoader({ ...database, url: cable.url }, { answerLimitMs: 200 });
        loaders.push(loader);
        cable.freeze();
        const loaded = await Promise.all([loader.load(large!), loader.load(large!)]);
        for (const structure of loaded) expect(structure).toEqual(await loadStructure(database.db, large!));
        await cable.close();
      });
    }

    test("that is told to end in the middle rejects what it was asked for", async () => {
      const loader = createLoader();
      const loading = loader.load(large!);
      const rejected = expect(loading).rejects.toThrow("closed");
      await loader.close();
      await rejected;
    });
  });
});
