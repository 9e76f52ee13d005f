import { parseConfig } from "../../src/config.ts";
import { readPlan } from "../../src/import/read-plan.ts";
import { resolve } from "../../src/paths/resolve.ts";
import { createServices } from "../../src/services.ts";
import { type ApplyOptions, applyPlan, type SyncSummary } from "../../src/trips/apply-plan.ts";
import { getNode } from "../../src/trips/repository.ts";
import type { NodeId, TripId, TripNode } from "../../src/trips/types.ts";
import { memoryTree } from "../import/memory-tree.ts";
import type { MakeDatabase } from "../support/databases.ts";

/** A folder of Markdown: paths and texts. */
export type Files = Readonly<Record<string, string>>;

export type SyncKit = Awaited<ReturnType<typeof createSyncKit>>;

/** Imports of folders into one database, and looks at what became of them. */
export async function createSyncKit(makeDatabase: MakeDatabase) {
  const { url } = await makeDatabase();
  const statements: string[] = [];
  const services = await createServices(parseConfig({ DATABASE_URL: url, RENDER_THREADS: "1" }), {
    onStatement: (sql) => statements.push(sql),
  });
  const { db } = services.database;

  const planOf = (files: Files, slug: string) => readPlan(memoryTree(files), { slug });

  async function snapshot(tripId: TripId) {
    const current = await services.trips.snapshot(tripId);
    if (current === undefined) throw new Error(`no trip ${tripId}`);
    return current.snapshot;
  }

  return {
    services,
    /** All that ran on this database. */
    statements,
    planOf,
    snapshot,

    /** Brings the trip of that slug in line with the files. */
    async sync(slug: string, files: Files, options: ApplyOptions = {}): Promise<SyncSummary & { tripId: TripId }> {
      const summary = await applyPlan(services.trips, await planOf(files, slug), options);
      return { ...summary, tripId: summary.tripId ?? 0 };
    },

    /** Where a path below the trip leads: the title of a living page, with a star where it is not that page's own path; else `gone` or `none`. */
    async at(tripId: TripId, path: string): Promise<string> {
      const structure = await snapshot(tripId);
      const resolution = resolve(structure, path === "" ? [] : path.split("/"));
      return resolution.kind === "found" ? structure.title(resolution.node) + (resolution.current ? "" : "*") : resolution.kind;
    },

    /** The page that a path leads to. */
    async page(tripId: TripId, path: string): Promise<TripNode> {
      const structure = await snapshot(tripId);
      const resolution = resolve(structure, path === "" ? [] : path.split("/"));
      if (resolution.kind !== "found") throw new Error(`/${path} leads nowhere`);
      return getNode(db, structure.id(resolution.node));
    },

    /** All living paths below the trip, in reading order. */
    async paths(tripId: TripId): Promise<string[]> {
      const structure = await snapshot(tripId);
      const living = Array.from({ length: structure.size }, (_, node) => node).filter((node) => node > 0 && structure.isAlive(node));
      return living.map((node) => structure.path(node).slice(1).join("/"));
    },

    /** How often the trip changed: rows in the log of changes. */
    async changes(tripId: TripId): Promise<number> {
      return (await db.selectFrom("changes").select("seq").where("trip_id", "=", tripId).execute()).length;
    },

    bodyOf: async (id: NodeId): Promise<string> => (await services.trips.content((await getNode(db, id)).contentHash)).body,

    /** What was written to the database while `work` ran: the first words of statements. */
    async writesOf(work: () => Promise<unknown>): Promise<string[]> {
      const before = statements.length;
      await work();
      return statements.slice(before).filter((sql) => !/^\s*select\b/i.test(sql) && (!/^\s*with\b/i.test(sql) || /\bupdate\b/i.test(sql)));
    },
  };
}
