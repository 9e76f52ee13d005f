import hljs from "highlight.js/lib/common";
import type { MarkdownIt } from "markdown-it";

/** Characters. Longer code is shown plain: some grammars of highlight.js take quadratic time on hostile text. */
const HIGHLIGHT_LIMIT = 20_000;

/** Fenced and indented code: highlighted by class (no inline style), scrollable by keyboard. */
export function code(md: MarkdownIt): void {
  const { escapeHtml } = md.utils;
  md.renderer.rules.code_block = (tokens, index) => `<pre tabindex="0"><code>${escapeHtml(tokens[index]!.content)}</code></pre>\n`;
  md.renderer.rules.fence = (tokens, index) => {
    const token = tokens[index]!;
    const language = languageOf(token.info);
    const text = language === "rust" ? withoutHiddenLines(token.content) : token.content;
    if (language === null) return `<pre tabindex="0"><code>${escapeHtml(text)}</code></pre>\n`;
    const known = hljs.getLanguage(language) !== undefined && text.length <= HIGHLIGHT_LIMIT;
    const marked = known ? hljs.highlight(text, { language, ignoreIllegals: true }).value : escapeHtml(text);
    return `<pre tabindex="0"><code class="language-${escapeHtml(language)}">${marked}</code></pre>\n`;
  };
}

/** First word of an info string: `rust,ignore`, `rust, editable`, `js {1,3}` and `{.python}` name rust, js and python. */
function languageOf(info: string): string | null {
  return /^[\s{.]*([\w+#.-]+)/.exec(info)?.[1]?.toLowerCase() ?? null;
}

/**
 * Lines that rustdoc and mdBook compile but do not show: `#` alone or followed by a space. `##` stands for a shown `#`.
 * Attributes (`#[...]`, `#![...]`) are ordinary code.
 */
function withoutHiddenLines(text: string): string {
  return text
    .split("\n")
    .filter((line) => !/^\s*#(?: |$)/.test(line))
    .map((line) => line.replace(/^(\s*)##/, "$1#"))
    .join("\n");
}
