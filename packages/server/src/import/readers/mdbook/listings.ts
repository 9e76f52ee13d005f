import MarkdownIt from "markdown-it";
import { Fences } from "./fences.ts";

const OPEN = /^([ \t>]*)<Listing((?:\s+[a-z-]+=(?:"[^"]*"|'[^']*'))*)\s*>\s*$/;
const CLOSE = /^([ \t>]*)<\/Listing>\s*$/;
const ATTRIBUTE = /([a-z-]+)=(?:"([^"]*)"|'([^']*)')/g;

const markdown = new MarkdownIt();

/**
 * Does what the preprocessor `trpl-listing` of *The Rust Programming Language* does: `<Listing number file-name caption>`
 * around code becomes a figure with the file's name above and the caption below. The text refers to listings by number, so
 * readers need them.
 */
export function expandListings(text: string): string {
  if (!text.includes("<Listing")) return text;
  const fences = new Fences(text);
  const captions: string[] = [];
  let position = 0;
  const lines = text.split("\n").map((line) => {
    const isCode = fences.infoAt(position) !== undefined;
    position += line.length + 1;
    if (isCode) return line;
    const [, indent = "", attributes] = OPEN.exec(line) ?? [];
    if (attributes !== undefined) {
      const listing = parseListing(attributes);
      captions.push(listing.caption);
      return indent + listing.opening;
    }
    const close = CLOSE.exec(line);
    return close === null ? line : `${close[1]}${captions.pop() ?? ""}</figure>`;
  });
  return lines.join("\n");
}

function parseListing(attributes: string): { opening: string; caption: string } {
  const values = new Map([...attributes.matchAll(ATTRIBUTE)].map((match) => [match[1]!, match[2] ?? match[3] ?? ""]));
  const [number, file, caption] = [values.get("number"), values.get("file-name"), values.get("caption")];
  const parts = [number === undefined ? "" : `Listing ${number}`, caption ?? ""].filter((part) => part !== "");
  return {
    opening:
      (number === undefined ? "<figure>" : `<figure id="listing-${markdown.utils.escapeHtml(number)}">`) +
      (file === undefined ? "" : `<span class="filename">Filename: ${markdown.utils.escapeHtml(file)}</span>`),
    caption: parts.length === 0 ? "" : `<figcaption>${markdown.renderInline(parts.join(": "))}</figcaption>`,
  };
}
