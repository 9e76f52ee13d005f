import { expect, test } from "vitest";
import { renderRobots, renderSitemap, renderSitemapIndex, SITEMAP_LIMIT } from "../../src/pages/sitemap.ts";

test("a sitemap lists addresses, escaped, with the time of change where it is known", () => {
  expect(
    renderSitemap([{ url: "https://x.example/a?b&c", changedAt: new Date("2026-01-02T03:04:05Z") }, { url: "https://x.example/d" }]),
  ).toBe(
    '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n' +
      "<url><loc>https://x.example/a?b&amp;c</loc><lastmod>2026-01-02T03:04:05.000Z</lastmod></url>\n" +
      "<url><loc>https://x.example/d</loc></url>\n</urlset>\n",
  );
});

test("a sitemap with more than the protocol allows is refused", () => {
  const entries = Array.from({ length: SITEMAP_LIMIT + 1 }, () => ({ url: "https://x.example/" }));
  expect(() => renderSitemap(entries)).toThrow(RangeError);
  expect(renderSitemap(entries.slice(1)).match(/<url>/g)).toHaveLength(SITEMAP_LIMIT);
});

test("the index lists sitemap files, and robots.txt names the index", () => {
  expect(renderSitemapIndex(["https://x.example/sitemap/1.xml"])).toContain(
    "<sitemap><loc>https://x.example/sitemap/1.xml</loc></sitemap>",
  );
  expect(renderRobots("https://x.example")).toContain("\nSitemap: https://x.example/sitemap.xml\n");
});
