import type { MarkdownIt } from "markdown-it";
import { WORDS } from "../words.ts";

const MARK = /^\[!(note|tip|important|warning|caution)\][ \t]*([^\n]*)(?:\n|$)/i;

/** `> [!NOTE] Title` as GitHub, mdBook and Obsidian have it: a blockquote becomes a note with a title, its own or the kind's name. */
export function callouts(md: MarkdownIt): void {
  // Before the inline rules run, so that the title is inline Markdown like any other.
  md.core.ruler.before("inline", "callouts", (state) => {
    const tokens = state.tokens;
    for (let index = 0; index < tokens.length; index++) {
      const quote = tokens[index]!;
      const inline = tokens[index + 2];
      if (quote.type !== "blockquote_open" || tokens[index + 1]?.type !== "paragraph_open" || inline === undefined) continue;
      const match = MARK.exec(inline.content);
      if (match === null) continue;
      const kind = match[1]!.toLowerCase() as keyof typeof WORDS.callouts;

      quote.tag = "div";
      quote.attrSet("class", `callout ${kind}`);
      quote.attrSet("role", "note");
      const close = tokens.findIndex((token, at) => at > index && token.type === "blockquote_close" && token.level === quote.level);
      tokens[close]!.tag = "div";

      const open = new state.Token("paragraph_open", "p", 1);
      open.attrSet("class", "callout-title");
      const title = new state.Token("inline", "", 0);
      title.content = match[2]!.trim() === "" ? WORDS.callouts[kind] : match[2]!;
      title.children = [];
      const parts = [open, title, new state.Token("paragraph_close", "p", -1)];
      for (const [at, part] of parts.entries()) {
        part.block = true;
        part.level = quote.level + (at === 1 ? 2 : 1);
      }
      inline.content = inline.content.slice(match[0].length);
      tokens.splice(index + 1, inline.content === "" ? 3 : 0, ...parts);
    }
  });
}
