/** A span of time, counted in the database's changes: from one change up to, not with, another. */
export interface Stay {
  readonly from: number;
  /** Infinity while it lasts. */
  readonly until: number;
}

/** A node that stood at a place. Both ends are 0 where an import tells of a place from before our time. */
export interface PastStay extends Stay {
  readonly node: number;
}

/** What resolving needs to know of a trip. Nodes are small numbers; -1 is none. Deleted nodes are part of it. */
export interface Structure {
  readonly root: number;
  /** The node that stands at that place now (it may lie below a deleted one), or -1. */
  childAt(parent: number, segment: string): number;
  /** The change since which the node stands where it stands. */
  standsSince(node: number): number;
  /** The stays at that place that are over, newest first. */
  pastAt(parent: number, segment: string): readonly PastStay[];
  /** False for a deleted node and for everything below it. */
  isAlive(node: number): boolean;
  /** The living node that took over for a node deleted itself, or -1. */
  successorOf(node: number): number;
}

/**
 * `exact` is false for a path that never was one: it is pieced together from names of different times, and another trip
 * that once had the same slug may know it better.
 */
export type Resolution =
  /** `current` is false when the path is a former one: the reader is sent to the node's current path. */
  | { readonly kind: "found"; readonly node: number; readonly current: boolean; readonly exact: boolean }
  | { readonly kind: "gone"; readonly node: number; readonly exact: boolean }
  /** `nearest` is the deepest living node on the way, reached by the first `depth` segments. */
  | { readonly kind: "none"; readonly nearest: number; readonly depth: number };

const SINCE_EVER_UNTIL_NOW: Stay = { from: Number.NEGATIVE_INFINITY, until: Number.POSITIVE_INFINITY };

/**
 * Walks the segments below the trip's root to a node: the one that stands there, else the one that stood there last,
 * else one that answered to these names at different times.
 *
 * A living path takes one look-up a segment. Past names hang on parents, not on paths, so a rename is one row whatever
 * lies below, chains of renames are one step, and loops cannot exist. The price is that names alone spell paths that
 * never were: if `x` left page P, and P then moved to where Q was, `/q/x` is spelt by P and its past, yet what stood
 * there was Q's `x`. So each stay at a place has its time, and names count together only if their times meet.
 *
 * @param within the time in which the trip had the slug by which it was reached; default: it has it now
 */
export function resolve(structure: Structure, segments: readonly string[], within: Stay = SINCE_EVER_UNTIL_NOW): Resolution {
  if (within.until === Number.POSITIVE_INFINITY) {
    const living = livingAt(structure, segments);
    if (living !== -1) return arrive(structure, living, { current: true, exact: true });
  }
  const last = lastAt(structure, segments, within);
  if (last !== -1) return arrive(structure, last, { current: false, exact: true });
  const pieced = piecedAt(structure, segments, structure.root, 0, new Set());
  if (pieced !== -1) return arrive(structure, pieced, { current: false, exact: false });
  return { kind: "none", ...nearestLiving(structure, segments) };
}

function livingAt(structure: Structure, segments: readonly string[]): number {
  let node = structure.root;
  for (const segment of segments) {
    node = structure.childAt(node, segment);
    if (node === -1) return -1;
  }
  return node;
}

/**
 * The node that stood at the path last, or -1. The walk goes back in time: it takes who stood at each place just before
 * some change, and where nobody did, that change moves back, either to when the last one left (the steps so far still
 * hold there), or to when the youngest of the steps so far began. Each moment is walked once, so the cost is bounded by
 * the number of stays, not by the number of ways to combine them.
 */
function lastAt(structure: Structure, segments: readonly string[], within: Stay): number {
  let before = within.until;
  while (before > within.from) {
    let node = structure.root;
    let youngest = within.from;
    let depth = 0;
    for (; depth < segments.length; depth += 1) {
      const stay = stayAt(structure, node, segments[depth]!, before);
      if (stay === undefined || stay.until <= youngest) break;
      before = Math.min(before, stay.until);
      youngest = Math.max(youngest, stay.from);
      node = stay.node;
    }
    if (depth === segments.length) return node;
    before = youngest;
  }
  return -1;
}

/** The last stay at a place that began before a change. */
function stayAt(structure: Structure, parent: number, segment: string, before: number): PastStay | undefined {
  const child = structure.childAt(parent, segment);
  const from = child === -1 ? before : structure.standsSince(child);
  if (from < before) return { node: child, from, until: Number.POSITIVE_INFINITY };
  return structure.pastAt(parent, segment).find((stay) => stay.from < before && stay.from < stay.until);
}

/**
 * Any walk along present and past names, depth first, the present and then the newest first. `dead` holds the
 * (node, depth) pairs that led nowhere, so that many past names cost no exponential time.
 */
function piecedAt(structure: Structure, segments: readonly string[], node: number, depth: number, dead: Set<number>): number {
  if (depth === segments.length) return node;
  const pair = node * (segments.length + 1) + depth;
  if (dead.has(pair)) return -1;
  const segment = segments[depth]!;
  const child = structure.childAt(node, segment);
  if (child !== -1) {
    const found = piecedAt(structure, segments, child, depth + 1, dead);
    if (found !== -1) return found;
  }
  for (const past of structure.pastAt(node, segment)) {
    const found = piecedAt(structure, segments, past.node, depth + 1, dead);
    if (found !== -1) return found;
  }
  dead.add(pair);
  return -1;
}

function arrive(structure: Structure, node: number, how: { current: boolean; exact: boolean }): Resolution {
  if (structure.isAlive(node)) return { kind: "found", node, ...how };
  // Only the walk's last node hands over to its successor: what lay below a deleted page is gone with it.
  const successor = structure.successorOf(node);
  if (successor === -1) return { kind: "gone", node, exact: how.exact };
  return { kind: "found", node: successor, current: false, exact: how.exact };
}

function nearestLiving(structure: Structure, segments: readonly string[]): { nearest: number; depth: number } {
  let nearest = structure.root;
  let depth = 0;
  for (const segment of segments) {
    const child = structure.childAt(nearest, segment);
    const next = child !== -1 ? child : (structure.pastAt(nearest, segment).find((past) => structure.isAlive(past.node))?.node ?? -1);
    if (next === -1 || !structure.isAlive(next)) break;
    nearest = next;
    depth += 1;
  }
  return { nearest, depth };
}
