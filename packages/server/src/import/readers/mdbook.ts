import { QRCardsError } from "../../errors.ts";
import { slugify } from "../../paths/slugify.ts";
import type { ImportPlan, NodeId } from "../../trips/types.ts";
import { type FolderExport, findFolderExport } from "../export/sidecar.ts";
import { ImportDesk } from "../import-desk.ts";
import { folderOf, joinPath } from "../links/resolve-address.ts";
import { fitTitle } from "../page-limits.ts";
import { directionOf } from "../page-settings.ts";
import type { ReadOptions } from "../read-plan.ts";
import { aliasSegments, segmentsOf, settleAliases } from "../settle-aliases.ts";
import type { SourceTree } from "../source-tree.ts";
import { type BookConfig, NO_CONFIG, parseBookConfig } from "./mdbook/config.ts";
import { type Chapter, outlineOf } from "./mdbook/outline.ts";
import { chapterReader, type ExportedBook, type ReadChapter } from "./mdbook/read-chapter.ts";
import { readRedirects } from "./mdbook/redirects.ts";
import { parseSummary, type Summary } from "./mdbook/summary.ts";

const CONFIG_LIMIT_BYTES = 1024 * 1024;
/** Room for some 60,000 chapters. */
const SUMMARY_LIMIT_BYTES = 4 * 1024 * 1024;
/** The one preprocessor of others that is understood. */
const LISTINGS = "trpl-listing";

/**
 * Reads an mdBook: `book.toml`, `SUMMARY.md`, and the chapters it lists. The tree and the titles come from the summary;
 * the addresses that mdBook gave the chapters, and its redirects, become former places.
 *
 * @throws QRCardsError `import-refused` when there is no `SUMMARY.md` where the book says
 */
export async function readMdbook(source: SourceTree, options: ReadOptions): Promise<ImportPlan> {
  const desk = new ImportDesk(source);
  const { note } = desk;
  const config = desk.files.has("book.toml") ? parseBookConfig(await desk.readText("book.toml", CONFIG_LIMIT_BYTES)) : NO_CONFIG;
  const src = findSrc(desk, config);
  const summaryFile = src === "" ? "SUMMARY.md" : `${src}/SUMMARY.md`;
  const summary = parseSummary(await desk.readText(summaryFile, SUMMARY_LIMIT_BYTES));
  const folder = await findFolderExport(source);

  const title = fitTitle(config.title ?? source.name, "book.toml", note) || "Untitled";
  const keyOf = (file: string) => folder?.nodeOf.get(file)?.sourcePath ?? undefined;
  const { root, chapters } = outlineOf(summary, { title, src, summaryFile, files: desk.files, keyOf, note });
  const all = [root, ...chapters];
  for (const { file, key } of all) if (file !== undefined) desk.pages.add(file, key);
  // mdBook shows the first chapter there; here it is the trip's own page.
  if (root.file === undefined) desk.pages.add(src === "" ? "index.md" : `${src}/index.md`, "");

  const read = chapterReader({
    desk,
    src,
    state: options.state ?? "public",
    hasListings: config.preprocessors.includes(LISTINGS),
    exported: folder && exportedBook(folder, all, [summaryFile, "book.toml"]),
  });
  const pages: ReadChapter[] = [];
  for (const chapter of all) pages.push(await read(chapter));
  const [front] = pages as [ReadChapter, ...ReadChapter[]];
  const nodes = pages.map(({ node }) => node);
  if (root.file === undefined) nodes[0] = { ...front.node, body: config.description ?? "" };
  if (config.title === undefined && front.node.title === title) nodes[0] = { ...nodes[0]!, titleIsGuess: true };

  noteWhatStaysOut(desk, summary, summaryFile, config);
  const own = pages.flatMap(({ node: { key }, settings }) =>
    settings.aliases.map((alias) => ({ key, segments: aliasSegments(alias, folderOf(key)) })),
  );
  const redirects = readRedirects(config.redirects, src, desk.pages, note);
  // The files of an export lie where their pages are; nobody ever had those addresses.
  const generated =
    folder === undefined ? chapters.filter(({ file }) => file !== undefined).map(({ key }) => ({ key, segments: segmentsOf(key) })) : [];
  const aliases = [
    { wishes: own, file: ({ key }: { key: string }) => key },
    { wishes: redirects, file: () => "book.toml" },
    { wishes: generated, file: undefined },
  ];

  const language = config.language ?? front.settings.language ?? options.language ?? "en";
  desk.finish();
  return {
    format: "mdbook",
    trip: {
      slug: options.slug ?? folder?.sidecar.trip.slug ?? front.settings.slug ?? (slugify(title) || slugify(source.name) || "trip"),
      title: front.node.title,
      language,
      direction: config.direction ?? front.settings.direction ?? directionOf(language),
      state: front.node.state,
    },
    nodes: settleAliases(nodes, aliases, note),
    assets: desk.assets.assets,
    notes: desk.notes,
  };
}

function findSrc(desk: ImportDesk, { src }: BookConfig): string {
  const candidates = src === undefined ? ["src", ""] : [joinPath("", src) ?? src];
  const found = candidates.find((folder) => desk.files.has(folder === "" ? "SUMMARY.md" : `${folder}/SUMMARY.md`));
  if (found === undefined) throw new QRCardsError("import-refused", `The book has no SUMMARY.md in "${candidates[0]}".`);
  return found;
}

function exportedBook(folder: FolderExport, chapters: readonly Chapter[], titleFiles: readonly string[]): ExportedBook {
  const keyOf = new Map<NodeId, string>();
  for (const { file, key } of chapters) {
    const known = file === undefined ? undefined : folder.nodeOf.get(file);
    if (known !== undefined) keyOf.set(known.id, key);
  }
  return { folder, keyOf, titlesAreUntouched: titleFiles.every((file) => folder.untouched.has(file)) };
}

function noteWhatStaysOut({ note }: ImportDesk, { parts }: Summary, summaryFile: string, { preprocessors }: BookConfig): void {
  for (const { title, first, line } of parts) {
    const where = first === undefined ? "" : ` above "${first.title}"`;
    note({ kind: "part-title", file: summaryFile, line, message: `The part title "${title}"${where} was left out: parts are no pages.` });
  }
  for (const name of preprocessors.filter((candidate) => candidate !== LISTINGS)) {
    note({ kind: "preprocessor-ignored", file: "book.toml", message: `The preprocessor "${name}" was not run.` });
  }
}
