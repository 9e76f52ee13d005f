/** Lower-case names. */
export type Headers = Readonly<Record<string, string>>;

/** Holds for every answer: a browser must not guess another type than we say. */
const EVERYWHERE = { "x-content-type-options": "nosniff" } as const;

/**
 * For pages.
 * @param contentSecurityPolicy the page's own, for it depends on what stands in it.
 */
export function htmlHeaders(contentSecurityPolicy: string): Headers {
  return {
    ...EVERYWHERE,
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": contentSecurityPolicy,
    // Other sites do not learn which page a reader came from: an unlisted page's address is all that guards it.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
  };
}

/**
 * For JSON, also where a browser shows it as a document of its own.
 * @param mediaType default `application/json`; JSON is UTF-8 by definition (RFC 8259 §8.1), so there is no charset.
 */
export function jsonHeaders(mediaType = "application/json"): Headers {
  return {
    ...EVERYWHERE,
    "content-type": mediaType,
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
  };
}

/** Shown in place. An SVG is among them because its policy leaves it no scripts; HTML and XML never are. */
const INLINE_TYPES: ReadonlySet<string> = new Set(["image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "image/svg+xml"]);

/** Opened as a document, an upload runs no script, loads nothing, and has an origin of its own. */
const ASSET_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; frame-ancestors 'none'; sandbox";

/**
 * For what authors upload, and for QR images. Images are shown in place, everything else is offered as a download.
 * @param asset.mediaType without parameters, as it was recognised at upload.
 * @param asset.name the file name to save it under; undefined leaves that to the address.
 */
export function assetHeaders(asset: { readonly mediaType: string; readonly name?: string | undefined }): Headers {
  const disposition = INLINE_TYPES.has(asset.mediaType) ? "inline" : "attachment";
  return {
    ...EVERYWHERE,
    "content-type": asset.mediaType,
    "content-security-policy": ASSET_POLICY,
    "referrer-policy": "no-referrer",
    "content-disposition": asset.name === undefined ? disposition : `${disposition}; ${formatFilename(asset.name)}`,
  };
}

/** RFC 6266: a plain `filename` for old clients and, where that loses something, the exact one as `filename*` (RFC 8187). */
function formatFilename(name: string): string {
  const safe = name.toWellFormed().replace(/[\u0000-\u001F\u007F-\u009F/\\]/g, "_");
  // A percent sign is left out because some clients decode it.
  const plain = safe.replace(/[^ -~]|["%]/gu, "_");
  if (plain === safe) return `filename="${plain}"`;
  return `filename="${plain}"; filename*=UTF-8''${encodeURIComponent(safe).replace(/['()*]/g, escapeByte)}`;
}

function escapeByte(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}
