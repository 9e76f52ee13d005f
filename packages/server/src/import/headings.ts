import MarkdownIt, { type Token } from "markdown-it";
import { plainText } from "../pages/markdown/plain-text.ts";

const markdown = new MarkdownIt({ html: true });
/** Titles stand early; a whole page need not be parsed to find one. */
const LOOK_AHEAD = 20_000;

export interface Heading {
  /** Plain text. */
  readonly text: string;
  /** Lines of the Markdown, 0-based, the end exclusive. */
  readonly lines: readonly [number, number];
}

/** The heading that names a page: the one it opens with (raw HTML may stand before it), else its first of level 1. */
export function findTitle(text: string): string | undefined {
  const tokens = markdown.parse(text.slice(0, LOOK_AHEAD), {});
  const index = tokens.findIndex((token) => token.type === "heading_open" && token.tag === "h1" && token.level === 0);
  const heading = openingHeading(tokens) ?? (index === -1 ? undefined : headingAt(tokens, index));
  return heading?.text === "" ? undefined : heading?.text;
}

/** The text without the heading it opens with, if that says nothing but the title: pages show their title themselves. */
export function withoutTitle(text: string, title: string): string {
  const heading = openingHeading(markdown.parse(text.slice(0, LOOK_AHEAD), {}));
  if (heading === undefined || heading.text !== title) return text;
  const lines = text.split("\n");
  const [from, to] = heading.lines;
  const after = lines.slice(to);
  return [...lines.slice(0, from), ...(after[0]?.trim() === "" ? after.slice(1) : after)].join("\n");
}

function openingHeading(tokens: readonly Token[]): Heading | undefined {
  const index = tokens.findIndex((token) => token.type !== "html_block");
  return tokens[index]?.type === "heading_open" ? headingAt(tokens, index) : undefined;
}

function headingAt(tokens: readonly Token[], index: number): Heading {
  return { text: plainText(tokens[index + 1]?.children ?? []), lines: tokens[index]?.map ?? [0, 0] };
}
