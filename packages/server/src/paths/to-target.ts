/** A path or URL as a browser would ask for it: `my-book/Über uns`, `/my-book`, `https://cards.example.org/my-book#part`. */
export function toTarget(address: string): string {
  const path = withoutOrigin(address.trim()).replace(/#.*$/, "");
  return (path.startsWith("/") ? path : `/${path}`).replace(/[^\u0021-\u007E]+/gu, encodeURIComponent);
}

/** A URL's path, query and fragment; anything else as it is. */
export function withoutOrigin(address: string): string {
  return address.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, "");
}
