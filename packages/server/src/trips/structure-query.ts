import { sql } from "kysely";
import type { Db } from "../db/database.ts";
import { encodeSnapshot, type SnapshotNode } from "./snapshot-codec.ts";
import type { Direction, NodeState, TripId } from "./types.ts";

/** Where the database stood when something was read: only an answer whose head a worker has polled may be kept. */
export interface Head {
  readonly epoch: string;
  readonly generation: number;
  readonly seq: number;
  readonly stamp: string;
}

export interface LoadedStructure {
  /** An encoded snapshot. */
  readonly bytes: Uint8Array;
  readonly version: number;
  readonly stamp: string;
  readonly head: Head;
}

interface Row {
  readonly kind: 0 | 1 | 2 | 3;
  readonly a: string | null;
  readonly b: string | null;
  readonly c: string | null;
  readonly d: string | null;
  readonly e: string | null;
  readonly f: string | null;
  readonly g: string | null;
  readonly h: string | null;
  readonly n: number | null;
  readonly m: number | null;
  readonly o: number | null;
}

type NodeRow = Row & { readonly a: string };

/** Loads a whole trip by one statement: one snapshot of the database, one version. Undefined when there is no such trip. */
export async function loadStructure(db: Db, tripId: TripId): Promise<LoadedStructure | undefined> {
  return encodeRows(await readRows(db, tripId), tripId);
}

/** As `loadStructure`, unless the trip has more rows (nodes, past names and tombstones) than these. */
export async function loadSmallStructure(db: Db, tripId: TripId, mostRows: number): Promise<LoadedStructure | undefined | "too large"> {
  const rows = await readRows(db, tripId, mostRows + 1);
  return rows.length > mostRows ? "too large" : encodeRows(rows, tripId);
}

async function readRows(db: Db, tripId: TripId, limit?: number): Promise<readonly Row[]> {
  const text = sql`cast(null as text)`;
  const number = sql`cast(null as bigint)`;
  const { rows } = await sql<Row>`
    select 0 as kind, t.slug as a, t.stamp as b, m.epoch as c, coalesce(c.stamp, '') as d, ${text} as e, ${text} as f, ${text} as g, ${text} as h,
           t.version as n, m.seq as m, m.generation as o
      from trips t cross join meta m left join changes c on c.seq = m.seq where t.id = ${tripId}
    union all
    select 1, id, parent_id, segment, title, content_hash, state, language, direction, position, placed_seq, ${number} from nodes where trip_id = ${tripId}
    union all
    select 2, parent_id, segment, node_id, ${text}, ${text}, ${text}, ${text}, ${text}, held_until, held_from, retired_at from names where trip_id = ${tripId}
    union all
    select 3, node_id, successor_id, ${text}, ${text}, ${text}, ${text}, ${text}, ${text}, deleted_at, ${number}, ${number} from tombstones where trip_id = ${tripId}
    ${limit === undefined ? sql`` : sql`limit ${limit}`}
  `.execute(db);
  return rows;
}

function encodeRows(rows: readonly Row[], tripId: TripId): LoadedStructure | undefined {
  const trip = rows.find((row) => row.kind === 0);
  if (trip === undefined) return undefined;

  const { nodes, indexes } = inReadingOrder(rows.filter((row): row is NodeRow => row.kind === 1));
  // A trip is made with its root; by hand it can be made without, and is none yet.
  if (nodes.length === 0) return undefined;
  const index = (id: string | null) => (id === null ? -1 : (indexes.get(id) ?? -1));
  // Rows that name a node of another trip can only be made by hand; they lead nowhere.
  const past = rows
    .filter((row) => row.kind === 2 && indexes.has(row.a!) && indexes.has(row.c!))
    .sort((one, other) => other.n! - one.n! || other.o! - one.o!);
  const tombstones = rows.filter((row) => row.kind === 3 && indexes.has(row.a!));
  const bytes = encodeSnapshot({
    tripId,
    slug: trip.a!,
    version: trip.n!,
    stamp: trip.b!,
    nodes,
    past: past.map((row) => ({ parent: index(row.a), segment: row.b!, node: index(row.c), from: row.m!, until: row.n! })),
    tombstones: tombstones.map((row) => ({ node: index(row.a), deletedAt: row.n!, successor: index(row.b) })),
  });
  return { bytes, version: trip.n!, stamp: trip.b!, head: { epoch: trip.c!, seq: trip.m!, stamp: trip.d!, generation: trip.o! } };
}

/** Each node before its children, children by position; without recursion, since trees can be as deep as an address is long. */
function inReadingOrder(rows: readonly NodeRow[]): { nodes: SnapshotNode[]; indexes: Map<string, number> } {
  const childrenOf = new Map<string | null, NodeRow[]>();
  for (const row of rows) {
    const siblings = childrenOf.get(row.b);
    if (siblings) siblings.push(row);
    else childrenOf.set(row.b, [row]);
  }
  for (const siblings of childrenOf.values()) siblings.sort((one, other) => one.n! - other.n! || (one.a < other.a ? -1 : 1));

  const nodes: (SnapshotNode & { end: number })[] = [];
  const indexes = new Map<string, number>();
  const stack: (NodeRow | number)[] = [...(childrenOf.get(null) ?? [])];
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    if (typeof top === "number") {
      nodes[top]!.end = nodes.length;
      continue;
    }
    const index = nodes.length;
    indexes.set(top.a, index);
    nodes.push({
      id: top.a,
      end: 0,
      segment: top.c ?? "",
      placedSeq: top.m!,
      title: top.d!,
      contentHash: top.e!,
      state: top.f as NodeState,
      language: top.g,
      direction: top.h as Direction | null,
    });
    stack.push(index, ...(childrenOf.get(top.a) ?? []).toReversed());
  }
  return { nodes, indexes };
}
