import { CONTENT_HASH_BYTES } from "./content-hash.ts";
import type { ContentHash, Direction, NodeId, NodeState, TripId } from "./types.ts";

/** Raised when the layout below changes: bytes of another format are a miss, never a guess. */
export const SNAPSHOT_FORMAT = 1;

/** Their numbers have 16 bits, and 0 is the parent's. */
const MOST_LANGUAGES = 65_535;

/** A trip's structure as plain rows: nodes in reading order, each before its children. */
export interface SnapshotSource {
  readonly tripId: TripId;
  readonly slug: string;
  readonly version: number;
  readonly stamp: string;
  readonly nodes: readonly SnapshotNode[];
  /** Newest retirement first within a place. Nodes by their index. */
  readonly past: readonly {
    readonly parent: number;
    readonly segment: string;
    readonly node: number;
    readonly from: number;
    readonly until: number;
  }[];
  readonly tombstones: readonly { readonly node: number; readonly deletedAt: number; readonly successor: number }[];
}

export interface SnapshotNode {
  readonly id: NodeId;
  /** Index after its last descendant. */
  readonly end: number;
  /** "" for the root and for a node deleted itself. */
  readonly segment: string;
  /** The change since which it stands in its place. */
  readonly placedSeq: number;
  readonly title: string;
  readonly contentHash: ContentHash;
  readonly state: NodeState;
  readonly language: string | null;
  readonly direction: Direction | null;
}

/** The same as columns. `...Starts` are offsets into a text and have one element more than there are items. */
export interface SnapshotParts {
  readonly tripId: TripId;
  readonly slug: string;
  readonly version: number;
  readonly stamp: string;
  readonly count: number;
  readonly ends: Int32Array;
  readonly flags: Uint8Array;
  readonly languageOf: Uint16Array;
  readonly languages: readonly string[];
  /** The change since which most nodes stand in their places; the others follow, in `laterNodes` and `laterPlaced`. */
  readonly placed: number;
  readonly laterNodes: Int32Array;
  readonly laterPlaced: Float64Array;
  readonly hashes: Uint8Array;
  readonly ids: string;
  /** Segment and title of each node, one after another. */
  readonly text: string;
  readonly segmentStarts: Int32Array;
  readonly titleStarts: Int32Array;
  readonly pastParents: Int32Array;
  readonly pastNodes: Int32Array;
  readonly pastFrom: Float64Array;
  readonly pastUntil: Float64Array;
  readonly pastStarts: Int32Array;
  readonly pastText: string;
  readonly deadNodes: Int32Array;
  readonly successors: Int32Array;
  readonly deletedAt: Float64Array;
}

interface Header {
  readonly format: number;
  readonly trip: TripId;
  readonly slug: string;
  readonly version: number;
  readonly stamp: string;
  readonly placed: number;
  readonly nodes: number;
  readonly later: number;
  readonly past: number;
  readonly dead: number;
  readonly textBytes: number;
  readonly pastTextBytes: number;
  readonly languages: readonly string[];
}

/**
 * Columns one after another, widest first, so that each is aligned without padding: decoding is a handful of views and
 * two `toString`s, whatever the number of nodes. Little-endian, as every platform of Node that is in use.
 *
 * Layout: u32 length of the header | header (JSON, padded to 8) | f64 deletedAt, pastFrom, pastUntil, laterPlaced |
 * i32 ends, pastParents, pastNodes, deadNodes, successors, laterNodes | u16 title lengths, languages | u8 segment lengths,
 * flags, past segment lengths | ids (12 ASCII each) | hashes (20 each) | text | past text.
 */
export function encodeSnapshot(source: SnapshotSource): Uint8Array {
  const { nodes, past, tombstones } = source;
  const languages = [...new Set(nodes.flatMap((node) => node.language ?? []))];
  if (languages.length > MOST_LANGUAGES) throw new RangeError(`a trip can have at most ${MOST_LANGUAGES} languages`);
  // All nodes of an import have one number, and most trips are made by an import.
  const placed = mostFrequent(nodes.map((node) => node.placedSeq));
  const later = nodes.flatMap((node, index) => (node.placedSeq === placed ? [] : index));
  const text = Buffer.from(nodes.map((node) => node.segment + node.title).join(""), "utf8");
  const pastText = Buffer.from(past.map((name) => name.segment).join(""), "utf8");
  const header: Header = {
    format: SNAPSHOT_FORMAT,
    trip: source.tripId,
    slug: source.slug,
    version: source.version,
    stamp: source.stamp,
    placed,
    nodes: nodes.length,
    later: later.length,
    past: past.length,
    dead: tombstones.length,
    textBytes: text.byteLength,
    pastTextBytes: pastText.byteLength,
    languages,
  };
  const json = Buffer.from(JSON.stringify(header), "utf8");
  const layout = layOut(header, 4 + json.byteLength);
  const bytes = new Uint8Array(layout.total);
  new DataView(bytes.buffer).setUint32(0, json.byteLength, true);
  bytes.set(json, 4);
  const view = columns(bytes.buffer, layout, header);

  nodes.forEach((node, index) => {
    view.ends[index] = node.end;
    view.titleLengths[index] = node.title.length;
    view.segmentLengths[index] = node.segment.length;
    view.flags[index] = ["draft", "unlisted", "public"].indexOf(node.state) | ([null, "ltr", "rtl"].indexOf(node.direction) << 2);
    view.languageOf[index] = node.language === null ? 0 : languages.indexOf(node.language) + 1;
  });
  bytes.set(Buffer.from(nodes.map((node) => node.id).join(""), "latin1"), layout.ids);
  nodes.forEach((node, index) => {
    bytes.set(Buffer.from(node.contentHash, "base64url"), layout.hashes + index * CONTENT_HASH_BYTES);
  });
  past.forEach((name, index) => {
    view.pastParents[index] = name.parent;
    view.pastNodes[index] = name.node;
    view.pastFrom[index] = name.from;
    view.pastUntil[index] = name.until;
    view.pastLengths[index] = name.segment.length;
  });
  later.forEach((node, index) => {
    view.laterNodes[index] = node;
    view.laterPlaced[index] = nodes[node]!.placedSeq;
  });
  tombstones.forEach((tombstone, index) => {
    view.deadNodes[index] = tombstone.node;
    view.successors[index] = tombstone.successor;
    view.deletedAt[index] = tombstone.deletedAt;
  });
  bytes.set(text, layout.text);
  bytes.set(pastText, layout.pastText);
  return bytes;
}

/**
 * Checks that every number points where it may: the bytes can come from a shared cache.
 *
 * @throws RangeError when they are not a snapshot of this format
 */
export function readSnapshot(input: Uint8Array): SnapshotParts {
  if (input.byteLength < 4) throw new RangeError("not a snapshot");
  // Views need an aligned start, and a slice of Node's shared pool would keep the whole pool alive.
  const bytes = input.byteOffset % 8 === 0 && input.byteLength === input.buffer.byteLength ? input : new Uint8Array(input);
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerEnd = 4 + buffer.readUInt32LE(0);
  if (headerEnd > bytes.byteLength) throw new RangeError("not a snapshot");
  const header = parseHeader(buffer.toString("utf8", 4, headerEnd), bytes.byteLength);
  const layout = layOut(header, headerEnd);
  if (layout.total !== bytes.byteLength || header.nodes === 0) throw new RangeError("a snapshot that was cut short");

  const view = columns(bytes.buffer as ArrayBuffer, layout, header);
  checkTree(view.ends);
  for (const nodes of [view.pastParents, view.pastNodes, view.deadNodes, view.laterNodes]) checkIndexes(nodes, 0, header.nodes);
  checkIndexes(view.successors, -1, header.nodes);
  checkIndexes(view.languageOf, 0, header.languages.length + 1);
  if (view.flags.some((flags) => (flags & 3) > 2 || flags >> 2 > 2)) throw new RangeError("a snapshot with an unknown state");

  const segmentStarts = new Int32Array(header.nodes + 1);
  const titleStarts = new Int32Array(header.nodes);
  let at = 0;
  for (let node = 0; node < header.nodes; node += 1) {
    segmentStarts[node] = at;
    at += view.segmentLengths[node]!;
    titleStarts[node] = at;
    at += view.titleLengths[node]!;
  }
  segmentStarts[header.nodes] = at;
  const pastStarts = new Int32Array(header.past + 1);
  for (let name = 0; name < header.past; name += 1) pastStarts[name + 1] = pastStarts[name]! + view.pastLengths[name]!;
  const text = buffer.toString("utf8", layout.text, layout.pastText);
  const pastText = buffer.toString("utf8", layout.pastText, layout.total);
  if (text.length !== at || pastText.length !== pastStarts[header.past]) throw new RangeError("a snapshot whose texts were damaged");
  for (const starts of [segmentStarts, titleStarts]) checkCuts(text, starts);

  return {
    tripId: header.trip,
    slug: header.slug,
    version: header.version,
    stamp: header.stamp,
    count: header.nodes,
    languages: header.languages,
    placed: header.placed,
    ...view,
    hashes: bytes.subarray(layout.hashes, layout.text),
    ids: buffer.toString("latin1", layout.ids, layout.hashes),
    text,
    pastText,
    segmentStarts,
    titleStarts,
    pastStarts,
  };
}

function mostFrequent(numbers: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const number of numbers) counts.set(number, (counts.get(number) ?? 0) + 1);
  let most = 0;
  for (const [number, count] of counts) if (count > (counts.get(most) ?? 0)) most = number;
  return most;
}

function parseHeader(json: string, mostOfAnything: number): Header {
  let header: Partial<Header> | null;
  try {
    header = JSON.parse(json) as Partial<Header> | null;
  } catch {
    throw new RangeError("not a snapshot");
  }
  if (header?.format !== SNAPSHOT_FORMAT) throw new RangeError(`a snapshot of format ${header?.format}, not ${SNAPSHOT_FORMAT}`);
  const { trip, version, placed, slug, stamp, nodes, later, past, dead, textBytes, pastTextBytes, languages } = header;
  const counts = [nodes, later, past, dead, textBytes, pastTextBytes];
  const sound =
    [trip, version, placed].every(Number.isSafeInteger) &&
    [slug, stamp].every((text) => typeof text === "string" && text.isWellFormed()) &&
    counts.every((count) => Number.isInteger(count) && count! >= 0 && count! <= mostOfAnything) &&
    Array.isArray(languages) &&
    languages.every((language) => typeof language === "string");
  if (!sound) throw new RangeError("not a snapshot");
  return header as Header;
}

function layOut({ nodes, later, past, dead, textBytes, pastTextBytes }: Header, headerEnd: number) {
  const doubles = Math.ceil(headerEnd / 8) * 8;
  const integers = doubles + 8 * (dead + 2 * past + later);
  const shorts = integers + 4 * (nodes + 2 * past + 2 * dead + later);
  const single = shorts + 2 * 2 * nodes;
  const ids = single + 2 * nodes + past;
  const hashes = ids + 12 * nodes;
  const text = hashes + CONTENT_HASH_BYTES * nodes;
  const pastText = text + textBytes;
  return { doubles, integers, shorts, single, ids, hashes, text, pastText, total: pastText + pastTextBytes };
}

function columns(buffer: ArrayBuffer, layout: ReturnType<typeof layOut>, { nodes, later, past, dead }: Header) {
  let at = layout.doubles;
  const doubles = (count: number) => {
    const column = new Float64Array(buffer, at, count);
    at += 8 * count;
    return column;
  };
  const deletedAt = doubles(dead);
  const pastFrom = doubles(past);
  const pastUntil = doubles(past);
  const laterPlaced = doubles(later);
  at = layout.integers;
  const integers = (count: number) => {
    const column = new Int32Array(buffer, at, count);
    at += 4 * count;
    return column;
  };
  const ends = integers(nodes);
  const pastParents = integers(past);
  const pastNodes = integers(past);
  const deadNodes = integers(dead);
  const successors = integers(dead);
  const laterNodes = integers(later);
  at = layout.single;
  const single = (count: number) => {
    const column = new Uint8Array(buffer, at, count);
    at += count;
    return column;
  };
  return {
    deletedAt,
    pastFrom,
    pastUntil,
    laterPlaced,
    laterNodes,
    ends,
    pastParents,
    pastNodes,
    deadNodes,
    successors,
    titleLengths: new Uint16Array(buffer, layout.shorts, nodes),
    languageOf: new Uint16Array(buffer, layout.shorts + 2 * nodes, nodes),
    segmentLengths: single(nodes),
    flags: single(nodes),
    pastLengths: single(past),
  };
}

/** Each subtree ends after its root and within its parent's: then walking it always comes to an end. */
function checkTree(ends: Int32Array): void {
  if (ends[0] !== ends.length) throw new RangeError("a snapshot whose first node is not its root");
  const open: number[] = [];
  for (let node = 0; node < ends.length; node += 1) {
    while (open.length > 0 && open.at(-1)! <= node) open.pop();
    const end = ends[node]!;
    if (end <= node || end > (open.at(-1) ?? ends.length)) throw new RangeError("a snapshot whose nodes are no tree");
    open.push(end);
  }
}

function checkIndexes(indexes: Int32Array | Uint16Array, from: number, count: number): void {
  for (const index of indexes) if (index < from || index >= count) throw new RangeError("a snapshot that points outside of itself");
}

/** Half a letter (of a surrogate pair) in a name could not be written into an address. */
function checkCuts(text: string, starts: Int32Array): void {
  for (const start of starts) if ((text.charCodeAt(start) & 0xfc00) === 0xdc00) throw new RangeError("a snapshot whose texts were damaged");
}
