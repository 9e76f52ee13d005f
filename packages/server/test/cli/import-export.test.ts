import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { type Cli, useCli } from "./run-cli.ts";

/** A small mdBook with something to report. */
const BOOK = {
  "book.toml": '[book]\ntitle = "Small Book"\nlanguage = "en"\n',
  "src/SUMMARY.md": "# Summary\n\n[Introduction](README.md)\n\n- [One](one.md)\n  - [Details](one/details.md)\n- [Two](two.md)\n",
  "src/README.md": "# Introduction\n\nWelcome.\n",
  "src/one.md": "# One\n\nSee [the details](one/details.md). {{#include nothing.rs}}\n",
  "src/one/details.md": "# Details\n\nBack to [one](../one.md).\n",
  "src/two.md": "# Two\n\nThe end.\n",
};

function writeBook(cli: Cli, folder: string, files: Readonly<Record<string, string>> = BOOK): void {
  for (const [path, text] of Object.entries(files)) {
    const file = join(cli.folder, folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}

describe("import", () => {
  const cli = useCli();
  beforeAll(() => writeBook(cli, "book"));

  test("a dry run says what would happen and changes nothing", async () => {
    const { stdout, stderr, code } = await cli.run(["import", "book", "--dry-run"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Dry run, nothing was changed: "Small Book"\n {2}http:\/\/[\w.]+:3000\/small-book\n/);
    expect(stdout).toMatch(/\d pages \(mdbook\): \d new/);
    expect(stdout).toContain('missing-include × 1\n    src/one.md:3\n      "nothing.rs" is not in the source.');
    expect(stderr).toBe("");
    expect(await cli.json("trips", "list")).toEqual([]);
  });

  test("makes a trip, under the slug and title that are asked for", async () => {
    const report = await cli.json("import", join(cli.folder, "book"), "--slug", "book", "--title", "My Book");
    expect(report).toMatchObject({ dryRun: false, format: "mdbook", title: "My Book", tripId: 1, path: "/book", restored: null });
    expect(report.summary.created).toBe(report.pages);
    expect(report.notes).toContainEqual(expect.objectContaining({ kind: "missing-include", file: "src/one.md" }));
    expect((await cli.json("trips", "show", "book")).root.title).toBe("My Book");
  });

  test("again brings the trip in line: a moved file keeps its page, its card and its old address", async () => {
    const { code: card } = await cli.json("card", "book/one/details");
    writeBook(cli, "book", {
      "src/SUMMARY.md": BOOK["src/SUMMARY.md"].replace("one/details.md", "one/particulars.md").replace("[Details]", "[Particulars]"),
      "src/one/particulars.md": `${BOOK["src/one/details.md"].replace("# Details", "# Particulars")}\nThis page has a text of its own, long enough to be known again.\n`,
    });
    writeBook(cli, "book", { "src/one/details.md": "" });
    const { stdout } = await cli.run(["import", "book", "--trip", "book"]);
    expect(stdout).toContain("Brought in line");
    const trip = await cli.json("trips", "show", "book", "--cards");
    const one = trip.root.children.find((child: { title: string }) => child.title === "One");
    expect(one.children.map((child: { title: string }) => child.title)).toContain("Particulars");
    const { outcome } = await cli.json("resolve", `/c/${card}`);
    expect(outcome.status).not.toBe(404);
  });

  test.each([
    [["import", "/no-such-folder"], 1, "import-refused"],
    [["import", ".", "--trip", "no-such-trip"], 3, "not-found"],
    [["import", join(cli.folder, "book"), "--slug", "api"], 1, "slug-reserved"],
    [["import", ".", "--slug", "x", "--trip", "book"], 2, "usage"],
    [["export", "no-such-trip", "--out", "x.json"], 3, "not-found"],
    [["export", "book"], 2, "usage"],
    [["export", "book", "--out", "/no/such/folder/x.json"], 1, "file-unusable"],
    [["export", "book", "--out", cli.folder], 4, "export-refused"],
  ])("%j is refused: exit code %i, %s", async (args, exitCode, code) => {
    const result = await cli.runInside(...args, "--json");
    expect(result).toMatchObject({ code: exitCode, json: { code } });
  });
});

describe("an export", () => {
  const cli = useCli();
  let original: string;

  /** The trip of another installation, as JSON. */
  async function exportOf(other: Cli, trip: string): Promise<string> {
    await other.json("export", trip, "--out", join(other.folder, "again.json"));
    return readFileSync(join(other.folder, "again.json"), "utf8");
  }

  beforeAll(async () => {
    writeBook(cli, "book");
    await cli.json("import", join(cli.folder, "book"), "--slug", "book");
    // A past: a former address, a card, a deleted page, a page made by hand.
    await cli.json("card", "book/one");
    await cli.json("trips", "rename", "book/one", "First");
    await cli.json("trips", "delete", "book/two");
    await cli.json("trips", "add", "book", "By hand", "--state", "unlisted");
    for (const [out, format] of [["out.json"], ["out.zip"], ["out-folder"], ["named-otherwise", "zip"]]) {
      const { code, stdout } = await cli.run(["export", "book", "--out", out!, ...(format ? ["--format", format] : [])]);
      expect([code, stdout]).toEqual([0, expect.stringContaining(`  ${out}`)]);
    }
    original = readFileSync(join(cli.folder, "out.json"), "utf8");
  }, 60_000);

  test("is of the kind that its name or --format says", () => {
    expect(JSON.parse(original).format).toBe("qrcards-trip/1");
    for (const zip of ["out.zip", "named-otherwise"]) expect(readFileSync(join(cli.folder, zip)).subarray(0, 2).toString()).toBe("PK");
    expect(readFileSync(join(cli.folder, "out-folder", "src", "SUMMARY.md"), "utf8")).toContain("[First]");
  });

  test.each(["out.json", "out.zip", "out-folder"])("%s comes back elsewhere as the same trip, past and all", async (file) => {
    const other = useCli();
    const source = join(cli.folder, file);
    const dryRun = await other.json("import", source, "--dry-run");
    expect(dryRun).toMatchObject({ dryRun: true, tripId: null, restored: { cards: 1 } });
    const { stdout } = await other.run(["import", source]);
    expect(stdout).toMatch(/^Restored "/);
    expect(await exportOf(other, "book")).toBe(original);
    expect((await other.json("resolve", "/book/one/details")).outcome).toMatchObject({ status: 302, location: "/book/first/details" });
  });

  test("comes back with what was edited in its folder by hand", async () => {
    const other = useCli();
    await cli.json("export", "book", "--out", join(cli.folder, "edited"));
    const summary = join(cli.folder, "edited", "src", "SUMMARY.md");
    writeFileSync(join(cli.folder, "edited", "src", "new.md"), "# New\n\nAdded by hand.\n");
    appendFileSync(summary, "  - [New](new.md)\n");
    const report = await other.json("import", join(cli.folder, "edited"));
    expect(report).toMatchObject({ restored: { cards: 1 }, summary: { created: 1, deleted: 0 } });
    expect((await other.run(["trips", "show", "book"])).stdout).toContain("New");
  });

  test("brings the trip in line where it is here already", async () => {
    await cli.json("trips", "rename", "book/first", "Premier");
    const report = await cli.json("import", join(cli.folder, "out.json"));
    expect(report).toMatchObject({ restored: null, tripId: 1, summary: { created: 0, deleted: 0 } });
    expect((await cli.json("trips", "read", "book/first")).title).toBe("First");
  });

  test("takes another slug and title elsewhere", async () => {
    const other = useCli();
    const report = await other.json("import", join(cli.folder, "out.json"), "--slug", "copy", "--title", "Copy");
    expect(report).toMatchObject({ path: "/copy", title: "Copy" });
    expect((await other.json("trips", "list"))[0]).toMatchObject({ slug: "copy", title: "Copy" });
  });
});
