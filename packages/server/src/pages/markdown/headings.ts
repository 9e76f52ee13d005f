import type { MarkdownIt, StateCore, Token } from "markdown-it";
import type { Heading } from "../types.ts";
import { plainText } from "./plain-text.ts";

/** `{#id}` or `{#id .class}` at the end of a heading, as mdBook, Docusaurus and Hugo have it. */
const CUSTOM_ID = /\s*\{\s*#([^\s{}]+)[^{}]*\}\s*$/;
/** A leading `<h1>` in raw HTML, alone in its block. */
const RAW_H1 = /^\s*<h1\b[^>]*>.*<\/h1>\s*$/is;
const COMMENT = /^\s*<!--.*-->\s*$/s;

/**
 * Headings become links to themselves, with unique ids made as mdBook and GitHub make them (links of imported books rely
 * on that). A leading H1 is the page's title, which the layout shows, so it goes. The others are counted anew from H2
 * without gaps (WCAG technique H42): after a dropped H1 a page that starts with `###` still reads H1, H2.
 */
export function headings(md: MarkdownIt): void {
  md.core.ruler.push("headings", (state) => {
    dropLeadingTitle(state.tokens);
    const ids = new Map<string, number>();
    const found: Heading[] = [];
    const open: { source: number; level: number }[] = [];
    for (const [index, token] of state.tokens.entries()) {
      if (token.type !== "heading_open") continue;
      const inline = state.tokens[index + 1]!;
      const source = Number(token.tag.slice(1));
      while (open.length > 0 && open.at(-1)!.source >= source) open.pop();
      const level = Math.min((open.at(-1)?.level ?? 1) + 1, 6);
      open.push({ source, level });
      token.tag = `h${level}`;
      state.tokens[index + 2]!.tag = token.tag;

      const custom = takeCustomId(inline);
      const text = plainText(inline.children ?? []);
      const id = unique(custom ?? slugOf(text), ids);
      token.attrSet("id", id);
      if (token.level === 0 && text !== "") found.push({ level, id, text });
      linkToItself(state, inline, id);
    }
    state.env.headings = found;
  });
}

function dropLeadingTitle(tokens: Token[]): void {
  const first = tokens.findIndex((token) => !(token.type === "html_block" && COMMENT.test(token.content)));
  const token = tokens[first];
  if (token?.type === "heading_open" && token.tag === "h1") tokens.splice(first, 3);
  else if (token?.type === "html_block" && RAW_H1.test(token.content)) tokens.splice(first, 1);
}

function takeCustomId(inline: Token): string | null {
  const last = inline.children?.at(-1);
  const match = last?.type === "text" ? CUSTOM_ID.exec(last.content) : null;
  if (last === undefined || match === null) return null;
  last.content = last.content.slice(0, match.index);
  return match[1]!.replace(/^-+/, "");
}

function slugOf(text: string): string {
  return text
    .normalize("NFC")
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}\s_-]/gu, "")
    .trim()
    .replace(/\s/g, "-")
    .replace(/^-+/, "");
}

function unique(wanted: string, ids: Map<string, number>): string {
  const base = wanted === "" ? "section" : wanted;
  let id = base;
  for (let count = ids.get(base) ?? 0; ids.has(id); ) {
    count++;
    id = `${base}-${count}`;
    ids.set(base, count);
  }
  ids.set(id, ids.get(id) ?? 0);
  return id;
}

/** A heading that already holds a link stays as it is: links do not nest. */
function linkToItself(state: StateCore, inline: Token, id: string): void {
  const children = inline.children ?? [];
  if (children.some(isLink)) return;
  const open = new state.Token("link_open", "a", 1);
  open.attrSet("href", `#${id}`);
  inline.children = [open, ...children, new state.Token("link_close", "a", -1)];
}

function isLink({ type, content }: Token): boolean {
  return type === "link_open" || type === "footnote_ref" || (type === "html_inline" && /^<a\b/i.test(content));
}
