import MarkdownIt, { type Env, type Token } from "markdown-it";
import footnote from "markdown-it-footnote";
import { readHtml } from "./html-tags.ts";
import { findInlineLinks, type LinkSpan, readAddress } from "./inline-links.ts";

// Blocks only, by the parser that renders pages, so that code is code for both. Inline text is scanned by `findInlineLinks`,
// because tokens of markdown-it do not say where in the source they stand.
const blocks = new MarkdownIt({ html: true }).use(footnote);
blocks.core.ruler.enableOnly(["normalize", "block"]);

export interface FoundLink extends LinkSpan {
  /** Without escapes and entities. */
  readonly address: string;
  /** 1-based line in the Markdown. */
  readonly line: number;
}

/**
 * Finds every address in a Markdown text, in order: of inline links and images, of reference definitions, and of `href`,
 * `src` and `poster` in raw HTML. Code of any kind is passed over.
 */
export function findLinks(markdown: string): FoundLink[] {
  if (!/\]\(|\]:|<[A-Za-z]/.test(markdown)) return [];
  const env: Env & { footnotes?: { refs?: Record<string, unknown> } } = {};
  const tokens = blocks.parse(markdown, env);
  const references = env.references ?? {};
  const footnotes = env.footnotes?.refs ?? {};
  const hasLabels = Object.keys(references).length + Object.keys(footnotes).length > 0;
  const isDefined = (label: string) =>
    hasLabels &&
    (Object.hasOwn(references, blocks.utils.normalizeReference(label)) ||
      (label.startsWith("^") && Object.hasOwn(footnotes, `:${label.slice(1)}`)));
  const lines = new Lines(markdown);

  let quotes = 0;
  let columns = 0;
  const spans = tokens.flatMap((token): LinkSpan[] => {
    if (token.type === "blockquote_open") quotes += 1;
    if (token.type === "blockquote_close") quotes -= 1;
    if (token.type === "table_open") columns = 0;
    if (token.type === "th_open") columns += 1;
    if (token.map === null) return [];
    const { start, end } = lines.span(token.map);
    const isQuoted = quotes > 0;
    if (token.type === "inline") return findInlineLinks(markdown, { start, end, isQuoted, isDefined });
    if (token.type === "html_block") return findAttributes(markdown, start, end);
    if (token.type === "reference_definition") return findDefinition(markdown, start, end);
    if (token.type !== "tr_open") return [];
    // The first row makes the columns; what later rows have beyond them is not shown.
    const cells = cellsOf(markdown, start, end).slice(0, columns || undefined);
    return cells.flatMap((cell) => findInlineLinks(markdown, { ...cell, isQuoted, isDefined }));
  });
  return spans
    .sort((a, b) => a.start - b.start)
    .map((span) => ({ ...span, address: plainAddress(markdown.slice(span.start, span.end)), line: lines.at(span.start) }));
}

/** The text with new addresses in the places that `findLinks` found; everything else keeps its bytes. */
export function replaceLinks(markdown: string, links: readonly FoundLink[], addressOf: (link: FoundLink) => string | undefined): string {
  let result = "";
  let copied = 0;
  for (const link of links) {
    const address = addressOf(link);
    if (address === undefined) continue;
    result += markdown.slice(copied, link.start) + address;
    copied = link.end;
  }
  return result + markdown.slice(copied);
}

function plainAddress(raw: string): string {
  return blocks.utils.unescapeAll(raw);
}

function findAttributes(markdown: string, start: number, end: number): LinkSpan[] {
  const spans: LinkSpan[] = [];
  for (let at = markdown.indexOf("<", start); at !== -1 && at < end; at = markdown.indexOf("<", at)) {
    const html = readHtml(markdown, at, end);
    for (const address of html?.addresses ?? []) spans.push({ form: "attribute", ...address });
    at = html?.end ?? at + 1;
  }
  return spans;
}

/** `[label]: address` in the lines of one definition, below whatever marks of lists and quotes stand before it. */
function findDefinition(markdown: string, start: number, end: number): LinkSpan[] {
  let at = markdown.indexOf("[", start) + 1;
  while (at < end && markdown[at] !== "]") at += markdown[at] === "\\" ? 2 : 1;
  at += 2;
  while (at < end && " \t\r\n>".includes(markdown[at]!)) at += 1;
  const address = readAddress(markdown, at, end);
  return address === undefined ? [] : [{ form: "definition", start: address.start, end: address.end }];
}

/** The cells of a table's row: `|` divides them, even within code, unless it is escaped (GitHub's rule). */
function cellsOf(markdown: string, start: number, end: number): { start: number; end: number }[] {
  const cells: { start: number; end: number }[] = [];
  let from = start;
  for (let at = start; at < end; at += markdown[at] === "\\" ? 2 : 1) {
    if (markdown[at] !== "|") continue;
    // The bar at the start of a row divides nothing.
    if (from > start || /[^ \t>]/.test(markdown.slice(start, at))) cells.push({ start: from, end: at });
    from = at + 1;
  }
  return [...cells, { start: from, end }];
}

/** Line numbers of a text, by the line ends that markdown-it counts. */
class Lines {
  readonly #starts: number[] = [0];
  readonly #length: number;

  constructor(text: string) {
    this.#length = text.length;
    for (const match of text.matchAll(/\r\n?|\n/g)) this.#starts.push(match.index + match[0].length);
  }

  span([from, to]: NonNullable<Token["map"]>): { start: number; end: number } {
    return { start: this.#starts[from] ?? this.#length, end: this.#starts[to] ?? this.#length };
  }

  /** 1-based line of a position. */
  at(position: number): number {
    let low = 0;
    let high = this.#starts.length;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (this.#starts[middle]! <= position) low = middle;
      else high = middle;
    }
    return low + 1;
  }
}
