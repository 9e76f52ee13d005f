import type { Token } from "markdown-it";
import { isProse } from "./raw-html.ts";

/** UTF-16 units of the first paragraph that a description shows. */
export const EXCERPT_LENGTH = 200;

/** The text of inline tokens without markup: what a reader would read aloud. Images and footnote marks are silent. */
export function plainText(tokens: readonly Token[]): string {
  let text = "";
  for (const token of tokens) {
    if (token.type === "text" || token.type === "code_inline" || (token.type === "html_inline" && isProse(token.content)))
      text += token.content;
    else if (token.type === "softbreak" || token.type === "hardbreak") text += " ";
  }
  return text.replace(/\s+/g, " ").trim();
}

/** At most `limit` UTF-16 units, cut between words where there is one, and never within a character. */
export function shorten(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const cut = text.slice(0, limit - 1).replace(/[\ud800-\udbff]$/, "");
  const space = cut.lastIndexOf(" ");
  return `${cut.slice(0, space > limit / 2 ? space : undefined).trimEnd()}…`;
}
