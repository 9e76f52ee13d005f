import { beforeAll, describe, expect, it } from "vitest";
import { readPlan } from "../../src/import/read-plan.ts";
import { openSource } from "../../src/import/source-tree.ts";
import type { ImportPlan } from "../../src/trips/types.ts";
import { fixture } from "./fixtures.ts";
import { memoryTree } from "./memory-tree.ts";

let plan: ImportPlan;
beforeAll(async () => {
  plan = await readPlan(await openSource(fixture("odd-folder")));
});

function node(key: string) {
  const found = plan.nodes.find((candidate) => candidate.key === key);
  if (found === undefined) throw new Error(`The plan has no node "${key}".`);
  return found;
}

function notes(kind: string): string[] {
  return plan.notes.filter((note) => note.kind === kind).map((note) => `${note.file} ${note.message}`);
}

async function keysOf(files: Record<string, string>): Promise<string[]> {
  return (await readPlan(memoryTree(files))).nodes.map(({ key }) => key);
}

describe("a plain folder", () => {
  it("takes the trip from its front page, with a byte order mark and CRLF line ends", () => {
    expect(plan.trip).toEqual({ slug: "odd-corners", title: "Odd corners", language: "fr", direction: "ltr", state: "public" });
    expect(node("").body).toBe("\nStart [here](plan:01-start.md).\n");
  });

  it("orders by number, then by name, and makes pages of folders that have none", () => {
    expect(plan.nodes.map(({ key, parentKey }) => [key, parentKey])).toEqual([
      ["", null],
      ["01-start.md", ""],
      ["2. Second step.md", ""],
      ["10-last.md", ""],
      ["bad-front-matter.md", ""],
      ["fake-image.md", ""],
      ["latin1.md", ""],
      ["names with ()[]$%!.md", ""],
      ["no-page/", ""],
      ["no-page/deeper/", "no-page/"],
      ["no-page/deeper/leaf.md", "no-page/deeper/"],
      ["pages.md", ""],
      ["pages/two.md", "pages.md"],
      ["pages/one.md", "pages.md"],
      ["pages/three.md", "pages.md"],
      ["rule.md", ""],
    ]);
  });

  it("has its titles from front matter, headings and file names, and counts them", () => {
    expect(plan.nodes.map(({ title }) => title)).toEqual([
      "Odd corners",
      "Start",
      "Second step",
      "Last",
      "Bad front matter",
      "Fake",
      "Café",
      "Names",
      "No page",
      "Deeper",
      "Leaf",
      "Pages",
      "Same title",
      "Same title",
      "Same title",
      "Rule",
    ]);
    expect(notes("title-source")).toEqual([" Titles: 1 from front matter, 10 from headings, 5 from file names."]);
  });

  it("has its slugs from file names without their numbers, or from the author", () => {
    expect(node("2. Second step.md").slugSource).toBe("Second step");
    expect(node("10-last.md").slugSource).toBe("last");
    expect(node("pages/three.md").slug).toBe("the-third");
  });

  it("reads draft, order and aliases", () => {
    expect(node("pages/two.md").state).toBe("draft");
    expect(node("pages.md").aliases).toEqual([["old", "pages"], ["seiten"]]);
  });

  it("says once what front matter it does not understand", () => {
    expect(notes("front-matter-ignored")).toEqual([
      "bad-front-matter.md The front matter is not valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ] at line 1, column 17.",
      'pages/three.md The "id" of the front matter is not an id of QRCards; it was ignored.',
      'pages/three.md The "state" of the front matter is not one of draft, unlisted, public; it was ignored.',
      'README.md The key "tags" of the front matter (and of 1 more) means nothing here.',
    ]);
    expect(node("bad-front-matter.md").body).toBe("Text below.\n");
    expect(node("rule.md").body).toBe("---\n\nA rule, not front matter.\n");
  });

  it("finds pages whose names are full of brackets, in every spelling", () => {
    const target = "plan:names%20with%20%28%29%5B%5D%24%25%21.md";
    expect(node("2. Second step.md").body).toBe(
      `[Up](plan:) [pages](plan:pages.md) [a page](plan:pages%2Fone.md#top) [bracketed](<${target}>) [encoded](${target})\n`,
    );
    expect(node("no-page/deeper/leaf.md").body).toBe("[Up](plan:no-page%2F) [root](plan:) [absolute](plan:pages%2Ftwo.md)\n");
  });

  it("keeps images that pages show, once each, and no others", () => {
    expect(plan.assets.map(({ filename, width }) => [filename, width])).toEqual([["dot-1-.png", 3]]);
    expect(node("01-start.md").body).toContain(`<img src="asset:${plan.assets[0]!.hash}/dot-1-.png?w=3&h=3">`);
    expect(notes("asset-refused")).toEqual([
      'fake-image.md "images/fake.png" is neither an image that browsers show nor a file for download.',
    ]);
    expect(notes("missing-image")).toEqual(['fake-image.md The image "images/gone.png" leads to nothing in the source.']);
    expect(notes("left-out")).toEqual([" 1 file that no page needs: images/unused.png"]);
  });

  it("guesses Windows-1252 where a file is not UTF-8", () => {
    expect(notes("encoding")).toEqual(["latin1.md The file is not UTF-8; it was read as Windows-1252."]);
  });
});

describe("the pages of a folder", () => {
  it("takes index.md before README.md, and says that the other became a page", async () => {
    const { nodes, notes: all } = await readPlan(memoryTree({ "guide/README.md": "# Readme", "guide/index.md": "# Guide" }));
    expect(nodes.map(({ key }) => key)).toEqual(["", "guide/index.md", "guide/README.md"]);
    expect(all.filter(({ kind }) => kind === "collision")).toEqual([
      {
        kind: "collision",
        file: "guide/README.md",
        message: '"guide/index.md" is the page of its folder; this one became a page below it.',
      },
    ]);
  });

  it("takes the file beside a folder before the one inside it", async () => {
    expect(await keysOf({ "guide.md": "# Guide", "guide/README.md": "# Readme", "guide/one.md": "" })).toEqual([
      "",
      "guide.md",
      "guide/one.md",
      "guide/README.md",
    ]);
  });

  it("orders chapters by their numbers, each number on its own", async () => {
    expect(
      await keysOf({
        "ch10-end.md": "",
        "ch02-01-a.md": "",
        "ch02_b.md": "",
        "ch01-intro.md": "",
        "3d-print.md": "",
        "2024-01-02-news.md": "",
      }),
    ).toEqual(["", "ch01-intro.md", "ch02_b.md", "ch02-01-a.md", "ch10-end.md", "3d-print.md", "2024-01-02-news.md"]);
  });

  it("puts an order of the front matter before everything", async () => {
    expect(await keysOf({ "a.md": "", "b.md": "---\norder: 2\n---", "c.md": "---\nposition: 1\n---" })).toEqual([
      "",
      "c.md",
      "b.md",
      "a.md",
    ]);
  });

  it("are all there, also when two files differ in their extension only", async () => {
    expect(await keysOf({ "a.md": "", "a.markdown": "", "a/b.md": "" })).toEqual(["", "a.md", "a/b.md", "a.markdown"]);
  });

  it("are cut where a text is too large, and a title too long", async () => {
    const { nodes, notes: all } = await readPlan(
      memoryTree({ "a.md": `# ${"Title ".repeat(200)}\n\n${"A line of text.\n".repeat(80_000)}`, "b.md": `x${"ü".repeat(600_000)}` }),
    );
    expect(nodes[1]!.title.length).toBeLessThanOrEqual(500);
    expect(nodes.map(({ body }) => Buffer.byteLength(body) <= 900 * 1024)).toEqual([true, true, true]);
    expect(nodes[1]!.body).toMatch(/text\.\n$/);
    expect(nodes[2]!.body).toMatch(/^xü+$/);
    expect(all.filter(({ kind }) => kind === "truncated").map(({ file }) => file)).toEqual(["a.md", "a.md", "b.md"]);
  });

  it("have a title that can be seen", async () => {
    const { nodes } = await readPlan(memoryTree({ "a.md": "# \u200B", "b.md": '---\ntitle: "\\u2060"\n---\n' }));
    expect(nodes.map(({ title }) => title)).toEqual(["Memory", "Untitled", "Untitled"]);
  });

  it("have no more notes than anybody reads", async () => {
    const { notes: all } = await readPlan(memoryTree({ "a.md": "[a](b) ".repeat(30_000) }));
    expect(all.length).toBeLessThan(20_100);
    expect(all.find(({ kind }) => kind === "truncated")?.message).toBe("10000 more notes were left out.");
  });

  it("may be one file", async () => {
    const plan2 = await readPlan(memoryTree({ "README.md": "# Only this\n\nText" }));
    expect(plan2.trip).toMatchObject({ title: "Only this", slug: "only-this" });
    expect(plan2.nodes).toHaveLength(1);
  });

  it("is refused when there is no Markdown in it", async () => {
    await expect(readPlan(memoryTree({ "a.txt": "" }))).rejects.toMatchObject({
      code: "import-refused",
      message: '"memory" holds no Markdown, no mdBook and no export of QRCards.',
    });
  });
});
