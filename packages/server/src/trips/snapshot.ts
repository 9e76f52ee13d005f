import type { PastStay, Structure } from "../paths/resolve.ts";
import { CONTENT_HASH_BYTES } from "./content-hash.ts";
import { readSnapshot, type SnapshotParts } from "./snapshot-codec.ts";
import type { ContentHash, Direction, NodeId, NodeState, TripId } from "./types.ts";

/** A node by its place in reading order. -1 is none. */
export type NodeIndex = number;

/**
 * The structure of one trip at one version: immutable, without bodies, and enough to answer every question about paths,
 * breadcrumbs, neighbours and visibility without I/O. Deleted nodes are part of it, so that old paths can say so.
 *
 * Nodes are numbered in reading order, each before its children, and `#end` is the number after a node's last
 * descendant: children, siblings and neighbours are arithmetic. Texts are slices of one string, made when asked for.
 */
export class Snapshot implements Structure {
  readonly tripId: TripId;
  readonly slug: string;
  readonly version: number;
  readonly stamp: string;
  /** All nodes, the deleted ones too. */
  readonly size: number;
  readonly root = 0;
  /** As stored. */
  readonly bytes: Uint8Array;
  readonly #parts: SnapshotParts;
  readonly #parents: Int32Array;
  readonly #alive: Uint8Array;
  readonly #tombstoneOf: Map<NodeIndex, number>;
  readonly #children: (ReadonlyMap<string, NodeIndex> | undefined)[] = [];
  readonly #listedChildren: (readonly NodeIndex[] | undefined)[] = [];
  #past: Map<string, PastStay[]> | undefined;
  #placedLater: Map<NodeIndex, number> | undefined;
  #indexes: Map<NodeId, NodeIndex> | undefined;
  #listedBefore: Int32Array | undefined;

  /** @throws RangeError when the bytes are not a snapshot of this format */
  constructor(bytes: Uint8Array) {
    const parts = readSnapshot(bytes);
    this.bytes = bytes;
    this.#parts = parts;
    this.tripId = parts.tripId;
    this.slug = parts.slug;
    this.version = parts.version;
    this.stamp = parts.stamp;
    this.size = parts.count;
    this.#tombstoneOf = new Map(Array.from(parts.deadNodes, (node, tombstone) => [node, tombstone]));
    this.#parents = new Int32Array(parts.count).fill(-1);
    this.#alive = new Uint8Array(parts.count).fill(1);
    for (let node = 0; node < parts.count; node += 1) {
      if (this.#tombstoneOf.has(node)) this.#alive[node] = 0;
      for (let child = node + 1; child < parts.ends[node]!; child = parts.ends[child]!) {
        this.#parents[child] = node;
        this.#alive[child] = this.#alive[node]!;
      }
    }
  }

  /** What keeping it costs, with the look-up tables that it may grow: 1.0 to 1.3 times what `bench/micro/snapshot.ts` measures. */
  get sizeBytes(): number {
    return Math.ceil(this.bytes.byteLength * 2.5) + this.size * 75 + 12_000;
  }

  // Facts of one node

  id(node: NodeIndex): NodeId {
    return this.#parts.ids.slice(node * 12, node * 12 + 12);
  }

  /** "" for the root and for a node deleted itself. */
  segment(node: NodeIndex): string {
    return this.#parts.text.slice(this.#parts.segmentStarts[node], this.#parts.titleStarts[node]);
  }

  title(node: NodeIndex): string {
    return this.#parts.text.slice(this.#parts.titleStarts[node], this.#parts.segmentStarts[node + 1]);
  }

  contentHash(node: NodeIndex): ContentHash {
    const start = node * CONTENT_HASH_BYTES;
    return Buffer.from(this.#parts.hashes.subarray(start, start + CONTENT_HASH_BYTES)).toString("base64url");
  }

  state(node: NodeIndex): NodeState {
    return (["draft", "unlisted", "public"] as const)[this.#parts.flags[node]! & 3]!;
  }

  parent(node: NodeIndex): NodeIndex {
    return this.#parents[node]!;
  }

  /** Its own, else the nearest ancestor's. */
  language(node: NodeIndex): string {
    const own = this.#parts.languageOf[node]!;
    return own > 0 || node === 0 ? (this.#parts.languages[own - 1] ?? "en") : this.language(this.parent(node));
  }

  /** Its own, else the nearest ancestor's. */
  direction(node: NodeIndex): Direction {
    const own = (this.#parts.flags[node]! >> 2) & 3;
    if (own === 1) return "ltr";
    if (own === 2) return "rtl";
    return node === 0 ? "ltr" : this.direction(this.parent(node));
  }

  findById(id: NodeId): NodeIndex {
    if (this.#indexes === undefined) {
      this.#indexes = new Map();
      for (let node = 0; node < this.size; node += 1) this.#indexes.set(this.id(node), node);
    }
    return this.#indexes.get(id) ?? -1;
  }

  // Places: see paths/resolve

  childAt(parent: NodeIndex, segment: string): NodeIndex {
    let bySegment = this.#children[parent];
    if (bySegment === undefined) {
      const made = new Map<string, NodeIndex>();
      for (const child of this.children(parent)) if (!this.#tombstoneOf.has(child)) made.set(this.segment(child), child);
      bySegment = made;
      this.#children[parent] = made;
    }
    return bySegment.get(segment) ?? -1;
  }

  standsSince(node: NodeIndex): number {
    if (this.#placedLater === undefined) {
      const { laterNodes, laterPlaced } = this.#parts;
      this.#placedLater = new Map(Array.from(laterNodes, (later, index) => [later, laterPlaced[index]!]));
    }
    return this.#placedLater.get(node) ?? this.#parts.placed;
  }

  pastAt(parent: NodeIndex, segment: string): readonly PastStay[] {
    if (this.#past === undefined) {
      const { pastParents, pastNodes, pastFrom, pastUntil, pastStarts, pastText } = this.#parts;
      this.#past = new Map();
      for (let past = 0; past < pastNodes.length; past += 1) {
        const place = `${pastParents[past]}/${pastText.slice(pastStarts[past], pastStarts[past + 1])}`;
        const stay = { node: pastNodes[past]!, from: pastFrom[past]!, until: pastUntil[past]! };
        const stays = this.#past.get(place);
        if (stays) stays.push(stay);
        else this.#past.set(place, [stay]);
      }
    }
    return this.#past.get(`${parent}/${segment}`) ?? [];
  }

  isAlive(node: NodeIndex): boolean {
    return this.#alive[node] === 1;
  }

  successorOf(node: NodeIndex): NodeIndex {
    // A successor may have been merged on; a chain longer than the tombstones is a ring.
    for (let hops = 0; hops <= this.#tombstoneOf.size; hops += 1) {
      const tombstone = this.#tombstoneOf.get(node);
      node = tombstone === undefined ? -1 : this.#parts.successors[tombstone]!;
      if (node === -1 || this.isAlive(node)) return node;
    }
    return -1;
  }

  /** When the node, or the ancestor that took it along, was deleted; undefined for a living one. */
  deletedAt(node: NodeIndex): Date | undefined {
    for (let at = node; at !== -1; at = this.parent(at)) {
      const tombstone = this.#tombstoneOf.get(at);
      if (tombstone !== undefined) return toDate(this.#parts.deletedAt[tombstone]!);
    }
    return undefined;
  }

  /** Segments of its current address, the trip's slug first. Of a deleted node: as far as its places still have names. */
  path(node: NodeIndex): string[] {
    const segments: string[] = [];
    for (let at = node; at !== 0; at = this.parent(at)) segments.push(this.segment(at));
    segments.push(this.slug);
    return segments.reverse();
  }

  // The tree

  children(node: NodeIndex): NodeIndex[] {
    const found: NodeIndex[] = [];
    const { ends } = this.#parts;
    for (let child = node + 1; child < ends[node]!; child = ends[child]!) found.push(child);
    return found;
  }

  /** From the root down to the parent. */
  ancestors(node: NodeIndex): NodeIndex[] {
    const found: NodeIndex[] = [];
    for (let at = this.parent(node); at !== -1; at = this.parent(at)) found.push(at);
    return found.reverse();
  }

  /** The number after the node's last descendant. */
  end(node: NodeIndex): NodeIndex {
    return this.#parts.ends[node]!;
  }

  // What readers may see

  /** Alive, and neither it nor an ancestor is a draft. */
  isVisible(node: NodeIndex): boolean {
    if (!this.isAlive(node)) return false;
    for (let at = node; at !== -1; at = this.parent(at)) if (this.state(at) === "draft") return false;
    return true;
  }

  /** Alive, and public down from the trip's page (whose own state concerns the library, not the trip's inside). */
  isListed(node: NodeIndex): boolean {
    const before = this.#listed();
    return before[node + 1]! > before[node]!;
  }

  /** Listed, in a public trip. */
  isIndexable(node: NodeIndex): boolean {
    return this.state(0) === "public" && this.isListed(node);
  }

  listedDescendants(node: NodeIndex): number {
    const before = this.#listed();
    return before[this.end(node)]! - before[node + 1]!;
  }

  /** In order. Kept, as each page of a chapter asks for the chapter's. */
  listedChildren(node: NodeIndex): readonly NodeIndex[] {
    if (this.end(node) === node + 1) return NO_NODES;
    const made = this.#listedChildren[node] ?? this.children(node).filter((child) => this.isListed(child));
    this.#listedChildren[node] = made;
    return made;
  }

  /** The listed node before this one in reading order, or -1. */
  previous(node: NodeIndex): NodeIndex {
    const before = this.#listed();
    return firstWith(before, before[node]!) - 1;
  }

  next(node: NodeIndex): NodeIndex {
    const before = this.#listed();
    const after = before[node + 1]!;
    return after === before[this.size] ? -1 : firstWith(before, after + 1) - 1;
  }

  /** How many listed nodes come before each one. */
  #listed(): Int32Array {
    if (this.#listedBefore === undefined) {
      const before = new Int32Array(this.size + 1);
      const listed = new Uint8Array(this.size);
      for (let node = 0; node < this.size; node += 1) {
        const own = this.isAlive(node) && (node === 0 ? this.state(0) !== "draft" : this.state(node) === "public");
        listed[node] = own && (node === 0 || listed[this.parent(node)] === 1) ? 1 : 0;
        before[node + 1] = before[node]! + listed[node]!;
      }
      this.#listedBefore = before;
    }
    return this.#listedBefore;
  }
}

/** A time that was written by hand, or damaged, can be none (ECMA-262, 21.4.1.1): it is then shown as the beginning of time. */
function toDate(instant: number): Date {
  return new Date(Math.abs(instant) <= 8.64e15 ? instant : 0);
}

const NO_NODES: readonly NodeIndex[] = [];

/** Index of the first of rising counts that is this one, by halving: thousands of unlisted pages between two listed ones cost nothing. */
function firstWith(counts: Int32Array, count: number): number {
  let low = 0;
  let high = counts.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (counts[middle]! < count) low = middle + 1;
    else high = middle;
  }
  return low;
}
