import fc from "fast-check";
import MarkdownIt, { type Env, type Token } from "markdown-it";
import footnote from "markdown-it-footnote";
import { describe, expect, it } from "vitest";
import { findLinks, replaceLinks } from "../../src/import/links/find-links.ts";

const renderer = new MarkdownIt({ html: true }).use(footnote);
// As pages/ has it; and footnotes that nothing refers to stay in the text.
renderer.inline.ruler.disable("footnote_inline");
renderer.core.ruler.disable("footnote_tail");
renderer.validateLink = () => true;
renderer.normalizeLink = (address) => address;

/** Text made of everything that links, code and HTML are made of, so that all of it meets in every way. */
const markdown = fc
  .array(
    fc.oneof(
      {
        weight: 3,
        arbitrary: fc.constantFrom(
          "[",
          "]",
          "(",
          ")",
          "![",
          "](",
          "](a.md)",
          "[x]",
          "[x][y]",
          "`",
          "``",
          "<",
          ">",
          "\\",
          "\n",
          "\n\n",
          " ",
          '"',
          "'",
          "!",
        ),
      },
      {
        weight: 2,
        arbitrary: fc.constantFrom(
          "a",
          "b.md",
          "<c d.md>",
          "[a](b.md)",
          "![a](b.png)",
          "[a](<b c>)",
          '[a](b "t")',
          "[y]: z.md\n",
          "\n[x]: w.md 't'\n",
          "&amp;",
          "\\]",
          "\\(",
          "*",
          "_",
        ),
      },
      {
        weight: 2,
        arbitrary: fc.constantFrom(
          "\n```\n",
          "\n~~~\n",
          "\n    ",
          "\n> ",
          "\n- ",
          "\n1. ",
          "\n# ",
          "\n| a | b |\n|---|---|\n| ",
          " | ",
          "\n<div>\n",
          "\n</div>\n\n",
          "<!-- ",
          " -->",
          '<a href="h.md">',
          "<img src='i.png' alt=x>",
          "<a\nhref=u>",
          "<https://x.y/(z)>",
          "[^1]",
          "\n[^1]: ",
          "\r\n",
        ),
      },
      { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 5 }) },
    ),
    { maxLength: 30 },
  )
  .map((pieces) => pieces.join("").replaceAll("\0", ""));

/** What a full Markdown parser finds: addresses of inline links and images, but for those that a definition has too. */
function parsedAddresses(text: string): { addresses: string[]; isDefined: (address: string) => boolean } {
  const env: { references?: Record<string, { href: string }> | undefined } = {};
  const addresses: string[] = [];
  for (const token of renderer.parse(text, env as Env)) for (const child of token.children ?? []) collect(child);
  const defined = new Set(Object.values(env.references ?? {}).map(({ href }) => href));
  return { addresses: addresses.filter((address) => !defined.has(address)), isDefined: (address) => defined.has(address) };

  function collect(token: Token): void {
    if (token.type === "link_open" && token.markup === "") addresses.push(String(token.attrGet("href")));
    if (token.type === "image") addresses.push(String(token.attrGet("src")));
    for (const child of token.children ?? []) collect(child);
  }
}

function addressesIn(text: string, ...forms: string[]): string[] {
  return findLinks(text).flatMap(({ form, address }) => (forms.length === 0 || forms.includes(form) ? [address] : []));
}

describe("finding links", () => {
  it("finds inline links, images, definitions and attributes, with their lines", () => {
    const text = [
      "[a](one.md) ![b](two.png)",
      "",
      '> [c](<three four.md> "T") <a href="five.md">x</a>',
      "",
      "[d]: six.md",
      "",
      '<img src="seven.png">',
    ].join("\n");
    expect(findLinks(text).map(({ form, address, line }) => [form, address, line])).toEqual([
      ["link", "one.md", 1],
      ["image", "two.png", 1],
      ["link", "three four.md", 3],
      ["attribute", "five.md", 3],
      ["definition", "six.md", 5],
      ["attribute", "seven.png", 7],
    ]);
  });

  it("passes over code of every kind", () => {
    expect(
      addressesIn(
        "`[a](b)` ``[c](d)`` ` `` [e](f) `` `\n\n```\n[g](h)\n```\n\n    [i](j)\n\n- k\n\n      [l](m)\n\n> ~~~\n> [n](o)\n> ~~~\n",
      ),
    ).toEqual([]);
  });

  it("finds an image within a link, and no link within a link", () => {
    expect(addressesIn("[![a](b.png)](c.md)")).toEqual(["b.png", "c.md"]);
    expect(addressesIn("[a [b](c) d](e)")).toEqual(["c"]);
    expect(addressesIn("![a [b](c) d](e)")).toEqual(["c", "e"]);
  });

  it("reads addresses that are broken over lines, in quotes too", () => {
    expect(addressesIn("[a](\nb.md\n'title')\n\n> [c](\n> d.md)\n\n[e]:\n  f.md\n")).toEqual(["b.md", "d.md", "f.md"]);
  });

  it("reads escapes and entities in addresses", () => {
    expect(addressesIn("[a](b\\)c.md) [d](e&amp;f.md)")).toEqual(["b)c.md", "e&f.md"]);
  });

  it("takes brackets with a definition for the reference they are", () => {
    expect(addressesIn("[a][b](c.md)\n\n[b]: d.md\n")).toEqual(["d.md"]);
    expect(addressesIn("[a][b](c.md)\n")).toEqual(["c.md"]);
  });

  it("finds links in the cells of tables", () => {
    expect(addressesIn("| a | b |\n|---|---|\n| [c](d.md) ` | ` [e](f.md) |\n")).toEqual(["d.md", "f.md"]);
  });

  it("keeps every byte when nothing is replaced, or each address by itself", () => {
    fc.assert(
      fc.property(markdown, (text) => {
        const links = findLinks(text);
        expect(replaceLinks(text, links, () => undefined)).toBe(text);
        expect(replaceLinks(text, links, ({ start, end }) => text.slice(start, end))).toBe(text);
      }),
      { numRuns: 500 },
    );
  });

  it("changes nothing but the addresses it is told to change", () => {
    fc.assert(
      fc.property(markdown, (text) => {
        const links = findLinks(text);
        const replaced = replaceLinks(text, links, () => "X");
        let rest = text;
        for (const { start, end } of links.toReversed()) rest = `${rest.slice(0, start)}X${rest.slice(end)}`;
        expect(replaced).toBe(rest);
      }),
      { numRuns: 300 },
    );
  });

  it("finds the inline links that a full parser finds", () => {
    fc.assert(
      fc.property(markdown, (text) => {
        const { addresses, isDefined } = parsedAddresses(text);
        const found = addressesIn(text, "link", "image").filter((address) => !isDefined(address));
        expect(found.sort()).toEqual(addresses.sort());
      }),
      { numRuns: 1000 },
    );
  });

  // Each of these takes minutes when any step is quadratic; the runner's time limit is the judge.
  it("ends on texts that are made to keep a parser busy", () => {
    const pieces = [
      "[",
      "![",
      "[a](",
      "[a](<b",
      '[a](b "',
      "[a](b (",
      "[a](((((",
      "[[a](b)",
      "[a][",
      "`",
      "`a``",
      "<a ",
      '<a b="',
      "<!--",
      "<?",
      "<!A",
      "<http:",
      "> ",
      "- [a](b)\n",
      "| [a](b) ",
      "[a]: <b\n\n",
      "[^1]: ",
    ];
    for (const piece of pieces) expect(findLinks(`[a]: b\n\n${piece.repeat(100_000 / piece.length)}`).length).toBeGreaterThan(0);
    const runs = Array.from({ length: 400 }, (_, length) => "`".repeat(length + 1)).join(" ");
    expect(findLinks(`${runs} [a](b)`)).toHaveLength(1);
  });
});
