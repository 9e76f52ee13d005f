import { html } from "./html.ts";
import { systemPage, waysOn } from "./system-page.ts";
import type { NotFoundModel } from "./types.ts";
import { WORDS } from "./words.ts";

/** 404: why, and where the reader may have wanted to go. */
export function renderNotFound({ path, reason, nearest, suggestions }: NotFoundModel): string {
  const { title, text } = WORDS.notFound[reason];
  return systemPage(
    title,
    html`<p class="address-shown"><bdi>${path}</bdi></p>
<p>${text}</p>
${waysOn(nearest, suggestions)}`,
  );
}
