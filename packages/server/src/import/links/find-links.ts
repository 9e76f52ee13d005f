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
  const env: Env = {};
  const tokens = blocks.parse(markdown, env);
  const references = env.references ?? {};
  const hasReferences = Object.keys(references).length > 0;
  const isDefined = (label: string) => hasReferences && Object.hasOwn(references, blocks.utils.normalizeReference(label));
  const lines = new Lines(markdown);

  const spans: LinkSpan[] = [];
  for (const token of tokens) {
    if (token.map === null) continue;
    const { start, end } = lines.span(token.map);
    if (token.type === "inline") spans.push(...findInlineLinks(markdown, start, end, isDefined));
    else if (token.type === "html_block") spans.push(...findAttributes(markdown, start, end));
    else if (token.type === "reference_definition") spans.push(...findDefinition(markdown, start, end));
    else if (token.type === "tr_open") {
      for (const cell of cellsOf(markdown, start, end)) spans.push(...findInlineLinks(markdown, cell.start, cell.end, isDefined));
    }
  }
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
    cells.push({ start: from, end: at });
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
