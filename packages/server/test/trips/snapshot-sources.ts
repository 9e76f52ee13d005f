import fc from "fast-check";
import { slugify } from "../../src/paths/slugify.ts";
import { contentHash } from "../../src/trips/content-hash.ts";
import type { SnapshotNode, SnapshotSource } from "../../src/trips/snapshot-codec.ts";
import type { Direction, NodeState } from "../../src/trips/types.ts";

export interface Spec {
  readonly segment?: string;
  readonly title?: string;
  readonly state?: NodeState;
  readonly language?: string;
  readonly direction?: Direction;
  readonly dead?: boolean;
  readonly children?: readonly Spec[];
}

export const blank: SnapshotNode = {
  id: "000000000000",
  end: 1,
  segment: "",
  placedSeq: 1,
  title: "",
  contentHash: contentHash(""),
  state: "public",
  language: null,
  direction: null,
};

/** A source written as a tree; a title is the segment unless it is given. */
export function tree(root: Spec): SnapshotSource {
  const nodes: { -readonly [K in keyof SnapshotNode]: SnapshotNode[K] }[] = [];
  const tombstones: SnapshotSource["tombstones"][number][] = [];
  const enter = (spec: Spec) => {
    const node = {
      ...blank,
      id: nodes.length
        .toString(32)
        .padStart(12, "0")
        .replaceAll(/[ilou]/g, "z"),
      segment: spec.dead ? "" : (spec.segment ?? ""),
      title: spec.title ?? spec.segment ?? "Root",
      contentHash: contentHash(spec.segment ?? ""),
      state: spec.state ?? "public",
      language: spec.language ?? null,
      direction: spec.direction ?? null,
    };
    if (spec.dead) tombstones.push({ node: nodes.length, deletedAt: 1, successor: -1 });
    nodes.push(node);
    for (const child of spec.children ?? []) enter(child);
    node.end = nodes.length;
  };
  enter({ language: "en", ...root });
  return { tripId: 1, slug: "book", version: 7, stamp: "0123456789abcdef", nodes, past: [], tombstones };
}

/** 200 pages with titles of some 27 letters on average, as in the books we know, 8 chapters of 24 pages and a few more. */
export function trainingCourse(): Spec {
  const subjects = [
    "Governance",
    "Data architecture and IT infrastructure",
    "Accuracy and integrity",
    "Completeness",
    "Timeliness",
    "Adaptability",
    "Reporting practices",
    "Supervisory review",
  ];
  const pages = [
    "The principle",
    "Why it was written",
    "Who is responsible",
    "How banks do it",
    "Common findings",
    "Questions to ask yourself",
  ];
  const parts = ["", "in small banks", "under stress", "for the board"];
  const page = (title: string): Spec => ({ title, segment: slugify(title) });
  const chapters = subjects.map((subject) => ({
    ...page(subject),
    children: pages.flatMap((title) => parts.map((part) => page(`${title} ${part}`.trim()))),
  }));
  const spec = { title: "Risk data aggregation and risk reporting", language: "en", children: [...chapters] };
  // 1 + 8 x 25 is one too many.
  return { ...spec, children: [...chapters.slice(0, -1), { ...chapters.at(-1)!, children: chapters.at(-1)!.children.slice(1) }] };
}

/** Any tree, with titles of any letters; a past and tombstones of any kind, sensible or not. */
export const anySource: fc.Arbitrary<SnapshotSource> = fc
  .record({
    facts: fc.array(
      fc.record({
        parent: fc.nat(),
        id: fc.string({ unit: fc.constantFrom(..."0123456789abcdefghjkmnpqrstvwxyz"), minLength: 12, maxLength: 12 }),
        segment: fc.string({ unit: "grapheme", maxLength: 20 }).map(slugify),
        placedSeq: fc.oneof(fc.constant(3), fc.nat(1_000), fc.maxSafeNat()),
        title: fc.string({ unit: "binary", maxLength: 30 }),
        contentHash: fc.string({ maxLength: 3 }).map((text) => contentHash(text)),
        state: fc.constantFrom("draft", "unlisted", "public"),
        language: fc.constantFrom(null, null, "en", "ar", "zh-Hant"),
        direction: fc.constantFrom(null, null, "ltr", "rtl"),
      }),
      { minLength: 1, maxLength: 25 },
    ),
    past: fc.array(
      fc.record({
        parent: fc.nat(),
        segment: fc.string({ unit: "grapheme", maxLength: 20 }).map(slugify),
        node: fc.nat(),
        from: fc.nat(),
        until: fc.maxSafeNat(),
      }),
      { maxLength: 10 },
    ),
    tombstones: fc.uniqueArray(fc.record({ node: fc.nat(), deletedAt: fc.maxSafeNat(), successor: fc.nat() }), {
      maxLength: 5,
      selector: (tombstone) => tombstone.node % 25,
    }),
    slug: fc.string({ unit: "grapheme", maxLength: 20 }),
    version: fc.maxSafeNat(),
  })
  .map(({ facts, past, tombstones, slug, version }) => {
    // Reading order: each node's parent is on the line from the root to the node before it.
    const nodes: (SnapshotNode & { end: number })[] = [];
    const line: number[] = [];
    for (const [index, { parent, ...node }] of facts.entries()) {
      line.length = index === 0 ? 0 : 1 + (parent % line.length);
      for (const above of line) nodes[above]!.end = index + 1;
      nodes.push({ ...node, end: index + 1 });
      line.push(index);
    }
    const count = nodes.length;
    return {
      tripId: 5,
      slug,
      version,
      stamp: "0123456789abcdef",
      nodes,
      past: past.map((name) => ({ ...name, parent: name.parent % count, node: name.node % count })),
      tombstones: [...new Map(tombstones.map((tombstone) => [tombstone.node % count, tombstone])).values()].map((tombstone) => ({
        ...tombstone,
        node: tombstone.node % count,
        successor: (tombstone.successor % (count + 1)) - 1,
      })),
    };
  });
