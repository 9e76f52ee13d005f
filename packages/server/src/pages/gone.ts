import { html } from "./html.ts";
import { systemPage, waysOn } from "./system-page.ts";
import type { GoneModel } from "./types.ts";
import { WORDS } from "./words.ts";

const DATE = new Intl.DateTimeFormat(WORDS.language, { dateStyle: "long", timeZone: "UTC" });

/** 410: what was here, since when it is gone, and where to go on. */
export function renderGone({ title, tripTitle, deletedAt, nearest, suggestions }: GoneModel): string {
  const { gone } = WORDS;
  return systemPage(
    gone.title,
    html`<p>${gone.was} <strong><bdi>${title}</bdi></strong>${tripTitle !== null && html` ${gone.partOf} <em><bdi>${tripTitle}</bdi></em>`}. ${gone.since} <time datetime="${deletedAt.toISOString()}">${DATE.format(deletedAt)}</time>.</p>
${waysOn(nearest, suggestions)}`,
  );
}
