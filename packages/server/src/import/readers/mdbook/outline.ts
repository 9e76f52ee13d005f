import type { ImportNote } from "../../../trips/types.ts";
import { isFolderPage } from "../../links/page-index.ts";
import { folderOf, joinPath } from "../../links/resolve-address.ts";
import type { Summary, SummaryEntry } from "./summary.ts";

/** A chapter with its place in the book. */
export interface Chapter {
  /** Its file relative to the folder of `SUMMARY.md`; for a draft, made from its title. */
  readonly key: string;
  /** Null for the book's front page alone. */
  readonly parentKey: string | null;
  readonly title: string;
  /** In the source; undefined for a draft. */
  readonly file: string | undefined;
  /** Of `SUMMARY.md`. */
  readonly line: number;
  readonly hasChildren: boolean;
}

export interface Outline {
  /** The trip's own page: `index.md` or `README.md` beside `SUMMARY.md` if the summary lists it, else one without a file. */
  readonly root: Chapter;
  /** The others in reading order, parents first. */
  readonly chapters: readonly Chapter[];
}

export interface OutlineSite {
  /** Of the book. */
  readonly title: string;
  /** The folder of `SUMMARY.md`. */
  readonly src: string;
  readonly summaryFile: string;
  readonly files: ReadonlySet<string>;
  /** A key that the page of a file has already. */
  readonly keyOf: (file: string) => string | undefined;
  readonly note: (note: ImportNote) => void;
}

/**
 * Gives each entry of the summary a key and a parent. A file is one page, so an entry that names one again is left out, and
 * its sub-chapters go to the first; so do those of an entry that leads to another site, to its parent.
 */
export function outlineOf(summary: Summary, { title, src, summaryFile, files, keyOf, note }: OutlineSite): Outline {
  const chapters: Chapter[] = [];
  const keys = new Map<string, string>();
  const taken = new Set<string>();
  let rootFile: string | undefined;
  addAll(summary.entries, "");
  return { root: { key: "", parentKey: null, title, file: rootFile, line: 1, hasChildren: true }, chapters };

  function addAll(entries: readonly SummaryEntry[], parentKey: string): void {
    for (const entry of entries) addAll(entry.children, add(entry, parentKey));
  }

  /** Returns the key for the entry's children. */
  function add(entry: SummaryEntry, parentKey: string): string {
    const { location, line } = entry;
    const hasChildren = entry.children.length > 0;
    const complain = (kind: ImportNote["kind"], message: string) => note({ kind, file: summaryFile, line, message });
    if (location === "") {
      const key = freeKey(`SUMMARY.md#${entry.title}`);
      chapters.push({ key, parentKey, title: entry.title, file: undefined, line, hasChildren });
      return key;
    }
    const file = fileOf(location, src, files);
    if (file === undefined) {
      complain("unresolved-link", `The entry "${entry.title}" leads out of the book ("${location}"); it was left out.`);
      return parentKey;
    }
    const known = keys.get(file);
    if (known !== undefined) {
      complain("collision", `"${location}" is listed twice; the entry "${entry.title}" was left out.`);
      return known;
    }
    if (rootFile === undefined && parentKey === "" && isFolderPage(file) && folderOf(file) === src) {
      rootFile = file;
      keys.set(file, "");
      return "";
    }
    const key = freeKey(keyOf(file) ?? relativeTo(src, file));
    keys.set(file, key);
    chapters.push({ key, parentKey, title: entry.title, file, line, hasChildren });
    return key;
  }

  function freeKey(wanted: string): string {
    let key = wanted;
    for (let number = 2; taken.has(key); number += 1) key = `${wanted}-${number}`;
    taken.add(key);
    return key;
  }
}

/** The file that an entry names: as it is written if that exists, else percent-decoded. Undefined outside of the source. */
function fileOf(location: string, src: string, files: ReadonlySet<string>): string | undefined {
  if (/^[A-Za-z][A-Za-z0-9+.-]*:|^\/\//.test(location)) return undefined;
  const exact = joinPath(src, location);
  if (exact === undefined || files.has(exact)) return exact;
  try {
    return joinPath(src, decodeURIComponent(location));
  } catch {
    return exact;
  }
}

function relativeTo(src: string, file: string): string {
  if (src === "") return file;
  return file.startsWith(`${src}/`) ? file.slice(src.length + 1) : "../".repeat(src.split("/").length) + file;
}
