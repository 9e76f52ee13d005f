import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { buffer } from "node:stream/consumers";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseTripExport } from "../../src/import/export/parse-trip-export.ts";
import { saveFiles } from "../../src/import/export/save-files.ts";
import type { TripExport } from "../../src/import/export/types.ts";
import { writeFolder } from "../../src/import/export/write-folder.ts";
import { writeJson } from "../../src/import/export/write-json.ts";
import { zipFiles } from "../../src/import/export/zip-files.ts";
import { withNodeLinks } from "../../src/import/links/node-links.ts";
import { findTripExport, readPlan } from "../../src/import/read-plan.ts";
import { LOCAL_LIMITS, openSource } from "../../src/import/source-tree.ts";
import { openZip } from "../../src/import/sources/zip.ts";
import type { ImportPlan } from "../../src/trips/types.ts";
import { arbitraryExport } from "./arbitrary-export.ts";
import { exportOfPlan } from "./export-of-plan.ts";
import { findCorpus, fixture } from "./fixtures.ts";
import { memoryTree } from "./memory-tree.ts";

type Files = Map<string, string | Uint8Array>;

/** Assets come back as another kind of byte array than the one they went in as. */
function plain(trip: TripExport | undefined) {
  return trip && { ...trip, assets: trip.assets.map((asset) => ({ ...asset, bytes: [...asset.bytes] })) };
}

function treeOf(files: ReadonlyMap<string, string | Uint8Array>) {
  return memoryTree(Object.fromEntries(files));
}

function textOf(files: ReadonlyMap<string, string | Uint8Array>, file: string): string {
  const content = files.get(file);
  if (content === undefined) throw new Error(`There is no file "${file}" among ${[...files.keys()].join(", ")}.`);
  return typeof content === "string" ? content : Buffer.from(content).toString();
}

/** What a plan says of its nodes, with ids in links. */
function nodesOf(plan: ImportPlan) {
  const idOf = new Map(plan.nodes.map(({ key, id }) => [key, id ?? "new"]));
  return plan.nodes.map(({ key, parentKey, aliases: _, ...node }) => ({
    ...node,
    body: withNodeLinks(node.body, idOf),
    parent: parentKey === null ? null : idOf.get(parentKey),
  }));
}

describe("an export", () => {
  it("comes back from JSON as the same trip", () => {
    fc.assert(
      fc.property(arbitraryExport, (trip) => {
        expect(plain(parseTripExport(writeJson(trip)))).toEqual(plain(trip));
      }),
    );
  });

  it("comes back from a folder as the same trip", async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryExport, async (trip) => {
        expect(plain(await findTripExport(treeOf(await writeFolder(trip))))).toEqual(plain(trip));
      }),
      { numRuns: 150 },
    );
  });

  it("comes back from a ZIP of the folder as the same trip", async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryExport, async (trip) => {
        const zip = await openZip(await buffer(zipFiles(await writeFolder(trip))), "trip", LOCAL_LIMITS);
        expect(plain(await findTripExport(zip))).toEqual(plain(trip));
      }),
      { numRuns: 30 },
    );
  });

  it("gives the same plan from JSON and from the folder, so that importing it again changes nothing", async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryExport, async (trip) => {
        const fromJson = await readPlan(memoryTree({ "trip.json": writeJson(trip) }));
        const fromFolder = await readPlan(treeOf(await writeFolder(trip)));
        expect(nodesOf(fromFolder)).toEqual(nodesOf(fromJson));
        expect(fromFolder.trip).toEqual(fromJson.trip);
      }),
      { numRuns: 100 },
    );
  });
});

describe("an exported folder", () => {
  let original: TripExport;
  let files: Files;
  beforeEach(async () => {
    original = exportOfPlan(await readPlan(await openSource(fixture("harbour-book"))));
    files = new Map(await writeFolder(original));
  });

  it("is an mdBook whose files lie where the pages' addresses are", () => {
    expect([...files.keys()].sort()).toEqual([
      ".qrcards.json",
      "book.toml",
      "src/README.md",
      "src/SUMMARY.md",
      "src/_assets/gauge.png",
      "src/_assets/harbour.svg",
      "src/_assets/tide.pdf",
      "src/about-the-harbour.md",
      "src/boats/README.md",
      "src/boats/knots.md",
      "src/boats/mooring-lines.md",
      "src/cranes.md",
      "src/draft-heading/README.md",
      "src/draft-heading/tides.md",
      "src/glossary.md",
      "src/tides/README.md",
      "src/tides/currents.md",
      "src/tides/reading-a-tide-table.md",
    ]);
    expect(textOf(files, "book.toml")).toBe('[book]\ntitle = "The Harbour Book"\nlanguage = "en"\ntext-direction = "ltr"\nsrc = "src"\n\n');
    expect(textOf(files, "src/SUMMARY.md")).toBe(
      [
        "# Summary",
        "",
        "[The Harbour Book](README.md)",
        "",
        "- [About the harbour](about-the-harbour.md)",
        "- [Tides](tides/README.md)",
        "  - [Reading a tide table](tides/reading-a-tide-table.md)",
        "  - [Currents](tides/currents.md)",
        "- [Boats](boats/README.md)",
        "  - [Mooring \\& lines](boats/mooring-lines.md)",
        "  - [Knots](boats/knots.md)",
        "- [Cranes](cranes.md)",
        "- [Draft heading](draft-heading/README.md)",
        "  - [Tides](draft-heading/tides.md)",
        "- [Glossary](glossary.md)",
        "",
      ].join("\n"),
    );
  });

  it("links its files to each other and shows each page's title", () => {
    expect(textOf(files, "src/boats/knots.md")).toBe("# Knots\n\n[![gauge](../_assets/gauge.png)](../tides/README.md)\n");
    expect(textOf(files, "src/tides/currents.md")).toBe("---\nstate: draft\n---\n# Currents\n\n");
    expect(textOf(files, "src/about-the-harbour.md")).toContain("Write \\{{#include file.md}} to include a file.");
  });

  it("keeps texts in the files alone where they can give them back", () => {
    const { nodes } = JSON.parse(textOf(files, ".qrcards.json"));
    expect(nodes.filter((node: { body: string | null }) => node.body !== null)).toEqual([]);
  });

  it("is read without its sidecar as a book like any other", async () => {
    files.delete(".qrcards.json");
    const plan = await readPlan(treeOf(files));
    expect(plan.notes.map(({ kind, message }) => [kind, message])).toEqual([
      ["unresolved-link", 'The link "ferry.md" leads to nothing in the source.'],
      ["unresolved-link", 'The link "../../../etc/passwd" leads out of the source.'],
      ["unresolved-link", 'The link "tide.xls" leads to nothing in the source.'],
    ]);
    expect(plan.nodes.map(({ title, state }) => [title, state])).toEqual(original.nodes.map(({ title, state }) => [title, state]));
    expect(plan.nodes.every(({ id }) => id === undefined)).toBe(true);
  });

  it("gives an edited text, to its page and to no other", async () => {
    files.set("src/glossary.md", "# Glossary\n\nNew words, and [tides](tides/README.md).\n");
    const edited = original.nodes.find(({ title }) => title === "Glossary")!;
    const expected = {
      ...original,
      nodes: original.nodes.map((node) =>
        node === edited ? { ...node, body: `New words, and [tides](node:${original.nodes[2]!.id}).\n` } : node,
      ),
    };
    // The PDF is still the trip's, though no page leads to it now.
    expect(plain(await findTripExport(treeOf(files)))).toEqual(plain(expected));
    expect((await readPlan(treeOf(files))).nodes.find(({ id }) => id === edited.id)?.body).toBe("New words, and [tides](plan:tides.md).\n");
  });

  it("gives edits of title, settings and order, and new pages, to its plan", async () => {
    files.set(
      "src/SUMMARY.md",
      textOf(files, "src/SUMMARY.md")
        .replace("- [Cranes](cranes.md)\n", "")
        .replace("[Knots]", "[Knots & hitches]")
        .replace("- [Glossary](glossary.md)", "- [Fog](fog.md)\n  - [Glossary](glossary.md)\n- [Cranes](cranes.md)"),
    );
    files.set("src/fog.md", "Thick. See [cranes](cranes.md).\n");
    files.set("src/tides/currents.md", "---\nslug: streams\n---\n# Currents\n\nStrong ones.\n");
    const plan = await readPlan(treeOf(files));
    const idOf = (title: string) => original.nodes.find((node) => node.title === title)!.id;
    expect(plan.nodes.find(({ title }) => title === "Knots & hitches")).toMatchObject({ id: idOf("Knots") });
    expect(plan.nodes.find(({ title }) => title === "Knots & hitches")).not.toHaveProperty("slugSource");
    expect(plan.nodes.find(({ id }) => id === idOf("Currents"))).toMatchObject({
      slug: "streams",
      state: "public",
      body: "Strong ones.\n",
    });
    expect(plan.nodes.slice(-3)).toMatchObject([
      { key: "fog.md", title: "Fog", parentKey: "", body: "Thick. See [cranes](plan:cranes.md).\n" },
      { key: "glossary.md", parentKey: "fog.md", id: idOf("Glossary") },
      { key: "cranes.md", parentKey: "", id: idOf("Cranes") },
    ]);
  });

  it("takes an edited image to the pages that show it", async () => {
    files.set("src/_assets/gauge.png", await (await openSource(fixture("odd-folder"))).read("images/dot (1).png"));
    const trip = (await findTripExport(treeOf(files)))!;
    const image = trip.assets.find(({ filenames }) => filenames[0] === "gauge.png")!;
    expect(image.width).toBe(3);
    expect(trip.nodes.find(({ title }) => title === "Knots")?.body).toContain(`](asset:${image.hash}/gauge.png?w=3&h=3)`);
  });

  it("is refused when its sidecar is not what QRCards wrote", async () => {
    files.set(".qrcards.json", textOf(files, ".qrcards.json").replace('"position": 3', '"position": "3"'));
    await expect(readPlan(treeOf(files))).rejects.toMatchObject({
      code: "import-refused",
      message: "The export cannot be read: nodes[3].position is not a whole number.",
    });
  });
});

describe("a real book", () => {
  it.skipIf(findCorpus("rust-by-example") === undefined)("goes out to a folder and comes back, each text in its file", async () => {
    const trip = exportOfPlan(await readPlan(await openSource(findCorpus("rust-by-example")!)));
    const files = await writeFolder(trip);
    expect(plain(await findTripExport(treeOf(files)))).toEqual(plain(trip));
    const { nodes } = JSON.parse(textOf(files, ".qrcards.json"));
    expect(nodes.filter((node: { body: string | null }) => node.body !== null)).toEqual([]);
  });
});

describe("saving a folder", () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(path.join(tmpdir(), "qrcards-export-"));
  });
  afterEach(() => rm(directory, { recursive: true }));

  it("writes what was exported, and comes back from disk", async () => {
    const trip = exportOfPlan(await readPlan(await openSource(fixture("odd-folder"))));
    await saveFiles(await writeFolder(trip), path.join(directory, "new"));
    expect(plain(await findTripExport(await openSource(path.join(directory, "new"))))).toEqual(plain(trip));
  });

  it("refuses a directory that has files in it", async () => {
    await saveFiles(new Map([["a/b.md", Buffer.from("text")]]), directory);
    await expect(saveFiles(new Map([["c.md", Buffer.from("text")]]), directory)).rejects.toMatchObject({ code: "export-refused" });
    expect(await readdir(directory)).toEqual(["a"]);
  });
});
