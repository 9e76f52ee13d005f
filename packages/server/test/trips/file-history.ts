import { slugify } from "../../src/paths/slugify.ts";
import { contentHash } from "../../src/trips/content-hash.ts";
import { createNode, deleteNode, editNode, moveNode, restoreNode, type Trx } from "../../src/trips/edits.ts";
import type { NodeId } from "../../src/trips/types.ts";
import { AT } from "./edit-kit.ts";

/** What one commit did to the files of a book; `renamed` pairs the old path with the new one. */
export interface HistoryStep {
  readonly added: readonly string[];
  readonly deleted: readonly string[];
  readonly renamed: readonly (readonly [string, string])[];
  readonly edited: readonly string[];
}

interface Page {
  readonly id: NodeId;
  /** Slugs below the trip, joined by slashes; "" for the trip's own page. */
  path: string;
  /** Undefined for a folder without a page of its own. */
  file: string | undefined;
}

/**
 * Makes edits of a book's file history: which file is which page is decided here, see `docs/decisions/0003-history-replay.md`.
 * It knows its pages by what it did to them, not by asking the database.
 */
export class FileHistory {
  readonly #byPath = new Map<string, Page>();
  readonly #byFile = new Map<string, Page>();
  /** Deleted pages by the path where they stood, with the parent below which they can come back. */
  readonly #buried = new Map<string, { readonly id: NodeId; readonly parentId: NodeId }>();
  #edits = 0;

  constructor(rootId: NodeId) {
    this.#byPath.set("", { id: rootId, path: "", file: undefined });
  }

  /** The paths of all living pages but the trip's own. */
  get paths(): string[] {
    return [...this.#byPath.keys()].filter((path) => path !== "").sort();
  }

  /** One step, in the caller's transaction: what is only there in between was never seen. */
  async apply(trx: Trx, step: HistoryStep): Promise<void> {
    const pagesOnly = (files: readonly string[]) => files.filter((file) => findPagePath(file) !== undefined);
    for (const file of pagesOnly(step.deleted)) this.#take(file).file = undefined;
    await this.#rename(trx, step.renamed);
    for (const file of pagesOnly(step.added)) await this.#add(trx, file);
    for (const file of pagesOnly(step.edited)) await this.#write(trx, this.#get(file), {});
    await this.#sweep(trx);
  }

  /** Parents before their children, who so come along. Pages that stand where others will go step aside first. */
  async #rename(trx: Trx, renamed: HistoryStep["renamed"]): Promise<void> {
    const moves = renamed.map(([from, to]) => ({ page: this.#take(from), file: to, path: getPagePath(to) }));
    for (const { page, file } of moves) {
      page.file = file;
      this.#byFile.set(file, page);
    }
    for (const { path } of moves) {
      const inTheWay = this.#byPath.get(path);
      if (inTheWay === undefined) continue;
      if (moves.some(({ page }) => page === inTheWay)) await this.#place(trx, inTheWay, `on-its-way-${this.#edits}`);
      else if (inTheWay.file === undefined && !this.#hasChildren(inTheWay)) await this.#bury(trx, inTheWay);
      else throw new Error(`a file was renamed to ${path}, where another page is`);
    }
    for (const { page, path } of moves.sort((one, other) => depth(one.path) - depth(other.path))) await this.#place(trx, page, path);
    // Whoever came along but was not renamed goes back.
    for (const [file, page] of this.#byFile) if (page.path !== getPagePath(file)) await this.#place(trx, page, getPagePath(file));
  }

  async #place(trx: Trx, page: Page, path: string): Promise<void> {
    if (page.path === path) return;
    const parent = await this.#openFolder(trx, folderOf(path));
    await moveNode(trx, page.id, { parentId: parent.id }, AT);
    await editNode(trx, page.id, { slug: nameOf(path) }, AT);
    this.#edits += 1;
    const before = page.path;
    for (const moved of [...this.#byPath.values()]) {
      if (moved !== page && !moved.path.startsWith(`${before}/`)) continue;
      this.#byPath.delete(moved.path);
      moved.path = path + moved.path.slice(before.length);
      this.#byPath.set(moved.path, moved);
    }
  }

  async #add(trx: Trx, file: string): Promise<void> {
    const page = await this.#openFolder(trx, getPagePath(file));
    if (page.file !== undefined) throw new Error(`${file} was added, but ${page.file} is there`);
    page.file = file;
    this.#byFile.set(file, page);
    await this.#write(trx, page, { title: nameOf(page.path) || "Book" });
  }

  /** The page at a path, with those above it. One that was deleted there comes back; else it is new. */
  async #openFolder(trx: Trx, path: string): Promise<Page> {
    const living = this.#byPath.get(path);
    if (living !== undefined) return living;
    const parent = await this.#openFolder(trx, folderOf(path));
    const buried = this.#buried.get(path);
    const name = nameOf(path);
    let id: NodeId;
    if (buried?.parentId === parent.id) ({ id } = await restoreNode(trx, buried.id, AT));
    else ({ id } = await createNode(trx, { title: name, slug: name, parentId: parent.id, contentHash: await this.#store(trx, path) }, AT));
    this.#buried.delete(path);
    const page = { id, path, file: undefined };
    this.#byPath.set(path, page);
    return page;
  }

  /** Deletes pages that have neither a file nor children, the deepest first. */
  async #sweep(trx: Trx): Promise<void> {
    const deepestFirst = [...this.#byPath.values()].sort((one, other) => depth(other.path) - depth(one.path));
    for (const page of deepestFirst)
      if (page.path !== "" && page.file === undefined && !this.#hasChildren(page)) await this.#bury(trx, page);
  }

  async #bury(trx: Trx, page: Page): Promise<void> {
    await deleteNode(trx, page.id, {}, AT);
    this.#byPath.delete(page.path);
    this.#buried.set(page.path, { id: page.id, parentId: this.#byPath.get(folderOf(page.path))!.id });
  }

  async #write(trx: Trx, page: Page, change: { readonly title?: string }): Promise<void> {
    this.#edits += 1;
    await editNode(trx, page.id, { ...change, contentHash: await this.#store(trx, page.path) }, AT);
  }

  /** The history holds no texts, so each version gets one of its own. */
  async #store(trx: Trx, path: string): Promise<string> {
    const body = `# ${nameOf(path)}\n\nThe text of edit ${this.#edits}.\n`;
    const hash = contentHash(body);
    await trx
      .insertInto("contents")
      .values({ hash, body, created_at: AT })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    return hash;
  }

  #get(file: string): Page {
    const page = this.#byFile.get(file);
    if (page === undefined) throw new Error(`the history speaks of ${file}, which is not there`);
    return page;
  }

  #take(file: string): Page {
    const page = this.#get(file);
    this.#byFile.delete(file);
    return page;
  }

  #hasChildren(page: Page): boolean {
    return [...this.#byPath.keys()].some((path) => path !== "" && folderOf(path) === page.path && path !== page.path);
  }
}

/** Where a file's page stands. Undefined for a table of contents, which is no page. */
export function findPagePath(file: string): string | undefined {
  if (file === "SUMMARY.md") return undefined;
  const segments = file.replace(/\.md$/, "").split("/");
  if (["README", "index", "input"].includes(segments.at(-1) ?? "")) segments.pop();
  return segments.map(slugify).join("/");
}

function getPagePath(file: string): string {
  const path = findPagePath(file);
  if (path === undefined) throw new Error(`${file} is no page`);
  return path;
}

/** "" is the trip's own page, and its own folder. */
function folderOf(path: string): string {
  return path.split("/").slice(0, -1).join("/");
}

function nameOf(path: string): string {
  return path.split("/").at(-1) ?? "";
}

function depth(path: string): number {
  return path === "" ? 0 : path.split("/").length;
}
