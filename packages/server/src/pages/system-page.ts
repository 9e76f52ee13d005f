import { type Html, type HtmlValue, html } from "./html.ts";
import { layout, mark } from "./layout.ts";
import type { PageLink } from "./types.ts";
import { WORDS } from "./words.ts";

/** A page that speaks for the server, in the server's language: not found, gone, a card's preview, a problem. Never indexed. */
export function systemPage(title: string, body: HtmlValue): string {
  return layout({
    language: WORDS.language,
    direction: WORDS.direction,
    title,
    head: html`<meta name="robots" content="noindex">`,
    body: html`<header class="top"><nav class="trail" aria-label="${WORDS.trail}"><ol><li>${mark(WORDS.language)}</li></ol></nav></header>
<main id="-text" tabindex="-1">
<h1>${title}</h1>
${body}
</main>`,
  });
}

/** Where to go from a page that leads nowhere: suggestions, the nearest page, or at least the library. */
export function waysOn(nearest: PageLink | null, suggestions: readonly PageLink[]): Html {
  return html`${suggestions.length > 0 && html`<nav class="contents" aria-labelledby="-suggestions"><h2 id="-suggestions">${WORDS.youMayWant}</h2><ol>${suggestions.map(entry)}</ol></nav>`}
${nearest && html`<nav class="contents" aria-labelledby="-nearest"><h2 id="-nearest">${WORDS.nearest}</h2><ol>${entry(nearest)}</ol></nav>`}
<p><a class="button" href="/">${WORDS.toLibrary}</a></p>`;
}

function entry({ title, href }: PageLink): Html {
  return html`<li><a href="${href}"><bdi>${title}</bdi></a></li>`;
}
