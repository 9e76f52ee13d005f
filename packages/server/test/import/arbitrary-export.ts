import fc from "fast-check";
import type { TripExport } from "../../src/import/export/types.ts";
import { slugify } from "../../src/paths/slugify.ts";
import { contentHash } from "../../src/trips/content-hash.ts";

const DIGITS = "0123456789abcdefghjkmnpqrstvwxyz";
const CODE = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

const id = fc.string({ unit: fc.constantFrom(...DIGITS), minLength: 12, maxLength: 12 });
/** Texts that a database can hold: no NUL, no half character. */
const text = fc.string({ unit: "grapheme", maxLength: 40 }).map((value) => value.replaceAll("\0", ""));
const title = text.map((value) => value || "Title");
const slug = fc.oneof(fc.constantFrom("index", "readme", "con", "a", "b-2"), text.map(slugify)).filter((value) => value !== "");
const rank = fc.integer({ min: 1, max: 9 });
const instant = fc.integer({ min: 0, max: 4_102_444_800_000 });

/** Markdown made of what could confuse a way there and back. */
function body(ids: readonly string[], hashes: readonly string[]): fc.Arbitrary<string> {
  const nodeLink = fc.constantFrom(...ids, "zzzzzzzzzzzz").map((target) => `node:${target}`);
  const assetLink = fc.constantFrom(...hashes, "A".repeat(27)).map((target) => `asset:${target}/pic.png?w=1&h=1`);
  const address = fc.oneof(
    nodeLink,
    nodeLink.map((link) => `${link}#part`),
    assetLink,
    fc.constantFrom("plan:x", "https://example.org/(a)", "other.md", "#here", "../..", ""),
  );
  const piece = fc.oneof(
    text,
    address.map((target) => `[a *link*](${target})`),
    address.map((target) => `![image](<${target}> "Title")`),
    address.map((target) => `\n[ref]: ${target}\n`),
    address.map((target) => `<a href="${target}">x</a>`),
    address.map((target) => `\`[code](${target})\``),
    address.map((target) => `\n\`\`\`\n[code](${target})\n\`\`\`\n`),
    fc.constantFrom(
      "---\n",
      "# Title\n",
      "#",
      "{{#include a.md}}",
      "\\{{#title x}} }}",
      "{{#playground y}}",
      "\r\n",
      "\n\n",
      "> ",
      "- ",
      "    ",
      "\t",
      "<!-- ",
      "\uFEFF",
      "[",
      "](",
      "\\",
    ),
  );
  return fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(""));
}

/** Any trip that a database could hold: deleted pages, tombstones, history, cards, assets under several names. */
export const arbitraryExport: fc.Arbitrary<TripExport> = fc
  .record({
    ids: fc.uniqueArray(id, { minLength: 1, maxLength: 9 }),
    files: fc.uniqueArray(fc.uint8Array({ minLength: 1, maxLength: 20 }), { maxLength: 3, selector: contentHash }),
  })
  .chain(({ ids, files }) => {
    const hashes = files.map((bytes) => contentHash(bytes));
    const anyId = fc.constantFrom(...ids);
    return fc.record({
      slug,
      nodes: fc.tuple(
        ...ids.map((own, index) =>
          fc.record({
            id: fc.constant(own),
            parent: fc.nat(Math.max(index - 1, 0)),
            segment: slug,
            isDeleted: fc.boolean().map((chance) => chance && index % 3 === 2),
            slugIsExplicit: fc.boolean(),
            standsSince: rank,
            position: fc.integer({ min: -5000, max: 5000 }),
            title,
            body: body(ids, hashes),
            state: fc.constantFrom("draft", "unlisted", "public"),
            language: fc.option(fc.constantFrom("en", "de-CH")),
            direction: fc.option(fc.constantFrom("ltr", "rtl")),
            revision: fc.integer({ min: 1, max: 99 }),
            sourcePath: fc.option(fc.constantFrom(`chapters/${index}.md`, `${index} odd name.md`)),
          }),
        ),
      ),
      names: fc.uniqueArray(
        fc.record({ parentId: anyId, segment: slug, nodeId: anyId, heldFrom: rank, heldUntil: rank, retiredAt: instant }),
        {
          maxLength: 4,
          selector: (name) => `${name.parentId}/${name.segment}/${name.nodeId}/${name.heldUntil}`,
        },
      ),
      rootNames: fc.uniqueArray(fc.record({ slug, heldFrom: rank, heldUntil: rank, retiredAt: instant }), {
        maxLength: 2,
        selector: (name) => `${name.slug}/${name.heldUntil}`,
      }),
      deaths: fc.array(fc.record({ segment: slug, deletedAt: instant, successorId: fc.option(anyId) }), {
        minLength: ids.length,
        maxLength: ids.length,
      }),
      cards: fc.uniqueArray(
        fc.record({
          code: fc.string({ unit: fc.constantFrom(...CODE), minLength: 8, maxLength: 8 }),
          nodeId: anyId,
          scans: fc.nat(),
          createdAt: instant,
        }),
        { maxLength: 3, selector: (card) => card.code },
      ),
      assets: fc.tuple(
        ...files.map((bytes, index) =>
          fc.record({
            hash: fc.constant(hashes[index]!),
            filenames: fc.uniqueArray(fc.constantFrom("pic.png", "Pic.png", "a b (1).svg", "データ.csv"), { minLength: 1, maxLength: 2 }),
            mediaType: fc.constantFrom("image/png", "image/svg+xml", "text/csv"),
            bytes: fc.constant(bytes),
            width: fc.option(fc.integer({ min: 1, max: 9999 })),
            height: fc.option(fc.integer({ min: 1, max: 9999 })),
          }),
        ),
      ),
    });
  })
  .map(({ slug: tripSlug, nodes, names, rootNames, deaths, cards, assets }): TripExport => {
    const taken = new Set<string>();
    const exported = nodes.map(({ parent, isDeleted, segment, ...node }, index) => {
      const parentId = index === 0 ? null : nodes[parent]!.id;
      const isTaken = taken.has(`${parentId}/${segment}`);
      taken.add(`${parentId}/${segment}`);
      // A node without a slug of its own stands under its id.
      const place = index === 0 ? "" : isDeleted ? null : isTaken ? node.id : segment;
      return { ...node, parentId, segment: place };
    });
    const tombstones = exported.flatMap(({ id: nodeId, segment }, index) => (segment === null ? [{ nodeId, ...deaths[index]! }] : []));
    return {
      format: "qrcards-trip/1",
      trip: { slug: tripSlug, rootId: exported[0]!.id, namedSince: 1 },
      nodes: exported,
      names,
      rootNames,
      tombstones,
      cards,
      assets,
    };
  });
