const EXTENSION = /\.(?:md|markdown|html?)$/i;
const INDEX_NAME = /(?:^|\/)(?:index|readme|_index)$/i;

/** Whether a file is a page of Markdown by its name. */
export function isMarkdown(path: string): boolean {
  return /\.(?:md|markdown)$/i.test(path);
}

/** Whether a Markdown file is the page of the folder it lies in. */
export function isFolderPage(path: string): boolean {
  return isMarkdown(path) && INDEX_NAME.test(path.replace(EXTENSION, ""));
}

/**
 * Finds the page that an author meant: by its file, by the `.html` that a generator makes of it, without an extension, or
 * by its folder (`guide/`, `guide/index.html` and `guide/README.md` are one place). Exact spelling goes first; then case is
 * forgiven, because the author's disk may have forgiven it.
 */
export class PageIndex {
  readonly #byPath = new Map<string, string>();
  readonly #byPlace = new Map<string, string>();
  readonly #byFoldedPlace = new Map<string, string>();

  add(path: string, key: string): void {
    const place = placeOf(path);
    this.#byPath.set(path, key);
    if (!this.#byPlace.has(place)) this.#byPlace.set(place, key);
    if (!this.#byFoldedPlace.has(place.toLowerCase())) this.#byFoldedPlace.set(place.toLowerCase(), key);
  }

  find(path: string): string | undefined {
    const place = placeOf(path);
    return this.#byPath.get(path) ?? this.#byPlace.get(place) ?? this.#byFoldedPlace.get(place.toLowerCase());
  }
}

/** A page's path without what generators add or drop. */
export function placeOf(path: string): string {
  return path.replace(EXTENSION, "").replace(INDEX_NAME, "");
}
