import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { type Html, trustedHtml } from "./html.ts";

const css = minify(readFileSync(new URL("./page.css", import.meta.url), "utf8"));

/** The one style sheet of every page, inline: first paint needs no second request. */
export const STYLE: Html = trustedHtml(`<style>${css}</style>`);

/**
 * For every HTML page of this room. No script runs at all: the JSON-LD block is data, which CSP does not judge (HTML,
 * "prepare the script element", steps on the type come before the check).
 */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash("sha256").update(css).digest("base64")}'`,
  "img-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join("; ");

/** Comments, indentation and the spaces around punctuation go; enough for 2 KB on the wire, and hard to get wrong. */
function minify(source: string): string {
  return source
    .replace(/\/\*.*?\*\//gs, "")
    .replace(/\s+/g, " ")
    .replace(/ ?([{};,]) ?/g, "$1")
    .replace(/: /g, ":")
    .replace(/;}/g, "}")
    .trim();
}
