import type { NodeId } from "../../trips/types.ts";

/** What a link or image address in a body may be. Everything else (`javascript:`, `data:`, `//host`, ...) is null and never reaches a page. */
export type LinkTarget =
  | { readonly kind: "node"; readonly id: NodeId; readonly href: string }
  | { readonly kind: "asset"; readonly href: string; readonly width: string | null; readonly height: string | null }
  | { readonly kind: "external"; readonly href: string }
  | { readonly kind: "local"; readonly href: string };

const NODE = /^node:([0-9a-hjkmnp-tv-z]{12})(#.*)?$/;
const ASSET = /^asset:([A-Za-z0-9_-]{27}\/[^/?#]+)(?:\?([^#]*))?(#.*)?$/;
const EXTERNAL = /^(?:https?:\/\/[^/]|mailto:.)/i;
/** No scheme: no colon before the first `/`, `?` or `#`; and not `//host`. */
const LOCAL = /^(?!\/\/)[^:/?#]*(?:[/?#]|$)/;

/**
 * Judges one address, after entities were decoded. Control characters and backslashes are refused outright, because
 * browsers drop the former and read the latter as slashes (WHATWG URL, basic parser).
 */
export function parseLinkTarget(address: string): LinkTarget | null {
  const href = address.trim();
  if (href === "" || /[\u0000-\u001f\u007f\\]/.test(href)) return null;
  const node = NODE.exec(href);
  if (node !== null) return { kind: "node", id: node[1]!, href };
  const asset = ASSET.exec(href);
  if (asset !== null) {
    const query = new URLSearchParams(asset[2]);
    return { kind: "asset", href: `/assets/${asset[1]}${asset[3] ?? ""}`, width: pixels(query.get("w")), height: pixels(query.get("h")) };
  }
  if (EXTERNAL.test(href)) return { kind: "external", href };
  return LOCAL.test(href) ? { kind: "local", href } : null;
}

/** A size in CSS pixels as it stands in a body, or null where it is no plain number. */
export function pixels(text: string | null | undefined): string | null {
  return text !== null && text !== undefined && /^[1-9]\d{0,4}$/.test(text) ? text : null;
}
