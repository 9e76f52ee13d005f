import { afterEach, expect, test } from "vitest";
import { renderMarkdown } from "../../src/pages/markdown.ts";
import { createRenderPool, type RenderPool } from "../../src/pages/renderer.ts";

let pool: RenderPool | undefined;
afterEach(() => pool?.close());

/** Takes quadratic time in highlight.js, minutes for this many blocks. */
const ENDLESS = `\`\`\`toml\n${"a.".repeat(9_900)}\n\`\`\`\n`.repeat(500);

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

test("closing rejects what is under way, what waits, and what comes later", async () => {
  pool = createRenderPool({ size: 1 });
  const underWay = pool.render(ENDLESS);
  const waiting = pool.render("text");
  const settled = Promise.allSettled([underWay, waiting]);
  await pool.close();
  expect((await settled).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  await expect(pool.render("text")).rejects.toThrow("closed");
});
