import { html } from "./html.ts";
import { EXCERPT_LENGTH, shorten } from "./markdown/plain-text.ts";
import type { RenderedContent } from "./types.ts";
import { WORDS } from "./words.ts";

/** A source that could not be rendered, as it was written: readable, harmless, without links. */
export function plainFallback(source: string): RenderedContent {
  return {
    html: html`<div class="callout warning" role="note"><p>${WORDS.plainFallback}</p></div><pre class="plain" tabindex="0">${source}</pre>`.toString(),
    headings: [],
    excerpt: shorten(
      source
        .slice(0, 4 * EXCERPT_LENGTH)
        .replace(/\s+/g, " ")
        .trim(),
      EXCERPT_LENGTH,
    ),
    links: [],
    image: null,
    fallback: true,
  };
}
