import { sql } from "kysely";
import type { Db } from "../db/database.ts";
import { QRCardsError } from "../errors.ts";
import { toNode } from "./repository.ts";
import type { NodeId, TripNode } from "./types.ts";

/** A node with all that its author sees around it, of one moment. */
export interface NodeRecord {
  readonly node: TripNode;
  /** From the root down to the node itself. */
  readonly line: readonly TripNode[];
  /** How many of the line are alive: all, or those above the first deleted one. */
  readonly living: number;
  readonly tripSlug: string;
  readonly tripVersion: number;
  /** The nearest tombstone on the way up, the node's own first: the one that a restore has to name. */
  readonly deletion: { readonly nodeId: NodeId; readonly at: Date; readonly successorId: NodeId | null } | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/**
 * By one statement, so that a move at the same time cannot mix two addresses.
 *
 * @throws QRCardsError `not-found`
 */
export async function getNodeRecord(db: Db, id: NodeId): Promise<NodeRecord> {
  const rows = await db
    .withRecursive("line", (cte) =>
      cte
        .selectFrom("nodes")
        .select(["nodes.id", "nodes.parent_id", sql<number>`0`.as("height")])
        .where("nodes.id", "=", id)
        .unionAll(
          cte
            .selectFrom("nodes")
            .innerJoin("line", "line.parent_id", "nodes.id")
            .select(["nodes.id", "nodes.parent_id", sql<number>`line.height + 1`.as("height")]),
        ),
    )
    .selectFrom("line")
    .innerJoin("nodes", "nodes.id", "line.id")
    .innerJoin("trips", "trips.id", "nodes.trip_id")
    .leftJoin("tombstones", "tombstones.node_id", "nodes.id")
    .selectAll("nodes")
    .select(["trips.slug as trip_slug", "trips.version as trip_version", "tombstones.deleted_at", "tombstones.successor_id"])
    .orderBy("line.height", "desc")
    .execute();
  const own = rows.at(-1);
  if (own === undefined) throw new QRCardsError("not-found", `There is no page with the id ${id}.`);
  const dead = rows.findLast((row) => row.deleted_at !== null);
  const firstDead = rows.findIndex((row) => row.deleted_at !== null);
  return {
    node: toNode(own),
    line: rows.map(toNode),
    living: firstDead === -1 ? rows.length : firstDead,
    tripSlug: own.trip_slug,
    tripVersion: own.trip_version,
    deletion: dead === undefined ? null : { nodeId: dead.id, at: new Date(dead.deleted_at!), successorId: dead.successor_id },
    createdAt: new Date(own.created_at),
    updatedAt: new Date(own.updated_at),
  };
}
