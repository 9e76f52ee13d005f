import { fillSlots } from "./fill-slots.ts";
import { type Html, html, trustedHtml } from "./html.ts";
import { layout, mark, nestedList, say } from "./layout.ts";
import { pageHead } from "./page-head.ts";
import { withoutRepeatedTitle } from "./repeated-title.ts";
import type { Heading, PageLink, PageModel } from "./types.ts";
import { WORDS } from "./words.ts";

/** Fewer headings than this need no list of their own. */
const TOC_MINIMUM = 3;

/** A page as its reader sees it: one document, complete without a second request. */
export function renderPage(page: PageModel): string {
  const { language, direction } = page;
  const { html: text, headings } = withoutRepeatedTitle(page.content, page.title);
  const toc = tableOfContents(headings);
  return layout({
    language,
    direction,
    title: page.breadcrumbs.length === 0 ? page.title : `${page.title} · ${page.tripTitle}`,
    head: pageHead(page),
    body: html`<header class="top">${trail(page)}${jump(page)}</header>
<div class="frame">
<main id="-text" tabindex="-1">
<article>
<h1>${page.title}</h1>
${toc && html`<details class="toc"><summary>${say(WORDS.onThisPage, language)}</summary>${toc}</details>`}
<div class="text">
${trustedHtml(fillSlots(text, page.hrefOf))}</div>
</article>
${contents(page)}
${turn(page)}
<footer class="views">
<p class="address">${page.canonicalUrl}</p>
<p>${say(WORDS.thisPageAs, language)} <a href="${page.href}.md">${WORDS.markdown}</a> <a href="${page.href}.json">${WORDS.json}</a> <a href="${page.href}.qr.svg">${say(WORDS.qrCode, language)}</a></p>
</footer>
</main>
${toc && html`<nav class="side" aria-label="${WORDS.onThisPage}"><p>${say(WORDS.onThisPage, language)}</p>${toc}</nav>`}
${outline(page)}
</div>`,
  });
}

function trail({ breadcrumbs, language }: PageModel): Html {
  return html`<nav class="trail" aria-label="${WORDS.trail}"><ol><li>${mark(language)}</li>${breadcrumbs.map((crumb) => html`<li>${link(crumb)}</li>`)}</ol></nav>`;
}

/** On a phone the outline stands below the text: this leads there, without a script. */
function jump({ outline: entries, language }: PageModel): Html | null {
  if (entries.length === 0) return null;
  const icon = html`<svg viewBox="0 0 7 7" aria-hidden="true"><path d="M0 1h7v1H0zm0 2h7v1H0zm0 2h7v1H0z"/></svg>`;
  return html`<a class="jump" href="#-outline">${icon}<span>${say(WORDS.contents, language)}</span></a>`;
}

function tableOfContents(headings: readonly Heading[]): Html | null {
  const shown = headings.filter(({ level }) => level <= 3);
  if (shown.length < TOC_MINIMUM) return null;
  return nestedList(
    shown,
    ({ level }) => level,
    ({ id, text }) => html`<a href="#${id}">${text}</a>`,
  );
}

function contents({ children, moreChildren, language }: PageModel): Html | null {
  if (children.length === 0) return null;
  const entries = children.map(({ title, href, descendants }) => {
    const size = descendants > 0 && html`<i></i><small>${say(WORDS.pages(descendants + 1), language)}</small>`;
    return html`<li><a href="${href}"><span>${title}</span>${size}</a></li>`;
  });
  return html`<nav class="contents" aria-labelledby="-contents"><h2 id="-contents">${say(WORDS.contents, language)}</h2><ol>${entries}</ol>${
    moreChildren > 0 && html`<p>${say(WORDS.more(moreChildren), language)}</p>`
  }</nav>`;
}

function turn({ previous, next, language }: PageModel): Html | null {
  if (previous === null && next === null) return null;
  const to = (page: PageLink | null, rel: "prev" | "next", word: string) =>
    page && html`<a class="${rel}" rel="${rel}" href="${page.href}"><small>${say(word, language)}</small><span>${page.title}</span></a>`;
  return html`<nav class="turn" aria-label="${WORDS.turn}">${to(previous, "prev", WORDS.previous)}${to(next, "next", WORDS.next)}</nav>`;
}

function outline({ outline: entries, tripTitle, tripHref }: PageModel): Html | null {
  const list = nestedList(
    entries,
    ({ depth }) => depth,
    ({ title, href, current, ancestor }) =>
      current
        ? html`<a href="${href}" aria-current="page">${title}</a>`
        : html`<a href="${href}"${ancestor && html` class="above"`}>${title}</a>`,
  );
  if (list === null) return null;
  return html`<nav class="outline" id="-outline" aria-label="${tripTitle}"><p>${link({ title: tripTitle, href: tripHref })}</p>${list}</nav>`;
}

function link({ title, href }: PageLink): Html {
  return html`<a href="${href}">${title}</a>`;
}
