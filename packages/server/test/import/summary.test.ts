import { describe, expect, it } from "vitest";
import { parseSummary, type SummaryEntry } from "../../src/import/readers/mdbook/summary.ts";

/** `title <location> @line`, sub-chapters indented. */
function outline(text: string): string[] {
  const lines = (entries: readonly SummaryEntry[], indent: string): string[] =>
    entries.flatMap(({ title, location, line, children }) => [
      `${indent}${title} <${location}> @${line}`,
      ...lines(children, `${indent}  `),
    ]);
  return lines(parseSummary(text).entries, "");
}

describe("SUMMARY.md", () => {
  it("lists prefix, numbered and suffix chapters, with separators between them", () => {
    expect(
      outline(
        "# Summary\n\n[One](1.md)\n[Two](2.md)\n\n---\n\n- [A](a.md)\n  - [B](b.md)\n    * [C](c.md)\n- [D](d.md)\n\n-----\n\n[Z](z.md)\n",
      ),
    ).toEqual(["One <1.md> @3", "Two <2.md> @4", "A <a.md> @8", "  B <b.md> @9", "    C <c.md> @10", "D <d.md> @11", "Z <z.md> @15"]);
  });

  it("takes numbered lists, loose lists, tabs and comments", () => {
    expect(outline("<!-- a comment -->\n# Summary\n\n1. [A](a.md)\n\n\t1. [B](b.md)\n\n2. [C](c.md)\n<!-- end -->\n")).toEqual([
      "A <a.md> @4",
      "  B <b.md> @6",
      "C <c.md> @8",
    ]);
  });

  it("has titles as plain text", () => {
    expect(outline("- [The `match` *flow* & `Box<T>` \\*](a.md)\n- [![icon](i.png) Text](b.md)\n")).toEqual([
      "The match flow & Box<T> * <a.md> @1",
      "Text <b.md> @2",
    ]);
  });

  it("knows drafts: links to nowhere, and items without a link", () => {
    expect(outline("- [Draft]()\n  - [Child](c.md)\n- Just a name\n  - [Other](o.md)\n")).toEqual([
      "Draft <> @1",
      "  Child <c.md> @2",
      "Just a name <> @3",
      "  Other <o.md> @4",
    ]);
  });

  it("reads paths as they are written, with spaces, brackets and fragments", () => {
    expect(outline("- [A](<a b.md>)\n- [B](b%20c.md)\n- [C](c_(1).md#part)\n- [D](dé.md)\n")).toEqual([
      "A <a b.md> @1",
      "B <b%20c.md> @2",
      "C <c_(1).md> @3",
      "D <dé.md> @4",
    ]);
  });

  it("knows parts by their headings, after the title", () => {
    const { parts } = parseSummary("# Summary\n\n[Intro](i.md)\n\n# Part *One*\n\n- [A](a.md)\n\n## Part Two\n\n- [B](b.md)\n\n# Empty\n");
    expect(parts.map(({ title, line, first }) => [title, line, first?.title])).toEqual([
      ["Part One", 5, "A"],
      ["Part Two", 9, "B"],
      ["Empty", 13, undefined],
    ]);
  });

  it("may nest a hundred levels deep", () => {
    const lines = Array.from({ length: 100 }, (_, depth) => `${"  ".repeat(depth)}- [${depth}](${depth}.md)`);
    expect(outline(lines.join("\n"))).toHaveLength(100);
  });

  it("may be empty", () => {
    expect(parseSummary("")).toEqual({ entries: [], parts: [] });
  });
});
