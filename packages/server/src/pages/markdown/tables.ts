import type { MarkdownIt } from "markdown-it";
import { WORDS } from "../words.ts";
import { plainText } from "./plain-text.ts";

/** Characters of a cell that should not be squeezed to its longest word on a phone. */
const LONG_TEXT = 30;

/** Tables scroll in a frame of their own, align by class, and a header cell without text is no header. */
export function tables(md: MarkdownIt): void {
  md.renderer.rules.table_open = () => `<div class="scroll" role="group" tabindex="0" aria-label="${WORDS.table}"><table>\n`;
  md.renderer.rules.table_close = () => "</table></div>\n";
  md.core.ruler.push("tables", (state) => {
    for (const [index, token] of state.tokens.entries()) {
      if (token.type !== "th_open" && token.type !== "td_open") continue;
      const text = plainText(state.tokens[index + 1]!.children ?? []);
      const alignment = /^text-align:(center|right)$/.exec(String(token.attrGet("style") ?? ""))?.[1];
      token.attrs = null;
      if (alignment !== undefined) token.attrJoin("class", alignment);
      if (text.length > LONG_TEXT) token.attrJoin("class", "long");
      if (token.type === "th_open" && state.tokens[index + 1]!.content === "") {
        token.tag = "td";
        state.tokens[index + 2]!.tag = "td";
      }
    }
  });
}
