import MarkdownIt, { type Token } from "markdown-it";
import { plainText } from "../../../pages/markdown/plain-text.ts";

/** One chapter that `SUMMARY.md` lists. */
export interface SummaryEntry {
  /** Plain text. */
  readonly title: string;
  /** As it is written, without a fragment; "" for a draft (`[Title]()`) and for an entry without a link. */
  readonly location: string;
  /** 1-based. */
  readonly line: number;
  readonly children: readonly SummaryEntry[];
}

/** The heading of a group of chapters. */
export interface SummaryPart {
  readonly title: string;
  readonly line: number;
  /** The first chapter below it; undefined for a heading without chapters. */
  readonly first: SummaryEntry | undefined;
}

export interface Summary {
  readonly entries: readonly SummaryEntry[];
  readonly parts: readonly SummaryPart[];
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type OpenEntry = Mutable<SummaryEntry> & { children: OpenEntry[] };

// Two levels of nesting for each level of chapters.
const markdown = new MarkdownIt({ html: true }).set({ maxNesting: 400 });
markdown.validateLink = () => true;
// Paths as the author typed them, not as a browser would send them.
markdown.normalizeLink = (address) => address;

/**
 * Reads mdBook's `SUMMARY.md`: prefix chapters (links in paragraphs), numbered chapters (links in lists, to any depth), part
 * titles (headings after the first), separators, and suffix chapters. More is forgiven than mdBook forgives: a list item
 * without a link counts as a draft, and lists may follow suffix chapters.
 */
export function parseSummary(text: string): Summary {
  const entries: OpenEntry[] = [];
  const parts: Mutable<SummaryPart>[] = [];
  // For each open list, where its entries go; and for each open item, its entry.
  const lists: OpenEntry[][] = [];
  const items: (OpenEntry | undefined)[] = [];
  let hasTitle = false;

  const tokens = markdown.parse(text, {});
  for (const [index, token] of tokens.entries()) {
    if (token.type === "bullet_list_open" || token.type === "ordered_list_open") {
      lists.push(items.at(-1)?.children ?? lists.at(-1) ?? entries);
    } else if (token.type === "bullet_list_close" || token.type === "ordered_list_close") {
      lists.pop();
    } else if (token.type === "list_item_open") {
      items.push(undefined);
    } else if (token.type === "list_item_close") {
      items.pop();
    } else if (token.type === "inline") {
      const isHeading = tokens[index - 1]?.type === "heading_open";
      if (isHeading && items.length === 0) addHeading(token);
      else if (!isHeading) addLinks(token);
    }
  }
  return { entries, parts };

  /** The first heading is the summary's own title if nothing stands before it. */
  function addHeading(token: Token): void {
    const isOwnTitle = !hasTitle && entries.length === 0 && parts.length === 0;
    hasTitle = true;
    if (!isOwnTitle) parts.push({ title: plainText(token.children ?? []), line: lineOf(token), first: undefined });
  }

  function addLinks(token: Token): void {
    const line = lineOf(token);
    const found = linksOf(token.children ?? [], line);
    const list = lists.at(-1);
    if (list === undefined) {
      for (const entry of found) add(entries, entry);
    } else if (items.at(-1) === undefined) {
      const entry = found[0] ?? { title: plainText(token.children ?? []), location: "", line, children: [] };
      add(list, entry);
      items[items.length - 1] = entry;
    }
  }

  function add(list: OpenEntry[], entry: OpenEntry): void {
    list.push(entry);
    const part = parts.at(-1);
    if (part !== undefined && part.first === undefined) part.first = entry;
  }
}

/** The links of one paragraph, each with its own line. */
function linksOf(children: readonly Token[], firstLine: number): OpenEntry[] {
  const found: OpenEntry[] = [];
  let line = firstLine;
  for (const [index, token] of children.entries()) {
    if (token.type === "softbreak" || token.type === "hardbreak") line += 1;
    if (token.type !== "link_open") continue;
    const close = children.findIndex((candidate, at) => at > index && candidate.type === "link_close");
    const location = String(token.attrGet("href") ?? "").replace(/#.*$/s, "");
    found.push({ title: plainText(children.slice(index + 1, close)), location, line, children: [] });
  }
  return found;
}

function lineOf(token: Token): number {
  return (token.map?.[0] ?? 0) + 1;
}
