import { slugify } from "../../paths/slugify.ts";
import type { ImportPlan, PlannedNode } from "../../trips/types.ts";
import { findTitle, withoutTitle } from "../headings.ts";
import { ImportDesk, type PageFile } from "../import-desk.ts";
import { folderOf } from "../links/resolve-address.ts";
import { settleLinks } from "../links/settle-links.ts";
import { fitBody, fitTitle } from "../page-limits.ts";
import { directionOf, NO_SETTINGS, ownSettings } from "../page-settings.ts";
import type { AliasWish } from "../place-book.ts";
import type { ReadOptions } from "../read-plan.ts";
import { aliasSegments, settleAliases } from "../settle-aliases.ts";
import type { SourceTree } from "../source-tree.ts";
import { compareNaturally } from "../text.ts";
import { readOrderedName, titleFromName } from "./folder/names.ts";
import { type TreePage, treeOf } from "./folder/tree.ts";

const TITLE_SOURCES = ["front matter", "headings", "file names"] as const;

interface ReadPage {
  readonly page: TreePage;
  readonly parentKey: string | null;
  readonly file: PageFile;
  readonly title: string;
  readonly titleIsGuess: boolean;
}

const NO_FILE: PageFile = { settings: NO_SETTINGS, body: "", firstLine: 1 };

/** Reads a plain folder of Markdown files: folders are pages with pages below them, in the order of their numbers and names. */
export async function readFolder(source: SourceTree, options: ReadOptions): Promise<ImportPlan> {
  const desk = new ImportDesk(source);
  const titles = new Map<string, number>();
  const pages: ReadPage[] = [];
  await addWithChildren(await readPage(treeOf(source.paths, desk.note), null));

  const [root] = pages as [ReadPage, ...ReadPage[]];
  const { settings } = root.file;
  const language = settings.language ?? options.language ?? "en";
  const defaultState = options.state ?? "public";
  const site = desk.linkSite("");
  const nodes: PlannedNode[] = [];
  for (const page of pages) nodes.push(await planPage(page));

  desk.notes.push({
    kind: "title-source",
    file: "",
    message: `Titles: ${TITLE_SOURCES.flatMap((from) => (titles.has(from) ? `${titles.get(from)} from ${from}` : [])).join(", ")}.`,
  });
  const wishes = pages.flatMap(({ page, file }) =>
    file.settings.aliases.map((alias): AliasWish => ({ key: page.key, segments: aliasSegments(alias, folderOf(page.folder ?? page.key)) })),
  );
  const fileOf = new Map(pages.map(({ page }) => [page.key, page.file ?? ""]));
  desk.finish();
  return {
    format: "folder",
    trip: {
      slug: options.slug ?? settings.slug ?? (slugify(root.title) || slugify(source.name) || "trip"),
      title: root.title,
      language,
      direction: settings.direction ?? directionOf(language),
      state: settings.state ?? defaultState,
    },
    nodes: settleAliases(nodes, [{ wishes, file: ({ key }) => fileOf.get(key) ?? "" }], desk.note),
    assets: desk.assets.assets,
    notes: desk.notes,
  };

  async function addWithChildren(read: ReadPage): Promise<void> {
    pages.push(read);
    const children: ReadPage[] = [];
    for (const child of read.page.children) children.push(await readPage(child, read.page.key));
    for (const child of children.sort(compareSiblings)) await addWithChildren(child);
  }

  async function readPage(page: TreePage, parentKey: string | null): Promise<ReadPage> {
    if (page.file !== undefined) desk.pages.add(page.file, page.key);
    if (page.folder !== undefined) desk.pages.add(page.folder === "" ? "index.md" : `${page.folder}/index.md`, page.key);
    const file = page.file === undefined ? NO_FILE : await desk.readPage(page.file);
    const heading = file.settings.title === undefined ? findTitle(file.body) : undefined;
    const found = file.settings.title ?? heading ?? titleFromName(page.folder === "" ? source.name : page.name);
    const title = fitTitle(found, page.key, desk.note) || "Untitled";
    const from = TITLE_SOURCES[file.settings.title !== undefined ? 0 : heading !== undefined ? 1 : 2];
    titles.set(from, (titles.get(from) ?? 0) + 1);
    return { page, parentKey, file, title, titleIsGuess: file.settings.title === undefined && heading === undefined };
  }

  async function planPage({ page, parentKey, file, title, titleIsGuess }: ReadPage): Promise<PlannedNode> {
    const text = fitBody(file.body, page.key, desk.note);
    const settled = page.file === undefined ? text : await settleLinks(text, page.file, site, (line) => line + file.firstLine - 1);
    const node = {
      key: page.key,
      parentKey,
      title,
      // Below the root a file's name is as good a title as any; the root's is where somebody keeps the folder.
      ...(titleIsGuess && parentKey === null && { titleIsGuess }),
      body: fitBody(withoutTitle(settled, title), page.key, desk.note),
      state: file.settings.state ?? defaultState,
      aliases: [],
    };
    // What the front page says of itself is said of the trip.
    if (parentKey === null) return node;
    return { ...node, slugSource: readOrderedName(page.name).name, ...ownSettings(file.settings) };
  }
}

/** By the front matter's order, else by the number before the name; pages without either come after, by name. */
function compareSiblings(a: ReadPage, b: ReadPage): number {
  const [one, other] = [orderOf(a), orderOf(b)];
  if (one.length === 0 || other.length === 0) return other.length - one.length || compareNaturally(a.page.name, b.page.name);
  const index = one.findIndex((number, at) => number !== other[at]);
  // `ch02` goes before `ch02-01`.
  const difference = index === -1 ? one.length - other.length : one[index]! - (other[index] ?? -1);
  return difference || compareNaturally(a.page.name, b.page.name);
}

function orderOf({ page, file }: ReadPage): readonly number[] {
  return file.settings.order === undefined ? readOrderedName(page.name).order : [file.settings.order];
}
