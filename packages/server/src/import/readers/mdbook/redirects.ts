import type { ImportNote } from "../../../trips/types.ts";
import { type PageIndex, placeOf } from "../../links/page-index.ts";
import { folderOf, resolveAddress } from "../../links/resolve-address.ts";
import type { AliasWish } from "../../place-book.ts";
import { segmentsOf } from "../../settle-aliases.ts";

/**
 * `[output.html.redirect]`: old addresses of pages become former places of those pages. Chains are followed to their end.
 * Fragments cannot be kept, since browsers do not send them; neither can redirects to other sites.
 *
 * @param src the folder of the chapters: addresses of the book are relative to it
 */
export function readRedirects(
  redirects: readonly (readonly [string, string])[],
  src: string,
  pages: PageIndex,
  note: (note: ImportNote) => void,
): AliasWish[] {
  const targets = new Map(redirects.map(([from, to]) => [placeOf(trimSlashes(from)), to]));
  const wishes: AliasWish[] = [];
  for (const [from, to] of redirects) {
    const ignore = (reason: string) =>
      note({ kind: "redirect-ignored", file: "book.toml", message: `The redirect from "${from}" to "${to}" ${reason}.` });
    if (from.includes("#")) {
      ignore("starts at a place within a page, which servers never hear of");
      continue;
    }
    const key = follow(from, to);
    if (key === undefined) ignore("leads to no page of the book");
    else wishes.push({ key, segments: segmentsOf(from) });
  }
  return wishes;

  function follow(from: string, to: string): string | undefined {
    const seen = new Set<string>();
    for (let [source, address] = [trimSlashes(from), to]; !seen.has(source); ) {
      seen.add(source);
      const target = resolveAddress(address, joined(src, folderOf(source)), src);
      if (target.kind !== "path") return undefined;
      const page = pages.find(target.path);
      if (page !== undefined) return page;
      const inBook = src === "" ? target.path : target.path.slice(src.length + 1);
      const next = targets.get(placeOf(inBook));
      if (next === undefined) return undefined;
      [source, address] = [inBook, next];
    }
    return undefined;
  }
}

function trimSlashes(path: string): string {
  return path.replace(/^\/+/, "").replace(/\/+$/, "");
}

function joined(folder: string, path: string): string {
  return folder === "" || path === "" ? folder + path : `${folder}/${path}`;
}
