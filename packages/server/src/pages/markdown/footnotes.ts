import type { MarkdownIt } from "markdown-it";
import footnote from "markdown-it-footnote";
import { WORDS } from "../words.ts";

/** `[^1]` as GitHub has it (no inline notes), with spoken names for the marks. */
export function footnotes(md: MarkdownIt): void {
  md.use(footnote);
  md.inline.ruler.disable("footnote_inline");
  const rules = md.renderer.rules;
  const anchor = rules.footnote_anchor_name!;
  const nameOf: typeof anchor = (tokens, index, ...rest) => {
    const { subId } = tokens[index]!.meta as { subId?: number };
    return anchor(tokens, index, ...rest) + (subId !== undefined && subId > 0 ? `:${subId}` : "");
  };
  rules.footnote_block_open = () => `<section class="footnotes" aria-label="${WORDS.footnotes}"><ol>\n`;
  rules.footnote_block_close = () => "</ol></section>\n";
  rules.footnote_ref = (tokens, index, ...rest) => {
    const name = anchor(tokens, index, ...rest);
    return `<sup><a href="#fn${name}" id="fnref${nameOf(tokens, index, ...rest)}" aria-label="${WORDS.footnote} ${name}">${name}</a></sup>`;
  };
  rules.footnote_open = (tokens, index, ...rest) => `<li id="fn${anchor(tokens, index, ...rest)}">`;
  rules.footnote_anchor = (tokens, index, ...rest) =>
    // U+FE0E: the arrow as text, not as an emoji.
    ` <a href="#fnref${nameOf(tokens, index, ...rest)}" class="backref" aria-label="${WORDS.backToText}">\u21a9\ufe0e</a>`;
}
