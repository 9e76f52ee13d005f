import MarkdownIt, { type Token } from "markdown-it";
import { callouts } from "./markdown/callouts.ts";
import { code } from "./markdown/code.ts";
import { footnotes } from "./markdown/footnotes.ts";
import { headings } from "./markdown/headings.ts";
import { parseLinkTarget } from "./markdown/link-target.ts";
import { EXCERPT_LENGTH, plainText, shorten } from "./markdown/plain-text.ts";
import { filterRawHtml } from "./markdown/raw-html.ts";
import { sanitise } from "./markdown/sanitise.ts";
import { tables } from "./markdown/tables.ts";
import { taskLists } from "./markdown/task-lists.ts";
import type { Heading, RenderedContent } from "./types.ts";

const md = createMarkdown();

/**
 * Markdown (CommonMark, GitHub's tables, task lists, strikethrough, footnotes and alerts, and the raw HTML that books
 * use) as safe HTML. Three lines of defence: raw HTML is filtered tag by tag (`filterRawHtml`), the whole output is
 * written anew from an allow-list (`sanitise`), and the pages' Content-Security-Policy allows no script at all.
 *
 * Synchronous, and as slow as a hostile source makes it: serve readers through `createRenderPool`.
 */
export function renderMarkdown(source: string): RenderedContent {
  const env: { headings?: readonly Heading[] } = {};
  const tokens = md.parse(source, env);
  const excerpt = shorten(firstParagraph(tokens), EXCERPT_LENGTH);
  const { html, links, image } = sanitise(md.renderer.render(tokens, md.options, env));
  return { html, headings: env.headings ?? [], excerpt, links, image };
}

function createMarkdown() {
  const markdown = new MarkdownIt({ html: true, linkify: true });
  // Only what says it is an address becomes a link by itself: file names like main.rs and io.md are no domains.
  markdown.linkify.set({ fuzzyLink: false, fuzzyEmail: false, fuzzyIP: false }).add("ftp:", null).add("//", null);
  markdown.validateLink = (address) => parseLinkTarget(address) !== null;
  const { rules } = markdown.renderer;
  rules.html_block = (tokens, index) => filterRawHtml(tokens[index]!.content);
  rules.html_inline = (tokens, index) => filterRawHtml(tokens[index]!.content);
  return markdown.use(callouts).use(footnotes).use(headings).use(taskLists).use(tables).use(code);
}

function firstParagraph(tokens: readonly Token[]): string {
  for (const [index, token] of tokens.entries()) {
    if (token.type !== "paragraph_open" || token.level !== 0) continue;
    const text = plainText(tokens[index + 1]?.children ?? []);
    if (text !== "") return text;
  }
  return "";
}
