import type { MarkdownIt } from "markdown-it";
import { WORDS } from "../words.ts";

const BOX = /^\[([ xX])\][ \t]/;

/** `- [ ]` and `- [x]`: a drawn box with a spoken name. No form control, so pages hold none. */
export function taskLists(md: MarkdownIt): void {
  md.core.ruler.push("task_lists", (state) => {
    for (const [index, token] of state.tokens.entries()) {
      const item = state.tokens[index - 2];
      const first = token.children?.[0];
      if (token.type !== "inline" || item?.type !== "list_item_open" || first?.type !== "text") continue;
      const match = BOX.exec(first.content);
      if (match === null) continue;
      item.attrJoin("class", "task");
      first.content = first.content.slice(match[0].length);
      const box = new state.Token("task_box", "span", 0);
      box.meta = { checked: match[1] !== " " };
      token.children!.unshift(box);
    }
  });
  md.renderer.rules.task_box = (tokens, index) =>
    tokens[index]!.meta!.checked === true
      ? `<span class="box checked" role="img" aria-label="${WORDS.done}"></span>`
      : `<span class="box" role="img" aria-label="${WORDS.toDo}"></span>`;
}
