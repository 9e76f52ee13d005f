import { Parser } from "htmlparser2";
import { describe, expect, test } from "vitest";
import { renderCardPreview } from "../../src/pages/card-preview.ts";
import { renderGone } from "../../src/pages/gone.ts";
import { renderLibrary } from "../../src/pages/library.ts";
import { renderNotFound } from "../../src/pages/not-found.ts";
import { renderPage } from "../../src/pages/page.ts";
import { renderProblem } from "../../src/pages/problem.ts";
import { pageModel } from "./page-model.ts";

const NASTY = `</title></script></style><script>alert(1)</script>"'&<!--`;

/** Elements of a document as `name attribute=value ...`, and an error for each tag that is not closed. */
function elementsOf(document: string): string[] {
  const elements: string[] = [];
  const open: string[] = [];
  const parser = new Parser({
    onopentag(name, attributes) {
      open.push(name);
      elements.push([name, ...Object.entries(attributes).map(([key, value]) => `${key}=${value}`)].join(" "));
    },
    onclosetag(name) {
      if (open.pop() !== name) elements.push(`ERROR </${name}>`);
    },
  });
  parser.end(document);
  return elements;
}

describe("a page", () => {
  test("says where it is, in what language, and what comes before and after", () => {
    const document = renderPage(pageModel({ language: "ar", direction: "rtl", title: "ما هي الملكية؟" }));
    expect(document).toMatch(/^<!doctype html>\n<html lang="ar" dir="rtl">/);
    expect(document).toContain("<title>ما هي الملكية؟ · The Book</title>");
    expect(document).toContain("<h1>ما هي الملكية؟</h1>");
    expect(document).toContain('<li><a href="/the-book">The Book</a></li><li><a href="/the-book/ownership">Ownership</a></li>');
    expect(document).toContain('<a class="next" rel="next" href="/the-book/ownership/borrowing">');
    expect(document).toContain('<a class="prev" rel="prev" href="/the-book/ownership">');
  });

  test("marks its own words as English where the page is not", () => {
    expect(renderPage(pageModel({ language: "ar" }))).toContain('<small><span lang="en" dir="ltr">Next</span></small>');
    expect(renderPage(pageModel({ language: "en-GB" }))).toContain("<small>Next</small>");
  });

  test("tells machines its address, neighbours, views and place", () => {
    const document = renderPage(pageModel({}, "First words.\n\n![x](asset:aaaaaaaaaaaaaaaaaaaaaaaaaaa/p.png)"));
    for (const part of [
      '<meta name="description" content="First words.">',
      '<link rel="canonical" href="https://cards.example/the-book/ownership/what-is">',
      '<link rel="prev" href="/the-book/ownership">',
      '<link rel="next" href="/the-book/ownership/borrowing">',
      '<link rel="alternate" type="text/markdown" href="/the-book/ownership/what-is.md">',
      '<link rel="alternate" type="application/json" href="/the-book/ownership/what-is.json">',
      '<meta property="og:title" content="What is Ownership?">',
      '<meta property="og:url" content="https://cards.example/the-book/ownership/what-is">',
      '<meta property="og:image" content="https://cards.example/assets/aaaaaaaaaaaaaaaaaaaaaaaaaaa/p.png">',
    ]) {
      expect(document).toContain(part);
    }
    const json = /<script type="application\/ld\+json">(.*?)<\/script>/s.exec(document)![1]!;
    expect(JSON.parse(json).itemListElement).toEqual([
      { "@type": "ListItem", position: 1, name: "The Book", item: "https://cards.example/the-book" },
      { "@type": "ListItem", position: 2, name: "Ownership", item: "https://cards.example/the-book/ownership" },
      { "@type": "ListItem", position: 3, name: "What is Ownership?", item: "https://cards.example/the-book/ownership/what-is" },
    ]);
  });

  test("asks not to be indexed exactly when it is unlisted", () => {
    expect(renderPage(pageModel({ indexable: false }))).toContain('<meta name="robots" content="noindex">');
    expect(renderPage(pageModel())).not.toContain("noindex");
  });

  test("lists what lies below it, with sizes, and how much it leaves out", () => {
    const children = [
      { title: "Leaf", href: "/b/leaf", descendants: 0 },
      { title: "Branch", href: "/b/branch", descendants: 11 },
    ];
    const document = renderPage(pageModel({ children, moreChildren: 4598 }));
    expect(document).toContain('<li><a href="/b/leaf"><span>Leaf</span></a></li>');
    expect(document).toContain('<li><a href="/b/branch"><span>Branch</span><i></i><small>12 pages</small></a></li>');
    expect(document).toContain("<p>and 4,598 more</p>");
  });

  test("nests its outline by depth and marks where the reader is", () => {
    const entry = (title: string, depth: number, marks = {}) => ({
      title,
      href: `/${title}`,
      depth,
      current: false,
      ancestor: false,
      ...marks,
    });
    const document = renderPage(
      pageModel({ outline: [entry("a", 0, { ancestor: true }), entry("b", 1), entry("c", 1, { current: true }), entry("d", 0)] }),
    );
    expect(document).toContain(
      '<ol><li><a href="/a" class="above">a</a><ol><li><a href="/b">b</a></li><li><a href="/c" aria-current="page">c</a></li></ol></li><li><a href="/d">d</a></li></ol>',
    );
  });

  test("lists its headings when there are three or more, to the third level", () => {
    expect(renderPage(pageModel({}, "## a\n\n## b"))).not.toContain('class="toc"');
    const document = renderPage(pageModel({}, "## a\n\n### b\n\n#### c\n\n## d"));
    expect(document).toContain(
      '<summary>On this page</summary><ol><li><a href="#a">a</a><ol><li><a href="#b">b</a></li></ol></li><li><a href="#d">d</a></li></ol>',
    );
  });

  test("does not repeat its title when the text begins with it", () => {
    const document = renderPage(pageModel({ title: "What Is Ownership?" }, "## What is `Ownership`?\n\nText\n\n### Rules\n\n#### One"));
    expect(document.match(/Ownership\??<\/(?:a|code|h2)/g)).toEqual(["Ownership</a"]);
    expect(document).toContain('<h2 id="rules">');
    expect(document).toContain('<h3 id="one">');
    const siblings = renderPage(pageModel({ title: "A" }, "## A\n\n## B\n\n### C"));
    expect(siblings).toContain('<h2 id="b">');
    expect(siblings).toContain('<h3 id="c">');
    expect(renderPage(pageModel({ title: "A" }, "Text\n\n## A"))).toContain('<h2 id="a">');
    expect(renderPage(pageModel({ title: "B" }, "## A\n\n## B"))).toContain('<h2 id="b">');
  });

  test("fills links to other pages with today's addresses, and keeps the text of dead ones", () => {
    const hrefOf = (id: string) => (id === "0123456789ab" ? `/today?a="b"&c` : null);
    const document = renderPage(pageModel({ hrefOf }, '[a](node:0123456789ab#x) [b](node:zzzzzzzzzzzz) `<a href="node:zzzzzzzzzzzz">`'));
    expect(document).toContain('<a href="/today?a=&quot;b&quot;&amp;c#x">a</a>');
    expect(document).toContain('<a class="dead" title="This page is no longer here">b</a>');
    expect(document).toContain('&lt;a href="node:zzzzzzzzzzzz"&gt;');
  });
});

describe("whatever titles and addresses hold", () => {
  const link = { title: NASTY, href: `/${NASTY}` };
  const documents = {
    page: renderPage(
      pageModel({
        ...{ title: NASTY, tripTitle: NASTY, tripHref: NASTY, canonicalUrl: "https://x.example/", href: NASTY, language: NASTY },
        ...{ breadcrumbs: [link], previous: link, next: link, children: [{ ...link, descendants: 2 }], hrefOf: () => NASTY },
        outline: [{ ...link, depth: 0, current: true, ancestor: false }],
        content: {
          html: "",
          headings: [1, 2, 3].map(() => ({ level: 2, id: NASTY, text: NASTY })),
          excerpt: NASTY,
          links: [],
          image: NASTY,
        },
      }),
    ),
    library: renderLibrary({
      canonicalUrl: NASTY,
      trips: [{ ...link, language: NASTY, direction: "ltr", description: NASTY }],
    }),
    "not found": renderNotFound({ path: NASTY, nearest: link, suggestions: [link], reason: "unknown" }),
    gone: renderGone({ title: NASTY, tripTitle: NASTY, deletedAt: new Date(0), nearest: link, suggestions: [link] }),
    card: renderCardPreview({ code: NASTY, title: NASTY, trail: [link], href: NASTY, address: NASTY }),
    problem: renderProblem({ status: 503, title: NASTY, message: NASTY, help: NASTY, requestId: NASTY }),
  };

  test.each(Object.entries(documents))("%s: it stays text, and every element is closed", (_name, document) => {
    const elements = elementsOf(document);
    expect(
      elements
        .filter((element) => /^(?:script|style)\b/.test(element))
        .filter((element) => !/^(?:script type=application\/ld\+json|style)$/.test(element)),
    ).toEqual([]);
    expect(elements.filter((element) => /(?:^ERROR|\son\w+=)/.test(element))).toEqual([]);
    expect(elements.filter((element) => element === "style")).toHaveLength(1);
  });

  test("JSON-LD holds it as it is", () => {
    const json = /<script type="application\/ld\+json">(.*?)<\/script>/s.exec(documents.page)![1]!;
    expect(JSON.parse(json).itemListElement[1].name).toBe(NASTY);
  });
});

describe("pages of their own", () => {
  test("the library lists trips in their own language and direction", () => {
    const trips = [{ title: "كتاب", href: "/k", language: "ar", direction: "rtl" as const, description: "وصف" }];
    const document = renderLibrary({ canonicalUrl: "https://cards.example/", trips });
    expect(document).toContain('<li lang="ar" dir="rtl"><a href="/k"><h2>كتاب</h2><p>وصف</p></a></li>');
    expect(renderLibrary({ canonicalUrl: "https://cards.example/", trips: [] })).toContain("Nothing is published here yet.");
  });

  test("404 says why and where to go", () => {
    const document = renderNotFound({
      path: "/the-book/x",
      reason: "unknown",
      nearest: { title: "The Book", href: "/the-book" },
      suggestions: [{ title: "Y", href: "/the-book/y" }],
    });
    expect(document).toContain("There is no page at this address");
    expect(document).toContain("<bdi>/the-book/x</bdi>");
    expect(document).toContain('<a href="/the-book/y"><bdi>Y</bdi></a>');
    expect(document).toContain('<a href="/the-book"><bdi>The Book</bdi></a>');
    const misread = renderNotFound({ path: "/c/X", reason: "card-code-invalid", nearest: null, suggestions: [] });
    expect(misread).toContain("This card code was misread");
    expect(misread).toContain('href="/"');
  });

  test("410 says what was here and since when it is not", () => {
    const document = renderGone({
      title: "Old",
      tripTitle: "The Book",
      deletedAt: new Date("2026-11-02T23:30:00Z"),
      nearest: null,
      suggestions: [],
    });
    expect(document).toContain("<bdi>Old</bdi>");
    expect(document).toContain('<time datetime="2026-11-02T23:30:00.000Z">November 2, 2026</time>');
  });

  test("a card's preview shows where it leads before going there", () => {
    const document = renderCardPreview({
      code: "7Q2MZ4K8",
      title: "T",
      trail: [{ title: "The Book", href: "/b" }],
      href: "/b/t",
      address: "/b/t",
    });
    expect(document).toContain("<b>7Q2MZ4K8</b>");
    expect(document).toContain('<a class="button" href="/b/t">Open the page</a>');
  });

  test.each([
    ["404", renderNotFound({ path: "/", nearest: null, suggestions: [], reason: "unknown" })],
    ["a problem", renderProblem({ status: 503, title: "Busy", message: "Full.", help: "Wait." })],
  ])("%s is never indexed", (_name, document) => {
    expect(document).toContain('<meta name="robots" content="noindex">');
  });
});
