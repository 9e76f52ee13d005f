/** Where an address in a page leads. */
export type AddressTarget =
  /** Another host, another scheme, a place in the same page, or nowhere: left as it is. */
  | { readonly kind: "elsewhere" }
  /** A path below the source's root; `isFolder` when it ended in a slash. */
  | { readonly kind: "path"; readonly path: string; readonly isFolder: boolean; readonly fragment: string }
  /** A path that leaves the source. */
  | { readonly kind: "outside" };

const SCHEME = /^[A-Za-z][A-Za-z0-9+.-]*:/;

/**
 * @param folder of the page, "" for the root; relative addresses start there
 * @param root what an address that starts with `/` means
 */
export function resolveAddress(address: string, folder: string, root: string): AddressTarget {
  const trimmed = address.trim();
  if (trimmed === "" || trimmed.startsWith("#") || trimmed.startsWith("?") || trimmed.startsWith("//") || SCHEME.test(trimmed)) {
    return { kind: "elsewhere" };
  }
  const hash = trimmed.indexOf("#");
  const fragment = hash === -1 ? "" : trimmed.slice(hash);
  const pathname = decode((hash === -1 ? trimmed : trimmed.slice(0, hash)).replace(/\?.*$/s, ""));
  const path = joinPath(pathname.startsWith("/") ? root : folder, pathname);
  return path === undefined ? { kind: "outside" } : { kind: "path", path, isFolder: /(?:^|\/)\.{0,2}$/.test(pathname), fragment };
}

/** `folder` + `/` + `relative` without `.` and `..`; undefined when that leaves the root. */
export function joinPath(folder: string, relative: string): string | undefined {
  const segments: string[] = [];
  for (const segment of `${folder}/${relative}`.split("/")) {
    if (segment === "" || segment === ".") continue;
    if (segment !== "..") segments.push(segment);
    else if (segments.pop() === undefined) return undefined;
  }
  return segments.join("/");
}

/** The folder of a path, "" at the root. */
export function folderOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf("/"), 0));
}

function decode(pathname: string): string {
  try {
    return decodeURIComponent(pathname).normalize("NFC");
  } catch {
    return pathname;
  }
}
