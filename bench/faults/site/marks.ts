import type { Shown } from "../history/records.ts";

/**
 * Titles and texts carry marks: `(atlas3 t17)` is the title that edit 17 gave to page `atlas3`, `(atlas3 x18)` the text of edit
 * 18. So whatever a page shows of itself and of others, it says which edit each of it comes from.
 */
export function markTitle(page: string, edit: number): string {
  return `Page of many names (${page} t${edit})`;
}

export function markText(page: string, edit: number): string {
  return `What is written here was written once (${page} x${edit}).`;
}

const MARK = /\(([a-z]+\d+) ([tx]\d+)\)/g;
const HEADLINE = /<h1>[^<]*\(([a-z]+\d+) t\d+\)/;
const CHILDREN = /<nav class="contents" aria-labelledby="-contents">.*?<\/nav>/s;

/** What an answer shows. @param location of a redirect; @param html of a page, else empty */
export function readMarks(path: string, status: number, location: string | undefined, html: string): Shown[] {
  const shows: Shown[] = [];
  const page = HEADLINE.exec(html)?.[1];
  const register = path.startsWith("/c/") ? `card:${path.slice(3)}` : `at:${path}`;
  if (status === 404) shows.push([register, "none"]);
  else if (status === 410) shows.push([register, "gone"]);
  else if (location !== undefined) shows.push([register, `to:${location}`]);
  else if (page !== undefined) shows.push([register, page]);

  const seen = new Set<string>();
  for (const [, name, mark] of html.matchAll(MARK)) {
    const value = `${mark!.startsWith("t") ? "title" : "text"}:${name} ${mark}`;
    if (seen.has(value)) continue;
    seen.add(value);
    shows.push(value.split(" ") as [string, string]);
  }
  if (status === 200 && page !== undefined) {
    const children = [...(CHILDREN.exec(html)?.[0] ?? "").matchAll(MARK)].map(([, name]) => name!);
    shows.push([`children:${page}`, listOf(children)]);
  }
  return shows;
}

/** Which pages, in whichever order. */
export function listOf(names: readonly string[]): string {
  return names.toSorted().join(" ");
}

/** The title's and the text's mark, as registers have them. */
export function findMark(text: string): string {
  const [found] = text.matchAll(MARK);
  if (found === undefined) throw new Error(`There is no mark in ${JSON.stringify(text.slice(0, 80))}.`);
  return found[2]!;
}
