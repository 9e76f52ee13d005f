import type { ImportNote } from "../../../trips/types.ts";
import { isFolderPage, isMarkdown } from "../../links/page-index.ts";
import { folderOf } from "../../links/resolve-address.ts";

/** A page of the tree: a file, a folder, or both in one. */
export interface TreePage {
  /** The file's path, or the folder's with a slash at its end when it has no page of its own; "" for the root. */
  readonly key: string;
  readonly file: string | undefined;
  /** The folder it is the page of; undefined for a page without one. */
  readonly folder: string | undefined;
  /** Its file's or folder's own name, without an extension. */
  readonly name: string;
  readonly children: TreePage[];
}

/**
 * The pages of a folder: every Markdown file and every folder that has one somewhere below it. A folder's page is its
 * `index.md`, `README.md` or `_index.md`, else the file of the folder's own name beside it (`guide.md` for `guide/`), else
 * an empty one. With both, the file beside it is the folder's page and the one inside is a page below it.
 */
export function treeOf(paths: readonly string[], note: (note: ImportNote) => void): TreePage {
  const files = paths.filter(isMarkdown);
  const filesByFolder = Map.groupBy(files, folderOf);
  const folders = new Set<string>();
  for (const file of files) for (let folder = folderOf(file); folder !== ""; folder = folderOf(folder)) folders.add(folder);
  const foldersByFolder = Map.groupBy(folders, folderOf);
  return folderPage("", undefined);

  /** @param beside the file of the same name beside the folder */
  function folderPage(folder: string, beside: string | undefined): TreePage {
    const own = filesByFolder.get(folder) ?? [];
    const inside = own.filter(isFolderPage).sort((a, b) => rank(a) - rank(b));
    const file = beside ?? inside[0];
    const also = inside.filter((candidate) => candidate !== file);
    for (const other of also)
      note({ kind: "collision", file: other, message: `"${file}" is the page of its folder; this one became a page below it.` });

    const children: TreePage[] = [];
    const rest = new Set(own.filter((candidate) => candidate !== file));
    // A folder's own page (README.md) is never the page of a folder that happens to be called README.
    const besides = new Map([...rest].filter((candidate) => !inside.includes(candidate)).map((page) => [stemOf(page), page]));
    for (const child of foldersByFolder.get(folder) ?? []) {
      const page = besides.get(baseOf(child));
      children.push(folderPage(child, page));
      if (page !== undefined) rest.delete(page);
    }
    for (const page of rest) children.push({ key: page, file: page, folder: undefined, name: stemOf(page), children: [] });
    const key = folder === "" ? "" : (file ?? `${folder}/`);
    return { key, file, folder, name: baseOf(folder), children };
  }
}

function rank(path: string): number {
  return ["index", "_index", "readme"].indexOf(stemOf(path).toLowerCase());
}

function baseOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function stemOf(path: string): string {
  return baseOf(path).replace(/\.[^.]*$/, "");
}
