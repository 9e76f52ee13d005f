import { escapeHtml } from "./html.ts";

/** What one sitemap file may list (sitemaps.org protocol). */
export const SITEMAP_LIMIT = 50_000;

export interface SitemapEntry {
  /** Absolute. */
  readonly url: string;
  readonly changedAt?: Date;
}

/** @param urls absolute addresses of sitemap files */
export function renderSitemapIndex(urls: readonly string[]): string {
  const entries = urls.map((url) => `<sitemap><loc>${escapeHtml(url)}</loc></sitemap>`);
  return xml("sitemapindex", entries);
}

/** One sitemap file. Throws RangeError beyond `SITEMAP_LIMIT`: the caller splits. */
export function renderSitemap(entries: readonly SitemapEntry[]): string {
  if (entries.length > SITEMAP_LIMIT) throw new RangeError(`A sitemap lists at most ${SITEMAP_LIMIT} addresses, not ${entries.length}.`);
  const urls = entries.map(({ url, changedAt }) => {
    const changed = changedAt === undefined ? "" : `<lastmod>${changedAt.toISOString()}</lastmod>`;
    return `<url><loc>${escapeHtml(url)}</loc>${changed}</url>`;
  });
  return xml("urlset", urls);
}

/** @param publicUrl origin of the site, e.g. `https://cards.example` */
export function renderRobots(publicUrl: string): string {
  return `User-agent: *
Disallow: /api/
Disallow: /admin/
Disallow: /c/

Sitemap: ${new URL("/sitemap.xml", publicUrl).href}
`;
}

function xml(root: string, entries: readonly string[]): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n${entries.join("\n")}\n</${root}>\n`;
}
