import MarkdownIt, { type Token } from "markdown-it";
import { plainText } from "../pages/markdown/plain-text.ts";

const markdown = new MarkdownIt({ html: true });
const blocks = new MarkdownIt({ html: true });
blocks.core.ruler.enableOnly(["normalize", "block"]);
/** Titles stand early; a whole page need not be parsed to find one. */
const LOOK_AHEAD = 20_000;

/** `<a id="old-name"></a>`, once or more: CommonMark takes it for a paragraph. */
const ANCHORS = /^(?:<a (?:id|name)="[^"<>]*"><\/a>\s*)+$/;

interface Heading {
  /** Plain text. */
  readonly text: string;
  /** Lines of the Markdown, 0-based, the end exclusive. */
  readonly lines: readonly [number, number];
}

/** The heading that names a page: the one it opens with, else its first of level 1. */
export function findTitle(text: string): string | undefined {
  const tokens = blocks.parse(text.slice(0, LOOK_AHEAD), {});
  const first = tokens.findIndex((token) => token.type === "heading_open" && token.tag === "h1" && token.level === 0);
  return (openingHeading(tokens)?.text ?? headingAt(tokens, first)?.text) || undefined;
}

/** The text without the heading it opens with, if that says nothing but the title: pages show their title themselves. */
export function withoutTitle(text: string, title: string): string {
  const heading = openingHeading(blocks.parse(text.slice(0, LOOK_AHEAD), {}));
  if (heading === undefined || heading.text !== title) return text;
  const lines = text.split("\n");
  const [from, to] = heading.lines;
  const after = lines.slice(to);
  return [...lines.slice(0, from), ...(after[0]?.trim() === "" ? after.slice(1) : after)].join("\n");
}

/** Raw HTML may stand before it, and places that old links lead to. */
function openingHeading(tokens: readonly Token[]): Heading | undefined {
  let index = 0;
  for (;;) {
    if (tokens[index]?.type === "html_block") index += 1;
    else if (tokens[index]?.type === "paragraph_open" && ANCHORS.test(tokens[index + 1]?.content ?? "")) index += 3;
    else return headingAt(tokens, index);
  }
}

function headingAt(tokens: readonly Token[], index: number): Heading | undefined {
  const [open, inline] = [tokens[index], tokens[index + 1]];
  if (open?.type !== "heading_open" || inline === undefined) return undefined;
  const [content] = markdown.parseInline(inline.content, {});
  return { text: plainText(content?.children ?? []), lines: open.map ?? [0, 0] };
}
