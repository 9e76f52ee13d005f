import { describe, expect, test } from "vitest";
import { renderMarkdown } from "../../src/pages/markdown.ts";

const HASH = "aaaaaaaaaaaaaaaaaaaaaaaaaaa";
const html = (source: string) => renderMarkdown(source).html;

describe("headings", () => {
  test("a leading H1 is the page's title and is not in the text", () => {
    expect(html("<!-- lint off -->\n\n# Title\n\nText")).not.toContain("Title");
    expect(html('<h1 align="center">Title</h1>\n\nText').trim()).toBe("<p>Text</p>");
  });

  test("headings count from H2 without gaps, whatever levels the author skipped", () => {
    const levels = (source: string) => renderMarkdown(source).headings.map(({ level, text }) => `${level} ${text}`);
    expect(levels("# T\n\n### a\n\n##### b\n\n### c\n\n## d")).toEqual(["2 a", "3 b", "2 c", "2 d"]);
    expect(levels("text\n\n# a\n\n## b\n\n# c")).toEqual(["2 a", "3 b", "2 c"]);
    expect(html("## a\n\n#### b")).toContain('<h3 id="b">');
  });

  test("a heading is a link to itself, unless it holds a link", () => {
    expect(html("## One *two* `three`")).toContain(
      '<h2 id="one-two-three"><a href="#one-two-three">One <em>two</em> <code>three</code></a></h2>',
    );
    expect(html("## A [link](/x)")).toContain('<h2 id="a-link">A <a href="/x">link</a></h2>');
    expect(html('## A <a href="/x">link</a>')).toContain('<h2 id="a-link">A <a href="/x">link</a></h2>');
  });

  test("ids are made as mdBook and GitHub make them, in any script, and are unique", () => {
    const ids = (source: string) => renderMarkdown(source).headings.map(({ id }) => id);
    expect(ids("## What is Ownership?\n\n## Übergröße & Maß\n\n## 什麼是容器\n\n## عربي\n\n## a_b-c")).toEqual([
      "what-is-ownership",
      "übergröße--maß",
      "什麼是容器",
      "عربي",
      "a_b-c",
    ]);
    expect(ids("## a\n\n## a\n\n## a-1\n\n## a\n\n## ?!")).toEqual(["a", "a-1", "a-1-1", "a-2", "section"]);
    expect(ids("## Options {#opt}\n\n## -x")).toEqual(["opt", "x"]);
  });

  test("their text is without markup", () => {
    expect(renderMarkdown("## The `Box<T>` *type* &amp; <kbd>x</kbd>").headings).toEqual([
      { level: 2, id: "the-boxt-type--x", text: "The Box<T> type & x" },
    ]);
  });
});

describe("links", () => {
  test("node links stay slots and are listed once each", () => {
    const content = renderMarkdown("[a](node:0123456789ab#x) [b](node:zzzzzzzzzzzz) [c](node:0123456789ab)");
    expect(content.html).toBe(
      '<p><a href="node:0123456789ab#x">a</a> <a href="node:zzzzzzzzzzzz">b</a> <a href="node:0123456789ab">c</a></p>\n',
    );
    expect(content.links).toEqual(["0123456789ab", "zzzzzzzzzzzz"]);
  });

  test("external links are marked, relative ones are not", () => {
    expect(html("[a](https://a.example/?x=1&y=2 'T')")).toContain(
      '<a href="https://a.example/?x=1&amp;y=2" title="T" rel="noopener">a</a>',
    );
    expect(html("[a](mailto:a@b.example)")).toContain('<a href="mailto:a@b.example" rel="noopener">');
    expect(html("[a](../x.md#y) [b](#z)")).toContain('<a href="../x.md#y">a</a> <a href="#z">b</a>');
  });

  test("an asset link becomes its address", () => {
    expect(html(`[pdf](asset:${HASH}/a%20b.pdf#page=2)`)).toContain(`<a href="/assets/${HASH}/a%20b.pdf#page=2">pdf</a>`);
  });

  test("an address in the text is a link when it says so itself", () => {
    expect(html("See https://a.example/x. And main.rs, io.md, a@b.example.")).toBe(
      '<p>See <a href="https://a.example/x" rel="noopener">https://a.example/x</a>. And main.rs, io.md, a@b.example.</p>\n',
    );
  });

  test("links never nest", () => {
    expect(html('[a <a href="/x">b</a> c](/y)')).toBe('<p><a href="/y">a </a><a href="/x">b</a> c</p>\n');
  });

  test("a named anchor of old books keeps its name as an id", () => {
    expect(html('<a name="old"></a>')).toContain('<span id="old"></span>');
  });
});

describe("images", () => {
  test("an asset has its address, its size, and loads late", () => {
    const content = renderMarkdown(`![An "alt"](asset:${HASH}/p.png?w=640&h=480 "T")`);
    expect(content.html).toBe(
      `<p><img src="/assets/${HASH}/p.png" alt="An &quot;alt&quot;" width="640" height="480" title="T" loading="lazy" decoding="async" /></p>\n`,
    );
    expect(content.image).toBe(`/assets/${HASH}/p.png`);
  });

  test("raw HTML images are images like any other, and their own size counts where the asset has none", () => {
    expect(html(`<img src="asset:${HASH}/p.png" class="center big" style="width: 50%" width="64" height="x">`)).toBe(
      `<img src="/assets/${HASH}/p.png" alt="" width="64" class="center" loading="lazy" decoding="async" />`,
    );
  });

  test("a remote image is a link: reading a page asks nobody else", () => {
    expect(html("![Alt](https://a.example/p.png)")).toBe('<p><a href="https://a.example/p.png" rel="noopener">Alt</a></p>\n');
    expect(html("[![Badge](https://a.example/p.svg)](https://b.example)")).toBe(
      '<p><a href="https://b.example" rel="noopener"><span class="missing" title="This image is not here">Badge</span></a></p>\n',
    );
  });

  test("an image that was not imported leaves its text", () => {
    expect(html("![Alt](img/p.png)")).toBe('<p><span class="missing" title="This image is not here">Alt</span></p>\n');
    expect(renderMarkdown("![Alt](img/p.png)").image).toBeNull();
  });
});

describe("blocks", () => {
  test("tables scroll in a frame, align by class, and an empty header cell is no header", () => {
    const table = html("| a | b | |\n|:-:|--:|:--|\n| 1 | 2 | 3 |");
    expect(table).toContain('<div class="scroll" role="group" tabindex="0" aria-label="Table"><table>');
    expect(table).toContain('<th class="center">a</th>\n<th class="right">b</th>\n<td></td>');
    expect(table).toContain('<td class="center">1</td>\n<td class="right">2</td>\n<td>3</td>');
    expect(table).not.toContain("style");
  });

  test("callouts have their kind's name or their own title", () => {
    expect(html("> [!NOTE]\n> Text\n>\n> More")).toBe(
      '<div class="callout note" role="note">\n<p class="callout-title">Note</p>\n<p>Text</p>\n<p>More</p>\n</div>\n',
    );
    expect(html("> [!warning] Mind `this`\n> Text")).toContain(
      '<div class="callout warning" role="note">\n<p class="callout-title">Mind <code>this</code></p>\n<p>Text</p>',
    );
    expect(html("> [!TIP]\n\nafter")).toBe(
      '<div class="callout tip" role="note">\n<p class="callout-title">Tip</p>\n</div>\n<p>after</p>\n',
    );
    expect(html("> [!NOTE]\n> > quote")).toContain("<blockquote>\n<p>quote</p>\n</blockquote>\n</div>");
    expect(html("> [!OTHER]\n> Text")).toContain("<blockquote>");
  });

  test("task lists show drawn boxes with spoken names", () => {
    expect(html("- [ ] a\n- [x] b\n- c [x]")).toBe(
      '<ul>\n<li class="task"><span class="box" role="img" aria-label="To do"></span>a</li>\n' +
        '<li class="task"><span class="box checked" role="img" aria-label="Done"></span>b</li>\n<li>c [x]</li>\n</ul>\n',
    );
  });

  test("footnotes lead there and back", () => {
    const text = html("One[^a] two[^a]\n\n[^a]: Note");
    expect(text).toContain('<sup><a href="#fn1" aria-label="Footnote 1" id="fnref1">1</a></sup>');
    expect(text).toContain('<sup><a href="#fn1" aria-label="Footnote 1" id="fnref1:1">1</a></sup>');
    expect(text).toContain('<section class="footnotes" aria-label="Footnotes"><ol>\n<li id="fn1">');
    expect(text).toContain('<a href="#fnref1" class="backref" aria-label="Back to the text">');
    expect(text).toContain('<a href="#fnref1:1" class="backref"');
  });

  test("strikethrough", () => {
    expect(html("~~x~~")).toBe("<p><s>x</s></p>\n");
  });
});

describe("code", () => {
  test.each([
    ["rust", "fn main() {}"],
    ["ts", "const a = 1;"],
    ["js", "const a = 1;"],
    ["sql", "select 1"],
    ["bash", "if true; then echo; fi"],
    ["sh", "if true; then echo; fi"],
    ["toml", "a = 1"],
    ["json", '{"a": 1}'],
    ["yaml", "a: 1"],
    ["python", "def f(): pass"],
    ["html", "<p>x</p>"],
    ["css", "a { b: c }"],
    ["c", "int a = 1;"],
    ["diff", "- a\n+ b"],
    ["console", "$ ls"],
    ["markdown", "# a"],
  ])("%s is highlighted by class", (language, code) => {
    const text = html(`\`\`\`${language}\n${code}\n\`\`\``);
    expect(text).toContain(`<pre tabindex="0"><code class="language-${language}">`);
    expect(text).toContain('<span class="hljs-');
    expect(text).not.toContain("style=");
  });

  test.each(["rust,ignore", "rust, editable", "rust editable", "Rust,noplayground,test_harness", "{.rust}"])(
    "info string %s is Rust",
    (info) => {
      expect(html(`\`\`\`${info}\nfn x() {}\n\`\`\``)).toContain('<code class="language-rust"><span class="hljs-keyword">fn</span>');
    },
  );

  test("lines that rustdoc hides are hidden, attributes are not", () => {
    const text = html("```rust\n# use std::fmt;\n#\n#[derive(Debug)]\n#![allow(x)]\n## kept\n    # hidden\nlet x = 1;\n```").replace(
      /<[^>]*>/g,
      "",
    );
    expect(text).toBe("#[derive(Debug)]\n#![allow(x)]\n# kept\nlet x = 1;\n\n");
    expect(html("```python\n# shown\n```")).toContain("# shown");
  });

  test("unknown languages, none, and very long code are plain", () => {
    expect(html("```cobol\n<a>\n```")).toBe('<pre tabindex="0"><code class="language-cobol">&lt;a&gt;\n</code></pre>\n');
    expect(html("```\n<a>\n```")).toBe('<pre tabindex="0"><code>&lt;a&gt;\n</code></pre>\n');
    expect(html("    <a>")).toBe('<pre tabindex="0"><code>&lt;a&gt;\n</code></pre>\n');
    expect(html(`\`\`\`json\n${"[1], ".repeat(4000)}\n\`\`\``)).not.toContain("<span");
  });
});

describe("raw HTML", () => {
  test("what books use is kept, and Markdown inside it works", () => {
    const source =
      '<details open><summary>More</summary>\n\n*inner*\n\n</details>\n\n<span class="caption">Table 1</span> <kbd>Ctrl</kbd> x<sup>2</sup><br>';
    expect(html(source)).toBe(
      '<details open><summary>More</summary>\n<p><em>inner</em></p>\n</details>\n<p><span class="caption">Table 1</span> <kbd>Ctrl</kbd> x<sup>2</sup><br /></p>\n',
    );
    expect(html('<div class="warning">\n\nMind.\n\n</div>')).toContain('<div class="warning">\n<p>Mind.</p>\n</div>');
  });

  test("a word in angle brackets is what the author typed", () => {
    const content = renderMarkdown("A Vec<T> or HashMap<String, i32> of <Self>");
    expect(content.html).toBe("<p>A Vec&lt;T&gt; or HashMap&lt;String, i32&gt; of &lt;Self&gt;</p>\n");
    expect(content.excerpt).toBe("A Vec<T> or HashMap<String, i32> of <Self>");
  });

  test("components of book tools and unknown elements vanish, their text stays", () => {
    expect(html('<Listing number="1-1" caption="A `Vec<T>`">\n\ntext\n\n</Listing>').trim()).toBe("<p>text</p>");
    expect(html("<center>text</center>")).toBe("text");
  });

  test("what was opened is closed, and nothing closes what it did not open", () => {
    expect(html("<div><em>a").replace(/\n/g, "")).toBe("<div><em>a</em></div>");
    expect(html("a</div></article></main></body> b")).toBe("<p>a b</p>\n");
  });

  test("ids are given once, and those of the layout not at all", () => {
    expect(html('<a id="x"></a><a id="x"></a><a id="-text"></a><a id="a b"></a>')).toBe(
      '<p><span id="x"></span><span></span><span></span><span></span></p>\n',
    );
  });
});

describe("the excerpt", () => {
  test("is the first paragraph with words, without markup", () => {
    expect(renderMarkdown("# T\n\n![x](y.png)\n\n- item\n\nThe *first* `words`\nof a [text](/x).[^1]\n\nMore\n\n[^1]: n").excerpt).toBe(
      "The first words of a text.",
    );
    expect(renderMarkdown("- only\n- a list").excerpt).toBe("");
  });

  test("has at most 200 characters, cut between words and never within a character", () => {
    const { excerpt } = renderMarkdown("word ".repeat(100));
    expect(excerpt).toBe(`${"word ".repeat(39).trimEnd()}…`);
    expect(renderMarkdown("😀".repeat(200)).excerpt.isWellFormed()).toBe(true);
  });
});
