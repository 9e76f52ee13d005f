import type { NodeId } from "../trips/types.ts";
import { escapeHtml } from "./html.ts";
import { WORDS } from "./words.ts";

// Sanitised HTML holds no `<` but those of its tags, and writes a link's address first: nothing else can look like this.
const SLOT = /<a href="node:([0-9a-hjkmnp-tv-z]{12})(#[^"]*)?"/g;

/**
 * Fills the slots of rendered content with today's addresses. A link to a node that is gone or hidden keeps its text, as
 * an anchor without address (HTML: "a placeholder for where a link might otherwise have been placed").
 */
export function fillSlots(content: string, hrefOf: (id: NodeId) => string | null): string {
  return content.replace(SLOT, (_slot, id: NodeId, fragment: string | undefined) => {
    const href = hrefOf(id);
    return href === null ? `<a class="dead" title="${escapeHtml(WORDS.deadLink)}"` : `<a href="${escapeHtml(href)}${fragment ?? ""}"`;
  });
}
