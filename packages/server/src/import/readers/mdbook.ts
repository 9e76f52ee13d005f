import { QRCardsError } from "../../errors.ts";
import { slugify } from "../../paths/slugify.ts";
import type { ImportPlan, NodeState, PlannedNode } from "../../trips/types.ts";
import { withoutTitle } from "../headings.ts";
import { ImportDesk } from "../import-desk.ts";
import { settleLinks } from "../links/settle-links.ts";
import { joinPath } from "../links/resolve-address.ts";
import { directionOf } from "../page-settings.ts";
import type { ReadOptions } from "../read-plan.ts";
import { settleAliases } from "../settle-aliases.ts";
import type { SourceTree } from "../source-tree.ts";
import { type BookConfig, parseBookConfig } from "./mdbook/config.ts";
import { expandIncludes, type IncludeSite } from "./mdbook/expand-includes.ts";
import { type Chapter, outlineOf } from "./mdbook/outline.ts";
import { readRedirects, segmentsOf } from "./mdbook/redirects.ts";
import { parseSummary } from "./mdbook/summary.ts";

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
  const { rootFile, chapters } = outlineOf(summary, src, summaryFile, (path) => desk.files.has(path), desk.note);

  desk.pages.add(rootFile ?? (src === "" ? "index.md" : `${src}/index.md`), "");
  for (const { file, key } of chapters) if (file !== undefined) desk.pages.add(file, key);

  const title = config?.title ?? source.name;
  const language = config?.language ?? options.language ?? "en";
  const state = options.state ?? "public";
  const included = new Map<string, string>();
  const read = chapterReader(desk, src, state, included);
  const root = await read({ key: "", parentKey: "", title, file: rootFile, line: 1, hasChildren: true });
  const { slug: ownSlug, ...front } = root;
  const frontBody = rootFile === undefined ? (config?.description ?? "") : root.body;
  const nodes: PlannedNode[] = [{ ...front, parentKey: null, body: frontBody, state }];
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
  for (const name of config?.preprocessors ?? []) {
    desk.note({ kind: "preprocessor-ignored", file: "book.toml", message: `The preprocessor "${name}" was not run.` });
  }

  const redirects = readRedirects(config?.redirects ?? [], src, desk.pages, desk.note);
  const generated = chapters.flatMap(({ key, file }) => (file === undefined ? [] : [{ key, segments: segmentsOf(key) }]));
  const sources = [
    { wishes: redirects, file: () => "book.toml" },
    { wishes: generated, file: undefined },
  ];

  desk.finish(new Set(["book.toml", summaryFile, rootFile ?? "", ...chapters.map(({ file }) => file ?? ""), ...included.keys()]));
  return {
    format: "mdbook",
    trip: {
      slug: options.slug ?? ownSlug ?? (slugify(title) || slugify(source.name) || "trip"),
      title,
      language,
      direction: config?.direction ?? directionOf(language),
      state,
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

/** @param included takes the texts of the files that chapters include, so that each is read once */
function chapterReader(
  desk: ImportDesk,
  src: string,
  bookState: NodeState,
  included: Map<string, string>,
): (chapter: Chapter) => Promise<PlannedNode> {
  const site = desk.linkSite(src);
  const includes: IncludeSite = {
    note: desk.note,
    remaining: desk.source.limits.totalBytes,
    async readText(path) {
      if (!desk.files.has(path)) return undefined;
      const text = included.get(path) ?? (await desk.readText(path));
      included.set(path, text);
      return text;
    },
  };

  return async ({ key, parentKey, title, file, line, hasChildren }) => {
    const isMissing = file !== undefined && !desk.files.has(file);
    if (isMissing) desk.note({ kind: "missing-file", file, message: `The chapter "${title}" (line ${line} of SUMMARY.md) has no file.` });
    if (file === undefined || isMissing) {
      // A draft with chapters below it is a heading for them: hiding it would hide them.
      return { key, parentKey, title, body: "", state: hasChildren ? bookState : "draft", aliases: [] };
    }
    const { settings, body, firstLine } = await desk.readPage(file);
    const expanded = await expandIncludes(body, file, firstLine, includes);
    const settled = await settleLinks(expanded.text, file, site, expanded.lineOf);
    return {
      key,
      parentKey,
      title,
      body: withoutTitle(settled, title),
      state: settings.state ?? bookState,
      aliases: [],
      ...(settings.id !== undefined && { id: settings.id }),
      ...(settings.slug !== undefined && { slug: settings.slug }),
      ...(settings.language !== undefined && { language: settings.language }),
      ...(settings.direction !== undefined && { direction: settings.direction }),
    };
  };
}
