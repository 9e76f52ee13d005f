import type { Direction } from "../trips/types.ts";
import { type Html, type HtmlValue, html } from "./html.ts";
import { STYLE } from "./style.ts";
import { WORDS } from "./words.ts";

export interface Layout {
  readonly language: string;
  readonly direction: Direction;
  readonly title: string;
  /** Further elements of the head. */
  readonly head: HtmlValue;
  readonly body: HtmlValue;
}

/** A whole document: what every page has, whatever it shows. The theme colours are `--paper` of page.css. */
export function layout({ language, direction, title, head, body }: Layout): string {
  return html`<!doctype html>
<html lang="${language}" dir="${direction}">
<head>
<meta charset="utf-8">
<title>${title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<meta name="color-scheme" content="light dark">
<meta name="theme-color" content="#faf7f0" media="(prefers-color-scheme: light)">
<meta name="theme-color" content="#181613" media="(prefers-color-scheme: dark)">
<link rel="icon" href="/favicon.ico" sizes="any">
${head}
${STYLE}
</head>
<body>
<a class="skip" href="#-text">${say(WORDS.skip, language)}</a>
${body}
</body>
</html>
`.toString();
}

/** A word of ours on a page of another language, marked as such (WCAG 3.1.2). */
export function say(word: string, language: string): HtmlValue {
  if (language.toLowerCase().split("-")[0] === WORDS.language) return word;
  return html`<span lang="${WORDS.language}" dir="${WORDS.direction}">${word}</span>`;
}

/** The way to the library at the start of every page: the finder square of a QR code. */
export function mark(language: string): Html {
  return html`<a class="mark" href="/"><svg viewBox="0 0 7 7" aria-hidden="true"><path d="M0 0h7v7H0zm1 1v5h5V1zm1 1h3v3H2z" fill-rule="evenodd"/></svg><span>${say(WORDS.library, language)}</span></a>`;
}

/** Items with depths as nested lists. An item that is deeper than the one before lies below it, however many levels were left out. */
export function nestedList<T>(items: readonly T[], depthOf: (item: T) => number, show: (item: T) => Html): Html | null {
  if (items.length === 0) return null;
  const entries: Html[] = [];
  for (let start = 0; start < items.length; ) {
    const depth = depthOf(items[start]!);
    let end = start + 1;
    while (end < items.length && depthOf(items[end]!) > depth) end++;
    entries.push(html`<li>${show(items[start]!)}${nestedList(items.slice(start + 1, end), depthOf, show)}</li>`);
    start = end;
  }
  return html`<ol>${entries}</ol>`;
}
