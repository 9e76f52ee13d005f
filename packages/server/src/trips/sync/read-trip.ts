import type { Db } from "../../db/database.ts";
import type { ContentHash, Direction, NodeId, NodeState, Trip } from "../types.ts";

/** What an import decides of a node. */
export interface NodeFacts {
  /** null for the trip's own page. */
  readonly parentId: NodeId | null;
  readonly segment: string | null;
  readonly slugIsExplicit: boolean;
  readonly position: number;
  readonly title: string;
  readonly contentHash: ContentHash;
  readonly state: NodeState;
  readonly language: string | null;
  readonly direction: Direction | null;
  readonly sourcePath: string | null;
}

/** A node of the trip as it stands, for an import to compare with. */
export interface ExistingNode extends NodeFacts {
  readonly id: NodeId;
  /** Deleted itself. */
  readonly deleted: boolean;
  /** Neither deleted itself nor below a deleted page. */
  readonly alive: boolean;
}

/** A past place of a node. */
export interface PastName {
  readonly parentId: NodeId;
  readonly segment: string;
  readonly nodeId: NodeId;
  readonly retiredAt: number;
  /** 0 where an import told of it. */
  readonly heldUntil: number;
}

/** A trip as an import finds it. Whoever writes what was worked out from it must see that the version is still the same. */
export interface TripState {
  readonly trip: Trip;
  /** In reading order, the trip's own page first; deleted ones too. */
  readonly nodes: readonly ExistingNode[];
  readonly names: readonly PastName[];
}

/** Reads after the trip's version was read, so that an edit in between shows by a newer one. */
export async function readTrip(db: Db, trip: Trip): Promise<TripState> {
  const rows = await db
    .selectFrom("nodes")
    .leftJoin("tombstones", "tombstones.node_id", "nodes.id")
    .select(["nodes.id", "nodes.parent_id as parentId", "nodes.segment", "slug_explicit as slugIsExplicit", "position", "title"])
    .select([
      "content_hash as contentHash",
      "state",
      "language",
      "direction",
      "source_path as sourcePath",
      "tombstones.node_id as tombstone",
    ])
    .where("nodes.trip_id", "=", trip.id)
    .orderBy("position", "desc")
    .orderBy("nodes.id", "desc")
    .execute();
  const childrenOf = Map.groupBy(rows, (row) => row.parentId);
  const nodes: ExistingNode[] = [];
  const living = new Set<NodeId>();
  const ahead = [...(childrenOf.get(null) ?? [])];
  for (let row = ahead.pop(); row !== undefined; row = ahead.pop()) {
    const { slugIsExplicit, tombstone, ...facts } = row;
    const deleted = tombstone !== null;
    const alive = !deleted && (row.parentId === null || living.has(row.parentId));
    if (alive) living.add(row.id);
    nodes.push({ ...facts, slugIsExplicit: slugIsExplicit === 1, deleted, alive });
    ahead.push(...(childrenOf.get(row.id) ?? []));
  }
  const names = await db
    .selectFrom("names")
    .select(["parent_id as parentId", "segment", "node_id as nodeId", "retired_at as retiredAt", "held_until as heldUntil"])
    .where("trip_id", "=", trip.id)
    .execute();
  return { trip, nodes, names };
}
