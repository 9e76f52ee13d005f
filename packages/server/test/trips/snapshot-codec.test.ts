import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { resolve } from "../../src/paths/resolve.ts";
import { slugify } from "../../src/paths/slugify.ts";
import { Snapshot } from "../../src/trips/snapshot.ts";
import { encodeSnapshot, readSnapshot, type SnapshotSource } from "../../src/trips/snapshot-codec.ts";
import type { Direction } from "../../src/trips/types.ts";
import { anySource, blank, trainingCourse, tree } from "./snapshot-sources.ts";

describe("a snapshot, encoded and decoded", () => {
  test("is the same", () => {
    fc.assert(
      fc.property(anySource, (source) => {
        expect(toSource(encodeSnapshot(source))).toEqual(source);
      }),
    );
  });

  test("is the same from bytes anywhere in a larger buffer", () => {
    fc.assert(
      fc.property(anySource, fc.integer({ min: 1, max: 9 }), (source, offset) => {
        const bytes = encodeSnapshot(source);
        const pool = Buffer.alloc(bytes.byteLength + 2 * offset, 0xa5);
        pool.set(bytes, offset);
        expect(toSource(pool.subarray(offset, offset + bytes.byteLength))).toEqual(source);
      }),
    );
  });

  test("has the title of each node, whatever letters come before it", () => {
    const titles = ["T", "Größe", "𝒜𝒷 🎉", "中文", "e\u0301", "x".repeat(500), "ends in half a letter \uD83D"];
    const source = tree({ title: titles[0]!, children: titles.slice(1).map((title, index) => ({ segment: `${index}é`, title })) });
    const snapshot = new Snapshot(encodeSnapshot(source));
    expect(titles.map((_, node) => snapshot.title(node))).toEqual(titles.map((title) => title.toWellFormed()));
    expect(titles.map((_, node) => snapshot.segment(node))).toEqual(["", "0é", "1é", "2é", "3é", "4é", "5é"]);
  });

  test("keeps each page's language, however many there are", () => {
    const languages = Array.from({ length: 300 }, (_, index) => `de-x-${index}`);
    const source = tree({ title: "T", children: languages.map((_, index) => ({ segment: `${index}`, title: "P" })) });
    const nodes = source.nodes.map((node, index) => ({ ...node, language: languages[index - 1] ?? null }));
    const snapshot = new Snapshot(encodeSnapshot({ ...source, nodes }));
    expect(languages.map((_, index) => snapshot.language(index + 1))).toEqual(languages);
  });

  test("takes no more than 20 KB for a trip of 200 pages", () => {
    const source = tree(trainingCourse());
    expect(source.nodes).toHaveLength(200);
    expect(encodeSnapshot(source).byteLength).toBeLessThanOrEqual(20_000);
  });

  test("grows by less than 100 bytes a rename", () => {
    const source = tree(trainingCourse());
    const nodes = source.nodes.map((node, index) => (index % 4 === 1 ? { ...node, placedSeq: index } : node));
    const past = nodes.flatMap((node, index) =>
      index % 4 === 1 ? { parent: 0, segment: slugify(`${node.title} before`), node: index, from: 1, until: index } : [],
    );
    expect(past).toHaveLength(50);
    const growth = encodeSnapshot({ ...source, nodes, past }).byteLength - encodeSnapshot(source).byteLength;
    expect(growth / 50).toBeLessThan(100);
  });
});

describe("bytes that are no snapshot", () => {
  test("are refused when they were cut short or carry on", () => {
    const bytes = encodeSnapshot(tree(trainingCourse()));
    for (let length = 0; length < bytes.byteLength; length += 7) expect(() => new Snapshot(bytes.slice(0, length))).toThrow(RangeError);
    expect(() => new Snapshot(Buffer.concat([bytes, Buffer.alloc(1)]))).toThrow(RangeError);
  });

  test("are refused, or answer every question: damage is never a crash or an endless loop", () => {
    const anyDamage = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 });
    let survived = 0;
    fc.assert(
      fc.property(anySource, anyDamage, (source, damage) => {
        const bytes = encodeSnapshot(source);
        for (const [place, value] of damage) bytes[place % bytes.byteLength] = value;
        survived += askEverything(bytes) ? 1 : 0;
      }),
      { numRuns: 2_000 },
    );
    expect(survived).toBeGreaterThan(0);
  });

  test("are refused when they are noise", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(() => new Snapshot(bytes)).toThrow(RangeError);
      }),
    );
  });

  test.each([
    ["another format", { format: 99 }],
    ["no slug", { slug: undefined }],
    ["a number as its stamp", { stamp: 7 }],
    ["a version that is none", { version: null }],
    ["no languages", { languages: undefined }],
    ["a language that is none", { languages: [7] }],
    ["fewer nodes", { nodes: 0 }],
    ["half a node", { nodes: 0.5 }],
    ["more past names", { past: 2 ** 40 }],
    ["fewer letters than none", { textBytes: -1 }],
  ])("are refused with %s in their header", (_, change) => {
    expect(() => new Snapshot(withHeader(encodeSnapshot(tree({ children: [{ segment: "a" }] })), change))).toThrow(RangeError);
  });

  test.each(["null", "[]", "7", '"text"', "{", ""])("are refused with %j as their header", (json) => {
    const bytes = Buffer.alloc(4 + json.length);
    bytes.writeUInt32LE(json.length);
    bytes.write(json, 4);
    expect(() => new Snapshot(bytes)).toThrow(RangeError);
  });

  test.each([
    ["a past name's parent", { past: [{ parent: 9, segment: "x", node: 0, from: 0, until: 1 }] }],
    ["a past name's node", { past: [{ parent: 0, segment: "x", node: -1, from: 0, until: 1 }] }],
    ["a tombstone's node", { tombstones: [{ node: 2, deletedAt: 0, successor: -1 }] }],
    ["a tombstone's successor", { tombstones: [{ node: 1, deletedAt: 0, successor: 2 }] }],
  ])("are refused where %s lies outside", (_, change) => {
    expect(() => new Snapshot(encodeSnapshot({ ...tree({ children: [{ segment: "a" }] }), ...change }))).toThrow(RangeError);
  });

  test("are refused where a name begins or ends in the middle of a letter", () => {
    const cut = { ...tree({ children: [{ segment: "\uD83C", title: "\uDF89 party" }] }) };
    expect(() => new Snapshot(encodeSnapshot(cut))).toThrow(RangeError);
  });

  test("are refused with half a letter in the slug", () => {
    expect(() => new Snapshot(withHeader(encodeSnapshot(tree({})), { slug: "\uD83C" }))).toThrow(RangeError);
  });

  test.each([
    ["a root that does not hold all", [1, 2]],
    ["a root that holds more than all", [3, 2]],
    ["a node that ends before it begins", [3, 1, 3]],
    ["a child that ends after its parent", [4, 2, 5, 4]],
    ["a grandchild that ends after its parent", [5, 3, 4, 4, 5]],
  ])("are refused where the nodes are no tree: %s", (_, ends) => {
    const bytes = encodeSnapshot({ ...tree({}), nodes: ends.map((end) => ({ ...blank, end })) });
    expect(() => new Snapshot(bytes)).toThrow(RangeError);
  });
});

/** Asks all there is to ask. @returns false when the bytes were refused */
function askEverything(bytes: Uint8Array): boolean {
  let snapshot: Snapshot;
  try {
    snapshot = new Snapshot(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(RangeError);
    return false;
  }
  for (let node = 0; node < snapshot.size; node += 1) {
    snapshot.id(node);
    snapshot.contentHash(node);
    snapshot.state(node);
    snapshot.language(node);
    snapshot.direction(node);
    snapshot.isIndexable(node);
    snapshot.isVisible(node);
    snapshot.successorOf(node);
    snapshot.deletedAt(node)?.toISOString();
    snapshot.previous(node);
    snapshot.next(node);
    snapshot.listedChildren(node);
    snapshot.listedDescendants(node);
    const path = snapshot.path(node);
    encodeURIComponent(path.join("/"));
    resolve(snapshot, path.slice(1));
    resolve(snapshot, [...path.slice(1), "none"]);
  }
  return true;
}

/** What the bytes say, in the shape in which it was encoded. */
function toSource(bytes: Uint8Array): SnapshotSource {
  const parts = readSnapshot(bytes);
  const snapshot = new Snapshot(bytes);
  const own = <T>(all: readonly T[], index: number) => (index === 0 ? null : all[index - 1]!);
  const directions: readonly Direction[] = ["ltr", "rtl"];
  return {
    tripId: snapshot.tripId,
    slug: snapshot.slug,
    version: snapshot.version,
    stamp: snapshot.stamp,
    nodes: Array.from({ length: snapshot.size }, (_, node) => ({
      id: snapshot.id(node),
      end: snapshot.end(node),
      segment: snapshot.segment(node),
      placedSeq: snapshot.standsSince(node),
      title: snapshot.title(node),
      contentHash: snapshot.contentHash(node),
      state: snapshot.state(node),
      language: own(parts.languages, parts.languageOf[node]!),
      direction: own(directions, parts.flags[node]! >> 2),
    })),
    past: Array.from(parts.pastNodes, (node, index) => ({
      parent: parts.pastParents[index]!,
      segment: parts.pastText.slice(parts.pastStarts[index], parts.pastStarts[index + 1]),
      node,
      from: parts.pastFrom[index]!,
      until: parts.pastUntil[index]!,
    })),
    tombstones: Array.from(parts.deadNodes, (node, index) => ({
      node,
      deletedAt: parts.deletedAt[index]!,
      successor: parts.successors[index]!,
    })),
  };
}

function withHeader(bytes: Uint8Array, change: Record<string, unknown>): Uint8Array {
  const length = Buffer.from(bytes.buffer).readUInt32LE(0);
  const header = Buffer.from(
    JSON.stringify({ ...(JSON.parse(Buffer.from(bytes.subarray(4, 4 + length)).toString()) as object), ...change }),
  );
  const start = Buffer.alloc(4);
  start.writeUInt32LE(header.byteLength);
  const padding = (size: number) => Buffer.alloc((8 - (size % 8)) % 8);
  return Buffer.concat([start, header, padding(4 + header.byteLength), bytes.subarray(Math.ceil((4 + length) / 8) * 8)]);
}
