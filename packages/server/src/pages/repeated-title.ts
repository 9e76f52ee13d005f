import type { Heading, RenderedContent } from "./types.ts";

/**
 * Many books open a page with its title as `##` (the Rust book does). The layout shows the title, so a leading heading
 * that says the same goes; when all others lay below it, they move up by one, or the page would jump from H1 to H3.
 */
export function withoutRepeatedTitle(content: RenderedContent, title: string): Pick<RenderedContent, "html" | "headings"> {
  const [first, ...others] = content.headings;
  const leading = /^\s*<h2 id="[^"]*">.*?<\/h2>\n?/s.exec(content.html);
  if (first === undefined || leading === null || letters(first.text) !== letters(title)) return content;
  const html = content.html.slice(leading[0].length);
  if (html.includes("<h2 id=")) return { html, headings: others };
  return {
    html: html.replace(/<(\/?)h([3-6])\b/g, (_tag, slash: string, level: string) => `<${slash}h${Number(level) - 1}`),
    headings: others.map((heading): Heading => ({ ...heading, level: heading.level - 1 })),
  };
}

/** What is left when case, spaces and punctuation do not count. */
function letters(text: string): string {
  return text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}]/gu, "");
}
