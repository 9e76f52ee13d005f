import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readPlan } from "../../src/import/read-plan.ts";
import { openSource } from "../../src/import/source-tree.ts";
import { resolve } from "../../src/paths/resolve.ts";
import { slugify } from "../../src/paths/slugify.ts";
import { applyPlan } from "../../src/trips/apply-plan.ts";
import type { Snapshot } from "../../src/trips/snapshot.ts";
import type { ImportPlan, TripId } from "../../src/trips/types.ts";
import { findCorpus } from "../import/fixtures.ts";
import { eachDatabase } from "../support/databases.ts";
import { createSyncKit, type SyncKit } from "./sync-kit.ts";

const BOOKS: Readonly<Record<string, string | undefined>> = {
  "rust-book": findCorpus("rust-book"),
  "rust-by-example": findCorpus("rust-by-example"),
  "fastify/docs": fileURLToPath(new URL("../../../../node_modules/fastify/docs", import.meta.url)),
};

/** What each book became on the database that was tested first, for the second one to be compared with. */
const became = new Map<string, unknown>();

async function planOf(folder: string): Promise<ImportPlan> {
  const source = await openSource(folder);
  try {
    // Not as the folder is called: `docs` is one of the server's own words.
    return await readPlan(source, { slug: `Book of ${source.name}` });
  } finally {
    await source.close();
  }
}

const nodesOf = (snapshot: Snapshot) => Array.from({ length: snapshot.size }, (_, node) => node);

eachDatabase((makeDatabase) => {
  let kit: SyncKit;
  beforeAll(async () => {
    kit = await createSyncKit(makeDatabase);
  });
  afterAll(() => kit.services.close());

  /** All of a trip but its random ids: pages with their texts' links by paths, and former addresses with where they lead. */
  async function describeTrip(tripId: TripId) {
    const snapshot = await kit.snapshot(tripId);
    // A title without letters has the page's id for a slug.
    const line = (node: number) => [...snapshot.ancestors(node), node];
    const segment = (node: number) => (snapshot.segment(node) === snapshot.id(node) ? "(id)" : snapshot.segment(node));
    const pathOf = (id: string) => line(snapshot.findById(id)).map(segment).join("/");
    const pages = [];
    for (const node of nodesOf(snapshot)) {
      const { body, rendered } = await kit.services.trips.content(snapshot.contentHash(node));
      pages.push({
        path: pathOf(snapshot.id(node)),
        title: snapshot.title(node),
        alive: snapshot.isAlive(node),
        body: body.replace(/node:([0-9a-z]{12})/g, (_, id: string) => pathOf(id)),
        headings: rendered.headings,
      });
    }
    const rows = await kit.services.database.db.selectFrom("names").select(["segment", "node_id"]).where("trip_id", "=", tripId).execute();
    // Placeholders of folders that never were pages have random ids and no names but these.
    const names = rows.map(({ segment, node_id }) => `${segment} -> ${pathOf(node_id)}`).sort();
    return { pages: pages.sort((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1)), names };
  }

  describe.each(Object.entries(BOOKS))("%s", (name, folder) => {
    test.skipIf(folder === undefined)("becomes a trip by one change: every page in its place, every former address answered", async () => {
      const plan = await planOf(folder!);
      const { tripId, created } = await applyPlan(kit.services.trips, plan);
      expect(created).toBe(plan.nodes.length);
      expect(await kit.changes(tripId!)).toBe(1);

      const snapshot = await kit.snapshot(tripId!);
      const living = nodesOf(snapshot).filter((node) => snapshot.isAlive(node));
      expect(living.map((node) => snapshot.title(node))).toEqual(plan.nodes.map((node) => node.title));
      for (const node of living)
        expect(resolve(snapshot, snapshot.path(node).slice(1))).toMatchObject({ kind: "found", node, current: true });
      for (const [index, planned] of plan.nodes.entries()) {
        for (const alias of planned.aliases) {
          const found = resolve(snapshot, alias.map(slugify).filter(Boolean));
          expect(found, alias.join("/")).toMatchObject({ kind: "found", node: living[index] });
        }
      }
      const wanted = plan.nodes.flatMap(({ body }) => body.match(/\]\(plan:/g) ?? []).length;
      const bodies = await Promise.all(living.map((node) => kit.bodyOf(snapshot.id(node))));
      expect(bodies.flatMap((body) => body.match(/\]\(node:/g) ?? [])).toHaveLength(wanted);
      expect(bodies.filter((body) => /[("']plan:/.test(body))).toEqual([]);
    });

    test.skipIf(folder === undefined)("is in line when it is imported again", async () => {
      const plan = await planOf(folder!);
      const writes = await kit.writesOf(async () => {
        const { unchanged, changes } = await applyPlan(kit.services.trips, plan);
        expect({ unchanged, changes }).toEqual({ unchanged: plan.nodes.length, changes: [] });
      });
      expect(writes).toEqual([]);
    });

    test.skipIf(folder === undefined)("is the same on either database", async () => {
      const { tripId } = await applyPlan(kit.services.trips, await planOf(folder!), { dryRun: true });
      const trip = await describeTrip(tripId!);
      expect(trip).toEqual(became.get(name) ?? trip);
      became.set(name, trip);
    });
  });
});
