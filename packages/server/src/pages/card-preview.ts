import { html } from "./html.ts";
import { systemPage } from "./system-page.ts";
import type { CardPreviewModel } from "./types.ts";
import { WORDS } from "./words.ts";

/** `/c/{code}+`: where a card leads, before going there. */
export function renderCardPreview({ code, title, trail, href, address }: CardPreviewModel): string {
  return systemPage(
    WORDS.card.title,
    html`<section class="card">
<p class="card-trail">${trail.map((place) => html`<a href="${place.href}"><bdi>${place.title}</bdi></a>`)}</p>
<p class="card-title"><bdi>${title}</bdi></p>
<p class="address-shown"><bdi>${address}</bdi></p>
<p class="card-code">${WORDS.card.code} <b>${code}</b></p>
</section>
<p><a class="button" href="${href}">${WORDS.card.open}</a></p>`,
  );
}
