import { expect } from "vitest";
import type { Database } from "../../src/db/database.ts";
import { locate } from "../../src/delivery/locate.ts";
import { findTripsBySlug } from "../../src/trips/repository.ts";
import { Snapshot } from "../../src/trips/snapshot.ts";
import { loadStructure } from "../../src/trips/structure-query.ts";
import type { NodeId, TripId } from "../../src/trips/types.ts";

/** What readers of all paths that were ever live get: how many find the page, are sent on in one hop, or hear that it is gone. */
export interface PathCounts {
  readonly found: number;
  readonly redirected: number;
  readonly gone: number;
}

/**
 * Writes down every path that was ever live and who stood there last, and holds the answers of today against that. It reads
 * the rows of nodes and tombstones in the plainest way, and nothing that resolving reads: no names, no snapshot.
 */
export class PathLedger {
  readonly #database: Database;
  readonly #lastHolders = new Map<string, NodeId>();
  readonly #tripIds: TripId[] = [];

  constructor(database: Database) {
    this.#database = database;
  }

  get size(): number {
    return this.#lastHolders.size;
  }

  /** Keeps an eye on a trip from now on. */
  watch(tripId: TripId): void {
    this.#tripIds.push(tripId);
  }

  /** To be called after each transaction, since what is only seen inside of one was never live. */
  async record(): Promise<void> {
    for (const [path, node] of (await this.#readToday()).living) this.#lastHolders.set(path, node);
  }

  /**
   * Asks for every path that was ever live, and fails unless each finds the page that stands there, or is sent in one hop to
   * the page that stood there last (or its successor), or hears that this page is gone.
   */
  async check(): Promise<PathCounts> {
    const today = await this.#readToday();
    const pathOf = new Map([...today.living].map(([path, node]) => [node, path]));
    const ask = this.#createReader();
    const counts = { found: 0, redirected: 0, gone: 0 };
    for (const [path, holder] of this.#lastHolders) {
      const heir = today.heirOf(holder);
      const answer = await ask(path);
      if (today.living.get(path) === holder) {
        expect(answer, path).toEqual({ status: 200, node: holder });
        counts.found += 1;
      } else if (heir !== undefined) {
        const target = pathOf.get(heir)!;
        expect(answer, path).toEqual({ status: 302, node: heir, target });
        expect(await ask(target), `${target}, sent there from ${path}`).toEqual({ status: 200, node: heir });
        counts.redirected += 1;
      } else {
        expect(answer, path).toEqual({ status: 410, node: holder });
        counts.gone += 1;
      }
    }
    return counts;
  }

  async #readToday() {
    const { db } = this.#database;
    const nodes = await db.selectFrom("nodes").select(["id", "parent_id", "segment"]).where("trip_id", "in", this.#tripIds).execute();
    const tombstones = await db
      .selectFrom("tombstones")
      .select(["node_id", "successor_id"])
      .where("trip_id", "in", this.#tripIds)
      .execute();
    const roots = await db
      .selectFrom("trips")
      .innerJoin("nodes", "nodes.trip_id", "trips.id")
      .select(["nodes.id", "trips.slug"])
      .where("trips.id", "in", this.#tripIds)
      .where("nodes.parent_id", "is", null)
      .execute();
    const slugs = new Map(roots.map((root) => [root.id, root.slug]));
    const successors = new Map(tombstones.map((tombstone) => [tombstone.node_id, tombstone.successor_id]));
    const byId = new Map(nodes.map((node) => [node.id, node]));

    const paths = new Map<NodeId, string | undefined>();
    const pathOf = (id: NodeId): string | undefined => {
      if (paths.has(id)) return paths.get(id);
      const { parent_id: parent, segment } = byId.get(id)!;
      const above = parent === null ? "" : pathOf(parent);
      const path = successors.has(id) || above === undefined ? undefined : `${above}/${parent === null ? slugs.get(id) : segment}`;
      paths.set(id, path);
      return path;
    };
    const living = new Map<string, NodeId>();
    for (const { id } of nodes) {
      const path = pathOf(id);
      if (path !== undefined) living.set(path, id);
    }
    /** The node itself while it lives, else who took over for it. */
    const heirOf = (id: NodeId): NodeId | undefined => {
      if (pathOf(id) !== undefined) return id;
      const successor = successors.get(id);
      return successor === undefined || successor === null ? undefined : heirOf(successor);
    };
    return { living, heirOf };
  }

  /** Answers as the server does: slug look-up, snapshots, resolving. Each is loaded once. */
  #createReader(): (path: string) => Promise<{ status: number; node?: NodeId; target?: string }> {
    const { db } = this.#database;
    const snapshots = new Map<TripId, Promise<Snapshot>>();
    const load = async (tripId: TripId) => new Snapshot((await loadStructure(db, tripId))!.bytes);
    const slugs = new Map<string, ReturnType<typeof findTripsBySlug>>();
    const trips = {
      async tripsAt(slug: string) {
        if (!slugs.has(slug)) slugs.set(slug, findTripsBySlug(db, slug));
        return (await slugs.get(slug)!).value;
      },
      async snapshot(tripId: TripId) {
        if (!snapshots.has(tripId)) snapshots.set(tripId, load(tripId));
        return { snapshot: await snapshots.get(tripId)!, tag: "", version: 0, generation: 0, source: "database" as const };
      },
    };
    return async (path) => {
      const located = await locate(trips, path.split("/").slice(1));
      if (located === undefined || located.resolution.kind === "none") return { status: 404 };
      const { resolution, rootIsCurrent } = located;
      const { snapshot } = located.current;
      const node = snapshot.id(resolution.node);
      if (resolution.kind === "gone") return { status: 410, node };
      if (resolution.current && rootIsCurrent) return { status: 200, node };
      return { status: 302, node, target: `/${snapshot.path(resolution.node).join("/")}` };
    };
  }
}
