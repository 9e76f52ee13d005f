/**
 * Trips of any size, always the same ones: chapters, sections and pages with texts of some 2 KB, and on demand one
 * glossary whose thousands of entries are all siblings, as the largest real documentation sites have them.
 *
 *     node bench/generate-trip.ts FOLDER [pages] [siblings]      # writes a folder of Markdown; default 38,000 and 4,600
 */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { slugify } from "../packages/server/src/paths/slugify.ts";
import { contentHash } from "../packages/server/src/trips/content-hash.ts";
import type { SnapshotNode, SnapshotSource } from "../packages/server/src/trips/snapshot-codec.ts";
import type { ImportPlan, PlannedNode } from "../packages/server/src/trips/types.ts";

export interface TripShape {
  /** All pages, the front page too. */
  readonly pages: number;
  /** Entries of the glossary; 0 makes none. */
  readonly siblings: number;
}

/** The size of the goals for trips as most are. */
export const COMMON: TripShape = { pages: 200, siblings: 0 };
/** The size of the goals for the largest. */
export const LARGE: TripShape = { pages: 38_000, siblings: 4_600 };

export interface GeneratedPage {
  readonly title: string;
  /** 0 for the front page, 1 for a chapter. */
  readonly depth: number;
  readonly hasChildren: boolean;
}

/** The pages in reading order, the front page first. */
export function generatePages({ pages, siblings }: TripShape): GeneratedPage[] {
  const found: GeneratedPage[] = [{ title: "A generated handbook", depth: 0, hasChildren: pages > 1 }];
  const random = createRandom(239);
  const taken = new Set<string>();
  const add = (depth: number, hasChildren: boolean) => {
    let title = titleOf(random);
    for (let number = 2; taken.has(title); number += 1) title = `${title.replace(/ \d+$/, "")} ${number}`;
    taken.add(title);
    found.push({ title, depth, hasChildren });
  };
  if (siblings > 0) {
    add(1, true);
    for (let entry = 0; entry < siblings; entry += 1) add(2, false);
  }
  const width = Math.max(2, Math.round(Math.cbrt(pages - siblings)));
  while (found.length < pages) {
    add(1, true);
    for (let section = 0; section < width && found.length < pages; section += 1) {
      add(2, true);
      for (let page = 0; page < width && found.length < pages; page += 1) add(3, false);
    }
  }
  return found;
}

/** Writes the pages as a folder of Markdown: folders for what has children, links between neighbours. */
export async function writeFolder(folder: string, shape: TripShape): Promise<void> {
  const pages = generatePages(shape);
  const paths = pathsOf(shape);
  const random = createRandom(7);
  let written: Promise<void>[] = [];
  for (const [index, page] of pages.entries()) {
    const file = join(folder, paths[index]!);
    const link = (other: number) => {
      const target = pages[other % pages.length]!;
      return `[${target.title}](/${paths[other % pages.length]})`;
    };
    const text = `# ${page.title}\n\n${bodyOf(random, [link(index + 1), link(index * 7 + 3)])}`;
    written.push(mkdir(dirname(file), { recursive: true }).then(() => writeFile(file, text)));
    if (written.length < 500) continue;
    await Promise.all(written);
    written = [];
  }
  await Promise.all(written);
}

/** The same tree as a structure in memory, as one statement would load it. */
export function generateStructure(shape: TripShape): SnapshotSource {
  const pages = generatePages(shape);
  const nodes = pages.map((page, index): SnapshotNode & { end: number } => ({
    id: nodeId(index),
    end: pages.length,
    segment: index === 0 ? "" : slugify(page.title),
    placedSeq: 1,
    title: page.title,
    contentHash: contentHash(page.title),
    state: "public",
    language: index === 0 ? "en" : null,
    direction: null,
  }));
  const open: number[] = [];
  for (const [index, { depth }] of pages.entries()) {
    while (open.length > depth) nodes[open.pop()!]!.end = index;
    open.push(index);
  }
  return { tripId: 1, slug: "handbook", version: 1, stamp: "0123456789abcdef", nodes, past: [], tombstones: [] };
}

/** The same tree as an import would bring it, each page with the same one line of text. */
export function generatePlan(shape: TripShape, slug: string): ImportPlan {
  const way: string[] = [];
  const nodes = generatePages(shape).map(({ title, depth }, index): PlannedNode => {
    way.length = depth;
    const parentKey = index === 0 ? null : way.join("/");
    // The root's key is "", so its children's keys start with a slash.
    way.push(index === 0 ? "" : slugify(title));
    return { key: way.join("/"), parentKey, title, body: "Text.", state: "public", aliases: [] };
  });
  const trip = { slug, title: nodes[0]!.title, language: "en", direction: "ltr", state: "public" } as const;
  return { format: "folder", trip, nodes, assets: [], notes: [] };
}

/** Segments from the trip's front page down to each page. */
export function generatePaths(shape: TripShape): string[][] {
  const way: string[] = [];
  return generatePages(shape).map(({ title, depth }) => {
    way.length = Math.max(0, depth - 1);
    if (depth > 0) way.push(slugify(title));
    return [...way];
  });
}

/** The files of the folder, in reading order. */
export function pathsOf(shape: TripShape): string[] {
  const way: string[] = [];
  const places: number[] = [];
  return generatePages(shape).map(({ title, depth, hasChildren }) => {
    if (depth === 0) return "index.md";
    way.length = depth - 1;
    places.length = depth;
    const place = (places[depth - 1] ?? 0) + 1;
    places[depth - 1] = place;
    // The number that folders and files of a handbook are ordered by: up to three digits count as one.
    way.push(`${place < 1000 ? `${String(place).padStart(3, "0")}-` : ""}${slugify(title)}`);
    return hasChildren ? `${way.join("/")}/index.md` : `${way.join("/")}.md`;
  });
}

const WORDS =
  "risk data report board bank control quality model review policy market credit ledger source audit record process owner system supervision capital measure exception lineage deadline taxonomy dictionary governance architecture accuracy completeness timeliness adaptability distribution remediation".split(
    " ",
  );
const SMALL_WORDS = ["of", "and", "for the", "in", "under", "with"];

function titleOf(random: () => number): string {
  const title = `${pick(random, WORDS)} ${pick(random, SMALL_WORDS)} ${pick(random, WORDS)}${random() < 0.4 ? ` ${pick(random, WORDS)}` : ""}`;
  return title.slice(0, 1).toUpperCase() + title.slice(1);
}

/** Some 2 KB: paragraphs with emphasis and links, a list, a table, code in three pages of ten. */
function bodyOf(random: () => number, links: readonly string[]): string {
  const sentence = () => `${titleOf(random)} ${Array.from({ length: 9 }, () => pick(random, WORDS)).join(" ")}.`;
  const paragraph = () => Array.from({ length: 4 }, sentence).join(" ");
  const list = Array.from({ length: 4 }, () => `- **${pick(random, WORDS)}**: ${sentence()}`).join("\n");
  const table = `| Measure | Owner |\n| --- | --- |\n${Array.from({ length: 3 }, () => `| ${pick(random, WORDS)} | ${pick(random, WORDS)} |`).join("\n")}`;
  const code =
    random() < 0.3
      ? `\n\n\`\`\`sql\nselect owner, count(*) from ${pick(random, WORDS)}\nwhere quality < ${Math.floor(random() * 100)} group by owner;\n\`\`\``
      : "";
  return `${paragraph()} See ${links[0]}.\n\n## ${titleOf(random)}\n\n${paragraph()}\n\n${list}\n\n## ${titleOf(random)}\n\n${table}${code}\n\n${paragraph()} More in ${links[1]}.\n`;
}

function pick<T>(random: () => number, items: readonly T[]): T {
  return items[Math.floor(random() * items.length)]!;
}

function nodeId(index: number): string {
  return index
    .toString(32)
    .padStart(12, "0")
    .replace(/[ilou]/g, (letter) => ({ i: "w", l: "x", o: "y", u: "z" })[letter]!);
}

/** The same numbers in every run (mulberry32). */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

if (import.meta.main) {
  const [folder, pages = String(LARGE.pages), siblings = String(LARGE.siblings)] = process.argv.slice(2);
  if (folder === undefined) throw new Error("usage: node bench/generate-trip.ts FOLDER [pages] [siblings]");
  await writeFolder(folder, { pages: Number(pages), siblings: Number(siblings) });
}
