import type { ImportNote, PlannedNode } from "../trips/types.ts";
import { type AliasWish, PlaceBook } from "./place-book.ts";

export interface AliasSource {
  readonly wishes: readonly AliasWish[];
  /** Where the author wrote them, for notes; undefined for addresses that nobody asked for, which go without a word. */
  readonly file: ((wish: AliasWish) => string) | undefined;
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
