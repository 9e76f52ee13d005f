import type { MarkdownIt } from "markdown-it";
import { WORDS } from "../words.ts";

/** Tables scroll in a frame of their own, align by class, and a header cell without text is no header. */
export function tables(md: MarkdownIt): void {
  md.renderer.rules.table_open = () => `<div class="scroll" role="group" tabindex="0" aria-label="${WORDS.table}"><table>\n`;
  md.renderer.rules.table_close = () => "</table></div>\n";
  md.core.ruler.push("tables", (state) => {
    for (const [index, token] of state.tokens.entries()) {
      if (token.type !== "th_open" && token.type !== "td_open") continue;
      const alignment = /^text-align:(center|right)$/.exec(String(token.attrGet("style") ?? ""))?.[1];
      token.attrs = alignment === undefined ? null : [["class", alignment]];
      if (token.type === "th_open" && state.tokens[index + 1]?.content === "") {
        token.tag = "td";
        state.tokens[index + 2]!.tag = "td";
      }
    }
  });
}
