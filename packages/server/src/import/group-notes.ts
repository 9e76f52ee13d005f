import type { ImportNote } from "../trips/types.ts";

/** What notes of one kind have in common, for readers; the kinds in the order in which they matter to authors. */
const HEADLINES = {
  "missing-file": "Chapters without a file: each is an unpublished, empty page",
  "missing-include": "Missing includes: readers see a placeholder",
  "missing-image": "Missing images",
  "asset-refused": "Files that cannot come along",
  truncated: "Too long, and cut",
  "unresolved-link": "Links that lead to nothing here: left as they are",
  collision: "Two things in one place",
  "redirect-ignored": "Former addresses that cannot be kept",
  "unknown-directive": "Unknown directives: left as they are",
  "preprocessor-ignored": "Preprocessors that were not run",
  "part-title": "Part titles: left out, since parts are no pages",
  "front-matter-ignored": "Front matter that was ignored",
  encoding: "Files that are not UTF-8",
  "left-out": "Files left out",
  "title-source": "Titles",
} as const satisfies Record<ImportNote["kind"], string>;

/** The notes of one kind. */
export interface NoteGroup {
  readonly kind: ImportNote["kind"];
  readonly headline: string;
  readonly notes: readonly ImportNote[];
}

/** The notes of an import by kind, what matters most first. A book may have a thousand notes of three kinds. */
export function groupNotes(notes: readonly ImportNote[]): NoteGroup[] {
  const byKind = Map.groupBy(notes, ({ kind }) => kind);
  const kinds = Object.keys(HEADLINES) as ImportNote["kind"][];
  return kinds.flatMap((kind) => {
    const own = byKind.get(kind);
    return own === undefined ? [] : [{ kind, headline: HEADLINES[kind], notes: own }];
  });
}
