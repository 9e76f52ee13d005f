import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expandIncludes } from "../../src/import/readers/mdbook/expand-includes.ts";
import { commentIn, Fences } from "../../src/import/readers/mdbook/fences.ts";
import { findDirectives } from "../../src/import/readers/mdbook/find-directives.ts";
import { parseSelection, takeLines, takeRustdocLines } from "../../src/import/readers/mdbook/take-lines.ts";
import type { ImportNote } from "../../src/trips/types.ts";

const LINES = "Lorem\nipsum\ndolor\nsit\namet\n";
const ANCHORED = "before\n// ANCHOR: a\none\n// ANCHOR: b\ntwo\n// ANCHOR_END: b\n// ANCHOR_END: a\nafter\n";

function take(text: string, selection: string): string | undefined {
  return takeLines(text, parseSelection(selection))?.join("|");
}

async function expand(text: string, files: Record<string, string> = {}, remaining = 1_000_000) {
  const notes: ImportNote[] = [];
  const expanded = await expandIncludes(text, "src/page.md", 1, {
    readText: async (path) => files[path],
    note: (note) => notes.push(note),
    remaining,
  });
  return { ...expanded, notes };
}

describe("lines of an included file", () => {
  it.each([
    ["", "Lorem|ipsum|dolor|sit|amet"],
    ["2", "ipsum"],
    ["2:", "ipsum|dolor|sit|amet"],
    [":2", "Lorem|ipsum"],
    ["2:4", "ipsum|dolor|sit"],
    ["4:99", "sit|amet"],
    ["0", "Lorem"],
    [":", "Lorem|ipsum|dolor|sit|amet"],
    ["2:x", "ipsum|dolor|sit|amet"],
  ])("are chosen by %j", (selection, lines) => {
    expect(take(LINES, selection)).toBe(lines);
  });

  it.each(["9", "4:2", "nowhere"])("are nothing for %j", (selection) => {
    expect(take(LINES, selection)).toBeUndefined();
  });

  it("are chosen by anchor, without the marks of any anchor", () => {
    expect(take(ANCHORED, "a")).toBe("one|two");
    expect(take(ANCHORED, "b")).toBe("two");
    expect(take(ANCHORED, "")).toBe("before|one|two|after");
    expect(take("x\n# ANCHOR: open\ny\n", "open")).toBe("y");
  });

  it("end with the first region of an anchor, but for rustdoc are all of them", () => {
    const twice = "// ANCHOR: a\none\n// ANCHOR_END: a\nmid\n// ANCHOR: a\ntwo\n// ANCHOR_END: a\n";
    expect(take(twice, "a")).toBe("one");
    expect(takeRustdocLines(twice, parseSelection("a"))).toEqual(["one", "# mid", "two"]);
  });

  it("are behind a hash for rustdoc when they are not chosen", () => {
    expect(takeRustdocLines("fn main() {\n    x();\n\n}\n", parseSelection("2"))).toEqual(["# fn main() {", "    x();", "#", "# }"]);
  });

  it("keep the word in prose that marks anchors in comments", () => {
    expect(take("Write ANCHOR: name above it.\n", "")).toBe("Write ANCHOR: name above it.");
  });
});

describe("directives", () => {
  it("are found with their arguments, spread over lines too", () => {
    expect(
      findDirectives("a {{#include x.md:2}} {{ #include\n y.md }} b").map((found) =>
        found.kind === "directive" ? [found.name, found.argument] : found.kind,
      ),
    ).toEqual([
      ["include", "x.md:2"],
      ["include", "y.md"],
    ]);
  });

  it("are not found where mdBook finds none", () => {
    expect(findDirectives("{{#include}} {{include x}} {{# include x}} {{#include x} } {{#}} {#include x}}")).toEqual([]);
  });

  it("are escaped up to the last braces of the line, as in mdBook", async () => {
    expect((await expand("\\{{#include a}} and {{#include b}}\nnext")).text).toBe("{{#include a}} and {{#include b}}\nnext");
  });

  it("leave every text without them as it is", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom("{", "}", "{{", "}}", "#", "a", " ", "\n", "`", "\\", "include")).map((parts) => parts.join("")),
        async (text) => {
          fc.pre(findDirectives(text).length === 0);
          expect((await expand(text)).text).toBe(text);
        },
      ),
    );
  });

  it("are found in linear time", () => {
    for (const piece of ["{{#a b", "\\{{#a ", "{{", "{{#a   ", "\\{{#a}}"]) findDirectives(piece.repeat(300_000 / piece.length));
  });
});

describe("includes", () => {
  it("nest, each relative to its own file", async () => {
    const files = { "src/a/one.md": "1 {{#include ../b/two.md}} 1", "src/b/two.md": "2 {{#include three.md}} 2", "src/b/three.md": "3\n" };
    expect((await expand("0 {{#include a/one.md}} 0", files)).text).toBe("0 1 2 3 2 1 0");
  });

  it("know the chapter's line of each line", async () => {
    const { text, lineOf } = await expand("first\n{{#include a.md}}\nthird {{#include a.md}} end\nfourth", { "src/a.md": "x\ny\nz\n" });
    expect(text.split("\n").map((line, index) => `${line}@${lineOf(index + 1)}`)).toEqual([
      "first@1",
      "x@2",
      "y@2",
      "z@2",
      "third x@3",
      "y@3",
      "z end@3",
      "fourth@4",
    ]);
  });

  it("stop at a circle and at ten levels, with a placeholder and a note", async () => {
    const files: Record<string, string> = { "src/loop.md": "{{#include page.md}}" };
    for (let level = 0; level < 12; level += 1) files[`src/${level}.md`] = `{{#include ${level + 1}.md}}`;
    const { text, notes } = await expand("{{#include loop.md}}\n{{#include 0.md}}\n", files);
    expect(text).toBe("> [!WARNING]\n> This part is missing: `page.md`\n> [!WARNING]\n> This part is missing: `10.md`\n");
    expect(notes).toEqual([
      { kind: "missing-include", file: "src/loop.md", message: '"page.md" includes itself.' },
      { kind: "missing-include", file: "src/9.md", message: '"10.md" lies more than 10 includes deep.' },
    ]);
  });

  it("stay within the source", async () => {
    const { notes } = await expand("{{#include ../../etc/passwd}} {{#include /etc/passwd}}");
    expect(notes.map(({ message }) => message)).toEqual([
      '"../../etc/passwd" leads out of the source.',
      '"/etc/passwd" is not in the source.',
    ]);
  });

  it("may not multiply without end", async () => {
    const files: Record<string, string> = {};
    for (let level = 0; level < 9; level += 1) files[`src/${level}.md`] = `{{#include ${level + 1}.md}}`.repeat(20);
    files["src/9.md"] = "";
    await expect(expand("{{#include 0.md}}", files)).rejects.toMatchObject({ code: "import-refused" });
  });

  it("say so where lines are not there", async () => {
    const { text, notes } = await expand("```sh\n{{#include a.sh:no}}\n```", { "src/a.sh": "x" });
    expect(text).toBe("```sh\n# missing: a.sh:no\n```");
    expect(notes).toEqual([
      { kind: "missing-include", file: "src/page.md", line: 2, message: '"a.sh:no" names lines that are not there.' },
    ]);
  });

  it("hide nothing outside of Rust", async () => {
    expect((await expand("```c\n{{#rustdoc_include a.c:2}}\n```", { "src/a.c": "a\nb\nc\n" })).text).toBe("```c\nb\n```");
  });
});

describe("a place in a text", () => {
  it("is known to be in a fence, of its own or of a list or quote", () => {
    const text = "a\n```rust,ignore\nb\n```\nc\n> ~~~~\n> d\n> ~~~\n> e\n> ~~~~\n- ```py\n  f\n  ```\n`````\n```\ng";
    const fences = new Fences(text);
    expect([..."abcdefg"].map((letter) => fences.infoAt(text.search(new RegExp(`^[> ]*${letter}$`, "m"))))).toEqual([
      undefined,
      "rust,ignore",
      undefined,
      "",
      "",
      "py",
      "",
    ]);
  });

  it("is remarked on in the language of its fence", () => {
    expect(["rust,ignore", "python", "sql", "html", "console", "", "{.yaml}"].map((info) => commentIn(info, "x"))).toEqual([
      "// x",
      "# x",
      "-- x",
      "<!-- x -->",
      "(x)",
      "(x)",
      "# x",
    ]);
  });
});
