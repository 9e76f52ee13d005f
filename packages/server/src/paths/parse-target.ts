import { foldName } from "./slugify.ts";

/** The views that every node has, by the ending of its address. */
export const VIEWS = [".qr.svg", ".qr.png", ".json", ".md"] as const;
export type View = (typeof VIEWS)[number] | "";

/** Targets beyond this are refused with 414. */
export const TARGET_LIMIT_BYTES = 8 * 1024;
/** An edit that would give a page a longer address (percent-encoded) is refused: it leaves room for a query. */
export const PATH_LIMIT_BYTES = 6 * 1024;

export type ParsedTarget =
  | {
      readonly kind: "path";
      /** Folded and decoded; empty for `/`. */
      readonly segments: readonly string[];
      readonly view: View;
      /** With its `?`, or "". */
      readonly query: string;
      /** Whether the target was spelt as `formatPath` spells it. */
      readonly canonical: boolean;
    }
  /** Well-formed, but no slug can hold what it holds: nothing was ever there. `segments` are for the 404 page. */
  | { readonly kind: "impossible"; readonly segments: readonly string[] }
  | { readonly kind: "refused"; readonly status: 400 | 414; readonly reason: string };

const PLAIN_TARGET = /^(?:\/[a-z0-9-]+)+(?:\.qr\.svg|\.qr\.png|\.json|\.md)?$/;
const CONTROL = /[\u0000-\u001F\u007F-\u009F]/;
const IN_A_SLUG = /^[\p{L}\p{M}\p{N}-]+$/u;

/**
 * Reads a raw request target, by hand: a URL parser would take `//evil` for a host and resolve dots before anyone looked.
 * Each segment is decoded exactly once.
 */
export function parseTarget(target: string): ParsedTarget {
  if (target.length > TARGET_LIMIT_BYTES) return { kind: "refused", status: 414, reason: "The address is longer than 8 KiB." };
  const question = target.indexOf("?");
  const path = question === -1 ? target : target.slice(0, question);
  const query = question === -1 ? "" : target.slice(question);
  if (!path.startsWith("/")) return refuse("The address does not start with a slash.");
  if (path.includes("#")) return refuse("The address holds a raw '#'.");
  if (path.includes("\\")) return refuse("The address holds a backslash.");

  if (PLAIN_TARGET.test(path)) return plain(path, query);
  const segments: string[] = [];
  for (const raw of path.split("/")) {
    if (raw === "") continue;
    const segment = decodeSegment(raw);
    if (segment === undefined) return refuse("The address is not well-formed percent-encoded UTF-8.");
    if (CONTROL.test(segment)) return refuse("The address holds a control character.");
    if (/[/\\]/.test(segment)) return refuse("The address holds an encoded slash or backslash.");
    segments.push(foldName(segment));
  }
  const view = splitView(segments);
  if (!segments.every((segment) => IN_A_SLUG.test(segment))) return { kind: "impossible", segments };
  return { kind: "path", segments, view, query, canonical: formatPath(segments, view) === path };
}

/** What nearly every request is: lower-case ASCII, spelt right. */
function plain(path: string, query: string): ParsedTarget {
  const segments = path.slice(1).split("/");
  const view = splitView(segments);
  return { kind: "path", segments, view, query, canonical: true };
}

/** The address of a node, percent-encoded: the one canonical spelling. `/` for no segments. */
export function formatPath(segments: readonly string[], view: View = ""): string {
  return segments.length === 0 ? "/" : `/${segments.map(encodeURIComponent).join("/")}${view}`;
}

function refuse(reason: string): ParsedTarget {
  return { kind: "refused", status: 400, reason };
}

function decodeSegment(raw: string): string | undefined {
  try {
    // Refuses bad escapes and bytes that are not UTF-8, and accepts no overlong forms.
    return decodeURIComponent(raw);
  } catch {
    return undefined;
  }
}

/** Takes the view's ending off the last segment, in place. */
function splitView(segments: string[]): View {
  const last = segments.at(-1);
  if (last === undefined || !last.includes(".")) return "";
  for (const view of VIEWS) {
    if (last.endsWith(view) && last.length > view.length) {
      segments[segments.length - 1] = last.slice(0, -view.length);
      return view;
    }
  }
  return "";
}
