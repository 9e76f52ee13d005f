import { beforeAll, describe, expect, it } from "vitest";
import { readPlan } from "../../src/import/read-plan.ts";
import { openSource } from "../../src/import/source-tree.ts";
import type { ImportPlan } from "../../src/trips/types.ts";
import { fixture } from "./fixtures.ts";
import { memoryTree } from "./memory-tree.ts";

let plan: ImportPlan;
beforeAll(async () => {
  plan = await readPlan(await openSource(fixture("harbour-book")));
});

function node(key: string) {
  const found = plan.nodes.find((candidate) => candidate.key === key);
  if (found === undefined) throw new Error(`The plan has no node "${key}".`);
  return found;
}

function notes(kind: string): string[] {
  return plan.notes
    .filter((note) => note.kind === kind)
    .map((note) => `${note.file}${note.line === undefined ? "" : `:${note.line}`} ${note.message}`);
}

describe("an mdBook", () => {
  it("gives the trip its title, language and direction from book.toml", () => {
    expect(plan.format).toBe("mdbook");
    expect(plan.trip).toEqual({ slug: "the-harbour-book", title: "The Harbour Book", language: "en", direction: "ltr", state: "public" });
  });

  it("becomes the tree of its summary, with the README beside it as the trip's own page", () => {
    expect(plan.nodes.map(({ key, parentKey, title }) => [key, parentKey, title])).toEqual([
      ["", null, "The Harbour Book"],
      ["about.md", "", "About the harbour"],
      ["tides.md", "", "Tides"],
      ["tides/table.md", "tides.md", "Reading a tide table"],
      ["SUMMARY.md#Currents", "tides.md", "Currents"],
      ["boats/index.md", "", "Boats"],
      ["boats/mooring.md", "boats/index.md", "Mooring & lines"],
      ["boats/knots and hitches.md", "boats/index.md", "Knots"],
      ["cranes.md", "", "Cranes"],
      ["SUMMARY.md#Draft heading", "", "Draft heading"],
      ["land-tides.md", "SUMMARY.md#Draft heading", "Tides"],
      ["glossary.md", "", "Glossary"],
    ]);
    expect(node("").body).toContain("Start with [the tides](plan:tides.md), or look at the [boats](plan:boats%2Findex.md).");
  });

  it("hides drafts and chapters without a file, but not a draft that has chapters below it", () => {
    expect(plan.nodes.filter(({ state }) => state === "draft").map(({ key }) => key)).toEqual(["SUMMARY.md#Currents", "cranes.md"]);
    expect(notes("missing-file")).toEqual(['chapters/cranes.md The chapter "Cranes" (line 19 of SUMMARY.md) has no file.']);
  });

  it("leaves out entries that are listed twice or lead elsewhere, and says so", () => {
    expect(notes("collision")).toEqual(['chapters/SUMMARY.md:22 "tides.md" is listed twice; the entry "Tides again" was left out.']);
    expect(notes("unresolved-link")[0]).toBe(
      'chapters/SUMMARY.md:25 The entry "Chart shop" leads out of the book ("https://example.org/shop"); it was left out.',
    );
  });

  it("keeps part titles out of the addresses and reports them", () => {
    expect(notes("part-title")).toEqual([
      'chapters/SUMMARY.md:6 The part title "Water" above "Tides" was left out: parts are no pages.',
      'chapters/SUMMARY.md:17 The part title "Land" above "Cranes" was left out: parts are no pages.',
    ]);
  });

  it("drops a heading that only repeats the title, and keeps one that says more", () => {
    expect(node("tides.md").body).toMatch(/^Twice a day/);
    expect(node("tides/table.md").body).toMatch(/^# Reading a table\n/);
  });

  it("includes files whole, by line and by anchor, keeping the marks of lists and quotes", () => {
    expect(node("about.md").body).toBe(
      [
        "",
        "Written by the harbour office. Write {{#include file.md}} to include a file.",
        "",
        "Open from six to ten.",
        "Closed on [ice days](plan:tides.md).",
        "",
        "- In a list:",
        "",
        "  Open from six to ten.",
        "",
        "> Open from six to ten.",
        "> Closed on [ice days](plan:tides.md).",
        "",
      ].join("\n"),
    );
  });

  it("includes code by anchor without the lines of anchors, and hides what rustdoc hides", () => {
    expect(node("tides.md").body).toContain("```python\ndef rise(hour):\n    return math.sin(hour / 6 * math.pi)\n```");
    expect(node("tides.md").body).toContain('```rust\n# fn main() {\n    println!("{}", rise(3));\n# }\n```');
    expect(node("tides.md").body).toContain('```rust,editable\nfn main() {\n    println!("{}", rise(3));\n}\n```');
  });

  it("shows readers where an include is missing, in the way of its surroundings", () => {
    expect(node("tides.md").body).toContain("```rust,editable\n// missing: ../code/missing.rs:all\n```");
    expect(node("tides.md").body).toContain("\n> [!WARNING]\n> This part is missing: `../code/missing.md`\n");
    expect(node("tides.md").body).toContain("Inline: (missing: `../code/missing.txt`) and {{#shout loud}}.");
    expect(notes("missing-include")).toEqual([
      'chapters/tides.md:14 "../code/missing.rs:all" is not in the source.',
      'chapters/tides.md:17 "../code/missing.md" is not in the source.',
      'chapters/tides.md:19 "../code/missing.txt" is not in the source.',
      'chapters/boats/loop.md "loop.md" includes itself.',
    ]);
    expect(notes("unknown-directive")).toEqual(['chapters/tides.md:19 The directive "{{#shout}}" is not known; it was left as it is.']);
  });

  it("links pages by .md, .html, folder and reference, and images with their sizes", () => {
    expect(node("tides/table.md").body).toContain(
      'Back to [tides](plan:tides.md), the [glossary][g], the <a href="plan:glossary.md#tide">tide</a>.',
    );
    expect(node("tides/table.md").body).toContain('[g]: plan:glossary.md "Glossary"');
    const [gauge, plan2] = ["gauge.png", "harbour.svg"].map((name) => plan.assets.find(({ filename }) => filename === name)!);
    expect(gauge).toMatchObject({ mediaType: "image/png", width: 12, height: 8 });
    expect(plan2).toMatchObject({ mediaType: "image/svg+xml", width: 300, height: 200 });
    expect(node("tides.md").body).toContain(`![the gauge](asset:${gauge!.hash}/gauge.png?w=12&h=8 "Gauge")`);
    expect(node("boats/knots and hitches.md").body).toContain(`[![gauge](asset:${gauge!.hash}/gauge.png?w=12&h=8)](plan:tides.md)`);
    expect(node("tides/table.md").body).toContain(`<img src="asset:${plan2!.hash}/harbour.svg?w=300&h=200" alt="Plan of the harbour">`);
  });

  it("leaves code as it is", () => {
    expect(node("tides/table.md").body).toContain("`[not a link](../tides.md)` and\n\n    [nor this](../tides.md)");
  });

  it("leaves links that lead to nothing as they are, with a note each", () => {
    expect(node("boats/index.md").body).toContain("[nowhere](ferry.md), [outside](../../../etc/passwd)");
    expect(notes("unresolved-link").slice(1)).toEqual([
      'chapters/boats/index.md:3 The link "ferry.md" leads to nothing in the source.',
      'chapters/boats/index.md:3 The link "../../../etc/passwd" leads out of the source.',
    ]);
    expect(notes("asset-refused")).toEqual([
      'chapters/glossary.md:5 "chapters/tide.xls" is neither an image that browsers show nor a file for download.',
    ]);
  });

  it("turns redirects and the book's old addresses into former places, where no page stands", () => {
    expect(node("boats/mooring.md").aliases).toEqual([["moorings"], ["old", "berths"], ["boats", "berths"], ["boats", "mooring"]]);
    expect(node("tides.md").aliases).toEqual([]);
    expect(notes("redirect-ignored")).toEqual([
      'book.toml The redirect from "/tides.html#spring" to "tides.html#neap" starts at a place within a page, which servers never hear of.',
      'book.toml The redirect from "/charts.html" to "https://example.org/charts" leads to no page of the book.',
      'book.toml The redirect from "/fog.html" to "lighthouse.html" leads to no page of the book.',
      'book.toml The old address "/tides" was left out: another page stands there.',
    ]);
  });

  it("says which preprocessors were not run and how many files were left out", () => {
    expect(notes("preprocessor-ignored")).toEqual(['book.toml The preprocessor "spellcheck" was not run.']);
    expect(notes("left-out")).toEqual([" 1 file that no page needs: chapters/unlisted.md"]);
  });

  it("gives the same plan every time", async () => {
    expect(await readPlan(await openSource(fixture("harbour-book")))).toEqual(plan);
  });
});

describe("an mdBook that is not quite one", () => {
  it("is refused without a SUMMARY.md where book.toml says", async () => {
    await expect(readPlan(memoryTree({ "book.toml": '[book]\nsrc = "text"\n' }))).rejects.toMatchObject({
      code: "import-refused",
      message: 'The book has no SUMMARY.md in "text".',
    });
  });

  it("is refused with the reason when book.toml is not TOML", async () => {
    await expect(readPlan(memoryTree({ "book.toml": "[book\n", "src/SUMMARY.md": "" }))).rejects.toMatchObject({
      code: "import-refused",
      message: expect.stringContaining("book.toml cannot be read"),
    });
  });

  it("needs no book.toml", async () => {
    const { trip, nodes } = await readPlan(memoryTree({ "SUMMARY.md": "- [One](one.md)", "one.md": "Text" }));
    expect(trip.title).toBe("memory");
    expect(nodes.map(({ key }) => key)).toEqual(["", "one.md"]);
  });

  it("takes the importer's slug, language and state where the book has none", async () => {
    const source = memoryTree({ "SUMMARY.md": "- [One](one.md)", "one.md": "Text" });
    const { trip, nodes } = await readPlan(source, { slug: "mine", language: "ar", state: "unlisted" });
    expect(trip).toEqual({ slug: "mine", title: "memory", language: "ar", direction: "rtl", state: "unlisted" });
    expect(nodes.map(({ state }) => state)).toEqual(["unlisted", "unlisted"]);
  });

  it("may keep chapters outside of its source folder", async () => {
    const { nodes } = await readPlan(
      memoryTree({
        "src/SUMMARY.md": "- [Read me](../README.md)\n- [One](one.md)",
        "README.md": "[one](src/one.md)",
        "src/one.md": "[up](../README.md)",
      }),
    );
    expect(nodes.map(({ key, body }) => [key, body])).toEqual([
      ["", ""],
      ["../README.md", "[one](plan:one.md)"],
      ["one.md", "[up](plan:..%2FREADME.md)"],
    ]);
  });

  it("has titles that can be seen", async () => {
    const { trip, nodes } = await readPlan(
      memoryTree({ "book.toml": '[book]\ntitle = "\\u200B"\nsrc = "."', "SUMMARY.md": "- [\u2060](one.md)\n- [\u200B]()", "one.md": "" }),
    );
    expect(trip.title).toBe("Untitled");
    expect(nodes.map(({ title }) => title)).toEqual(["Untitled", "Untitled", "Untitled"]);
  });

  it("may have front matter in its chapters", async () => {
    const { nodes } = await readPlan(
      memoryTree({
        "SUMMARY.md": "[One](one.md)",
        "one.md": "---\nslug: first\nstate: draft\nlang: he\nid: 0123456789ab\naliases: [/old/one, uno.html]\n---\nText\n",
      }),
    );
    expect(nodes[1]).toEqual({
      key: "one.md",
      parentKey: "",
      title: "One",
      body: "Text\n",
      slug: "first",
      state: "draft",
      language: "he",
      id: "0123456789ab",
      aliases: [["old", "one"], ["uno"], ["one"]],
    });
  });
});
