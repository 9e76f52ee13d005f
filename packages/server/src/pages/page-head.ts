import { type Html, html, trustedHtml } from "./html.ts";
import type { PageModel } from "./types.ts";

/** What machines read: description, canonical address, neighbours, other views, OpenGraph, breadcrumbs as JSON-LD. */
export function pageHead(page: PageModel): Html {
  const { content, canonicalUrl, href, breadcrumbs, previous, next } = page;
  const absolute = (address: string) => new URL(address, canonicalUrl).href;
  return html`${
    content.excerpt !== "" &&
    html`<meta name="description" content="${content.excerpt}">
<meta property="og:description" content="${content.excerpt}">`
  }
${!page.indexable && html`<meta name="robots" content="noindex">`}
<link rel="canonical" href="${canonicalUrl}">
${previous && html`<link rel="prev" href="${previous.href}">`}
${next && html`<link rel="next" href="${next.href}">`}
<link rel="alternate" type="text/markdown" href="${href}.md">
<link rel="alternate" type="application/json" href="${href}.json">
<meta property="og:type" content="article">
<meta property="og:title" content="${page.title}">
<meta property="og:site_name" content="${page.tripTitle}">
<meta property="og:url" content="${canonicalUrl}">
${content.image !== null && html`<meta property="og:image" content="${absolute(content.image)}">`}
${breadcrumbs.length > 0 && breadcrumbList([...breadcrumbs.map(({ title, href: at }) => ({ title, url: absolute(at) })), { title: page.title, url: canonicalUrl }])}`;
}

function breadcrumbList(places: readonly { title: string; url: string }[]): Html {
  const data = {
    "@context": "https://schema.org",
    "@type": "BreadcrumbList",
    itemListElement: places.map(({ title, url }, index) => ({ "@type": "ListItem", position: index + 1, name: title, item: url })),
  };
  return html`<script type="application/ld+json">${jsonInScript(data)}</script>`;
}

/** JSON that cannot end its script element nor start a comment in it, whatever its strings hold. */
function jsonInScript(data: unknown): Html {
  return trustedHtml(JSON.stringify(data).replace(/</g, "\\u003c"));
}
