import { slugify } from "../paths/slugify.ts";
import type { ImportNote, PlannedNode } from "../trips/types.ts";
import { placeOf } from "./links/page-index.ts";
import { resolveAddress } from "./links/resolve-address.ts";
import { type AliasWish, PlaceBook } from "./place-book.ts";

export interface AliasSource {
  readonly wishes: readonly AliasWish[];
  /** Where the author wrote them, for notes; undefined for addresses that nobody asked for, which go without a word. */
  readonly file: ((wish: AliasWish) => string) | undefined;
}

/**
 * The segments of an address that a page says it had: below the trip when it starts with a slash, else beside the page, as
 * Hugo has it.
 *
 * @param folder of the page's siblings
 * @returns empty for what is no address below the trip
 */
export function aliasSegments(alias: string, folder: string): readonly string[] {
  const target = resolveAddress(alias, folder, "");
  return target.kind === "path" ? segmentsOf(target.path) : [];
}

/** The segments of a file or generated page, as slugs: `/hello/print_debug.html` -> `hello`, `print-debug`. */
export function segmentsOf(path: string): string[] {
  const place = placeOf(path.replace(/^\/+/, "").replace(/\/+$/, ""));
  return place === "" ? [] : place.split("/").map(slugify);
}

/** Gives the nodes their former places, from the source that counts most to the one that counts least. */
export function settleAliases(
  nodes: readonly PlannedNode[],
  sources: readonly AliasSource[],
  note: (note: ImportNote) => void,
): PlannedNode[] {
  const places = new PlaceBook(nodes);
  const aliases = new Map<string, (readonly string[])[]>();
  for (const { wishes, file } of sources) {
    for (const wish of wishes) {
      const verdict = places.take(wish);
      if (verdict === "taken") aliases.set(wish.key, [...(aliases.get(wish.key) ?? []), wish.segments]);
      else if (verdict !== "own place" && file !== undefined) {
        note({
          kind: "redirect-ignored",
          file: file(wish),
          message: `The old address "/${wish.segments.join("/")}" was left out: ${verdict}.`,
        });
      }
    }
  }
  return nodes.map((node) => ({ ...node, aliases: aliases.get(node.key) ?? [] }));
}
