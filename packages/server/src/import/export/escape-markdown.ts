/** One line of text as Markdown that shows exactly that text (CommonMark 0.31, 2.4: any ASCII punctuation may be escaped). */
export function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_[\]<>&!#~|^{}$@:]/g, "\\$&").replace(/\s/g, " ");
}
