/** `01-intro`, `1. Intro`, `2) Setup`, `03_install`: digits that only order. Not `3d-print`, `2024-01-02-news`, `1.2-notes`. */
const NUMBERED = /^(\d{1,3})(?:\s*[-_.)]+\s*|\s+)(?=\D)(.+)$/s;
/** `ch02-01-scalars`, `ch02_intro`: as many books name their chapters. */
const CHAPTER = /^ch(\d{1,3}(?:[-_.]\d{1,3})*)[-_. ]+(?=\D)(.+)$/is;

export interface OrderedName {
  /** What the number says of the order, most significant first; empty without a number. */
  readonly order: readonly number[];
  /** The name without the number. */
  readonly name: string;
}

/** Parts a file's or folder's name (without extension) into its place among its siblings and what it is called. */
export function readOrderedName(name: string): OrderedName {
  const chapter = CHAPTER.exec(name);
  if (chapter !== null) return { order: chapter[1]!.split(/[-_.]/).map(Number), name: chapter[2]! };
  const numbered = NUMBERED.exec(name);
  return numbered === null ? { order: [], name } : { order: [Number(numbered[1])], name: numbered[2]! };
}

/** A title for a page that has none but its file's name: `getting-started` -> `Getting started`. */
export function titleFromName(name: string): string {
  const words =
    readOrderedName(name)
      .name.replace(/[-_\s]+/g, " ")
      .trim() || name;
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}
