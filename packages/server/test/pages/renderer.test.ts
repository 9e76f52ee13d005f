import { readFileSync } from "node:fs";
import { afterEach, expect, test } from "vitest";
import { renderMarkdown } from "../../src/pages/markdown.ts";
import { createRenderPool, RENDERER, type RenderPool } from "../../src/pages/renderer.ts";
import { forbiddenParts } from "./allowed-html.ts";

let pool: RenderPool | undefined;
afterEach(() => pool?.close());

/** Takes quadratic time in highlight.js, minutes for this many blocks. */
const ENDLESS = `\`\`\`toml\n${"a.".repeat(9_900)}\n\`\`\`\n`.repeat(500);

test("output that changes needs a new RENDERER", async () => {
  const { html, ...rest } = renderMarkdown(readFileSync(new URL("fixtures/sample.md", import.meta.url), "utf8"));
  await expect(`${html}\n${JSON.stringify(rest, null, 2)}\n`).toMatchFileSnapshot(`fixtures/sample.${RENDERER}.html`);
});

test("a worker gives what renderMarkdown gives", async () => {
  pool = createRenderPool({ size: 1 });
  const source = "# T\n\n## H\n\nText with [link](node:0123456789ab) and `code`.";
  expect(await pool.render(source)).toEqual(renderMarkdown(source));
});

test("more sources than workers all get their own answer", async () => {
  pool = createRenderPool({ size: 2 });
  const contents = await Promise.all(Array.from({ length: 20 }, (_, index) => pool!.render(`Text ${index}`)));
  expect(contents.map(({ excerpt }) => excerpt)).toEqual(Array.from({ length: 20 }, (_, index) => `Text ${index}`));
});

test("a source that takes too long is shown as it was written, and those behind it are rendered", async () => {
  pool = createRenderPool({ size: 1, timeLimitMs: 500 });
  const [slow, next] = await Promise.all([pool.render(`<b>&${ENDLESS}`), pool.render("*Next*")]);
  expect(slow).toMatchObject({ fallback: true, headings: [], links: [], image: null });
  expect(slow.html).toContain('<pre class="plain" tabindex="0">&lt;b&gt;&amp;```toml\na.a.');
  expect(slow.excerpt.length).toBeLessThanOrEqual(200);
  expect(next.html).toBe("<p><em>Next</em></p>\n");
});

test("50 kB of what makes parsers slow ends one way or the other, harmless, and the pool goes on", async () => {
  pool = createRenderPool({ size: 2 });
  const { render } = pool;
  const fill = (piece: string) => piece.repeat(Math.ceil(50_000 / piece.length));
  const sources = [
    ...[
      "[",
      "![",
      "[a](",
      "[a](<b",
      "*a_ ",
      "**x* ",
      "a**b_c ",
      "> ",
      "- ",
      "1. ",
      "~~a ",
      "<",
      "<a ",
      "<em></strong>",
      "&#",
      "http://",
      "[^1]",
    ].map(fill),
    ...["<!--", "<![CDATA[", "<?", "<script ", "<details><summary>", "<table><tr><td>", "<blockquote>\n\n", "> [!NOTE]\n> ", "# a\n"].map(
      fill,
    ),
    ...['rust\nr#"', "toml\na.", "markdown\n[a](", "json\n[", "cpp\na<", "php\n<?php "].map(
      (start) => `\`\`\`${start}${fill(start.slice(start.indexOf("\n") + 1))}`,
    ),
    Array.from({ length: 300 }, (_, length) => "`".repeat(length)).join(" "),
    `<a${fill(' b="c"')}`,
    `# a ${fill("{#")}`,
    `|${fill("a|")}\n|${fill("-|")}\n${fill("|\n")}`,
  ];
  const contents = await Promise.all(sources.map((source) => render(source)));
  expect(contents.map(({ html }) => forbiddenParts(html)).filter((parts) => parts.length > 0)).toEqual([]);
  expect((await render("*Next*")).html).toBe("<p><em>Next</em></p>\n");
}, 60_000);

test("closing rejects what is under way, what waits, and what comes later", async () => {
  pool = createRenderPool({ size: 1 });
  const underWay = pool.render(ENDLESS);
  const waiting = pool.render("text");
  const settled = Promise.allSettled([underWay, waiting]);
  await pool.close();
  expect((await settled).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  await expect(pool.render("text")).rejects.toThrow("closed");
});
