import { QRCardsError } from "../../errors.ts";
import { slugify } from "../../paths/slugify.ts";
import type { ImportPlan, NodeId, PlannedNode } from "../../trips/types.ts";
import { SIDECAR } from "../entry-name.ts";
import { findFolderExport } from "../export/sidecar.ts";
import { ImportDesk } from "../import-desk.ts";
import { joinPath } from "../links/resolve-address.ts";
import { fitTitle } from "../page-limits.ts";
import { directionOf } from "../page-settings.ts";
import type { ReadOptions } from "../read-plan.ts";
import { settleAliases } from "../settle-aliases.ts";
import type { SourceTree } from "../source-tree.ts";
import { type BookConfig, parseBookConfig } from "./mdbook/config.ts";
import { outlineOf } from "./mdbook/outline.ts";
import { chapterReader } from "./mdbook/read-chapter.ts";
import { readRedirects, segmentsOf } from "./mdbook/redirects.ts";
import { parseSummary } from "./mdbook/summary.ts";

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
  const config = desk.files.has("book.toml") ? parseBookConfig(await desk.readText("book.toml")) : undefined;
  const src = findSrc(desk, config);
  const summaryFile = src === "" ? "SUMMARY.md" : `${src}/SUMMARY.md`;
  const summary = parseSummary(await desk.readText(summaryFile));
  const folder = await findFolderExport(source);
  const { rootFile, chapters } = outlineOf(summary, {
    src,
    summaryFile,
    files: desk.files,
    note: desk.note,
    keyOf: (file) => folder?.nodeOf.get(file)?.sourcePath ?? undefined,
  });

  desk.pages.add(rootFile ?? (src === "" ? "index.md" : `${src}/index.md`), "");
  for (const { file, key } of chapters) if (file !== undefined) desk.pages.add(file, key);

  const title = fitTitle(config?.title ?? source.name, "book.toml", desk.note);
  const titlesAreUntouched = folder !== undefined && [summaryFile, "book.toml"].every((file) => folder.untouched.has(file));
  const keyOf = new Map<NodeId, string>();
  for (const { file, key } of [{ file: rootFile, key: "" }, ...chapters]) {
    const known = file === undefined ? undefined : folder?.nodeOf.get(file);
    if (known !== undefined) keyOf.set(known.id, key);
  }
  const preprocessors = config?.preprocessors ?? [];
  const included = new Map<string, string>();
  const read = chapterReader({
    desk,
    src,
    state: options.state ?? "public",
    included,
    hasListings: preprocessors.includes(LISTINGS),
    folder,
    titlesAreUntouched,
    keyOf,
  });
  const {
    slug,
    language: ownLanguage,
    direction: ownDirection,
    ...root
  } = await read({ key: "", parentKey: "", title, file: rootFile, line: 1, hasChildren: true });
  const nodes: PlannedNode[] = [{ ...root, parentKey: null, body: rootFile === undefined ? (config?.description ?? "") : root.body }];
  for (const chapter of chapters) nodes.push(await read(chapter));

  for (const part of summary.parts) {
    const where = part.first === undefined ? "" : ` above "${part.first.title}"`;
    desk.note({
      kind: "part-title",
      file: summaryFile,
      line: part.line,
      message: `The part title "${part.title}"${where} was left out: parts are no pages.`,
    });
  }
  for (const name of preprocessors.filter((candidate) => candidate !== LISTINGS)) {
    desk.note({ kind: "preprocessor-ignored", file: "book.toml", message: `The preprocessor "${name}" was not run.` });
  }

  const redirects = readRedirects(config?.redirects ?? [], src, desk.pages, desk.note);
  const generated =
    folder !== undefined ? [] : chapters.flatMap(({ key, file }) => (file === undefined ? [] : [{ key, segments: segmentsOf(key) }]));
  const sources = [
    { wishes: redirects, file: () => "book.toml" },
    { wishes: generated, file: undefined },
  ];

  const language = config?.language ?? ownLanguage ?? options.language ?? "en";
  desk.finish(new Set(["book.toml", SIDECAR, summaryFile, rootFile ?? "", ...chapters.map(({ file }) => file ?? ""), ...included.keys()]));
  return {
    format: "mdbook",
    trip: {
      slug: options.slug ?? folder?.sidecar.trip.slug ?? slug ?? (slugify(title) || slugify(source.name) || "trip"),
      title: root.title,
      language,
      direction: config?.direction ?? ownDirection ?? directionOf(language),
      state: root.state,
    },
    nodes: settleAliases(nodes, sources, desk.note),
    assets: desk.assets.assets,
    notes: desk.notes,
  };
}

function findSrc(desk: ImportDesk, config: BookConfig | undefined): string {
  const candidates = config === undefined ? ["src", ""] : [joinPath("", config.src) ?? config.src];
  const src = candidates.find((folder) => desk.files.has(folder === "" ? "SUMMARY.md" : `${folder}/SUMMARY.md`));
  if (src === undefined) throw new QRCardsError("import-refused", `The book has no SUMMARY.md in "${candidates[0]}".`);
  return src;
}
