/** A JSON Pointer (RFC 6901); "" is the whole document. */
export function formatJsonPointer(path: readonly (string | number)[]): string {
  return path.map((step) => `/${String(step).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}
