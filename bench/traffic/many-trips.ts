import { DatabaseSync } from "node:sqlite";
import { applyPlan } from "../../packages/server/src/trips/apply-plan.ts";
import { generatePaths, generatePlan, type TripShape } from "../generate-trip.ts";
import { openServices } from "../harness/workspace.ts";

/** A site of many trips of one shape. */
export interface Site {
  readonly trips: number;
  /** Segments below the trip's slug, in reading order; the first page is the trip's own. */
  readonly paths: readonly (readonly string[])[];
  /** Parent of each page, -1 for the first. */
  readonly parents: readonly number[];
  /** An address below the trip's slug that its second page once had. */
  readonly formerPath: readonly string[];
  slug(trip: number): string;
}

/**
 * Fills an empty SQLite file: one trip by the product's own import, the others as copies of its rows, so that thousands take
 * seconds. The triggers count them all.
 */
export async function createSite(file: string, trips: number, shape: TripShape): Promise<Site> {
  const services = await openServices(`sqlite:${file}`);
  const { tripId } = await applyPlan(services.trips, generatePlan(shape, slug(0)));
  await services.close();

  const db = new DatabaseSync(file);
  db.exec(`
    begin immediate;
    update meta set batch = seq;
    insert into names (trip_id, parent_id, segment, node_id, held_from, held_until, retired_at)
      select trip_id, parent_id, 'former', id, 0, (select seq from meta), 0 from nodes
      where trip_id = ${tripId} and parent_id = (select id from nodes where trip_id = ${tripId} and parent_id is null)
      order by position limit 1`);
  const addTrip = db.prepare("insert into trips (id, slug, created_at) values (?, ?, 0)");
  const columns = "segment, slug_explicit, position, title, content_hash, state, language, direction, created_at, updated_at";
  const addNodes = db.prepare(`
    insert into nodes (id, trip_id, parent_id, ${columns})
    select $mark || substr(id, 5), $trip, $mark || substr(parent_id, 5), ${columns}
    from nodes where trip_id = ${tripId} order by id <> (select id from nodes where trip_id = ${tripId} and parent_id is null), rowid`);
  const addNames = db.prepare(`
    insert into names (trip_id, parent_id, segment, node_id, held_from, held_until, retired_at)
    select $trip, $mark || substr(parent_id, 5), segment, $mark || substr(node_id, 5), held_from, held_until, retired_at
    from names where trip_id = ${tripId}`);
  for (let trip = 1; trip < trips; trip += 1) {
    const id = tripId! + trip;
    const mark = `t${trip.toString(36).padStart(3, "0")}`;
    addTrip.run(id, slug(trip));
    addNodes.run({ mark, trip: id });
    addNames.run({ mark, trip: id });
  }
  db.exec("update meta set batch = null; commit; analyze");
  db.close();

  const paths = generatePaths(shape);
  const indexes = new Map(paths.map((path, index) => [path.join("/"), index]));
  const parents = paths.map((path) => (path.length === 0 ? -1 : indexes.get(path.slice(0, -1).join("/"))!));
  return { trips, paths, parents, formerPath: ["former"], slug };
}

function slug(trip: number): string {
  return `trip-${trip}`;
}
