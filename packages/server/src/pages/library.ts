import { html } from "./html.ts";
import { layout, mark } from "./layout.ts";
import type { LibraryEntry, LibraryModel } from "./types.ts";
import { WORDS } from "./words.ts";

/** `/`: everything that is published here. */
export function renderLibrary({ canonicalUrl, trips }: LibraryModel): string {
  return layout({
    language: WORDS.language,
    direction: WORDS.direction,
    title: WORDS.library,
    head: html`<meta name="description" content="${WORDS.libraryDescription}">
<link rel="canonical" href="${canonicalUrl}">
<meta property="og:type" content="website">
<meta property="og:title" content="${WORDS.library}">
<meta property="og:url" content="${canonicalUrl}">`,
    body: html`<header class="top"><nav class="trail" aria-label="${WORDS.trail}"><ol><li>${mark(WORDS.language)}</li></ol></nav></header>
<main id="-text" class="library" tabindex="-1">
<h1>${WORDS.library}</h1>
${trips.length === 0 ? html`<p>${WORDS.emptyLibrary}</p>` : html`<ul>${trips.map(entry)}</ul>`}
</main>`,
  });
}

function entry({ title, href, language, direction, description }: LibraryEntry) {
  return html`<li lang="${language}" dir="${direction}"><a href="${href}"><h2>${title}</h2>${
    description !== "" && html`<p>${description}</p>`
  }</a></li>
`;
}
