import type { NodeState, PlannedNode } from "../../../trips/types.ts";
import type { FolderExport, SidecarNode } from "../../export/sidecar.ts";
import { findTitle, withoutTitle } from "../../headings.ts";
import type { ImportDesk } from "../../import-desk.ts";
import { withPlanLinks } from "../../links/node-links.ts";
import { settleLinks } from "../../links/settle-links.ts";
import { fitBody, fitTitle } from "../../page-limits.ts";
import { ownSettings } from "../../page-settings.ts";
import { titleFromName } from "../folder/names.ts";
import { expandIncludes, type IncludeSite } from "./expand-includes.ts";
import { expandListings } from "./listings.ts";
import type { Chapter } from "./outline.ts";

/** What the chapters of one book have in common. */
export interface BookDesk {
  readonly desk: ImportDesk;
  readonly src: string;
  readonly state: NodeState;
  /** The texts of the files that chapters include, each read once. */
  readonly included: Map<string, string>;
  /** Whether the book uses the preprocessor `trpl-listing`. */
  readonly hasListings: boolean;
  /** For a folder that QRCards exported. */
  readonly folder: FolderExport | undefined;
  /** Whether the titles in `SUMMARY.md` and `book.toml` are still those of the export. */
  readonly titlesAreUntouched: boolean;
  /** Node id -> key in the plan, for the exported pages. */
  readonly keyOf: ReadonlyMap<string, string>;
}

/** Turns chapters into nodes of the plan, one at a time. */
export function chapterReader(book: BookDesk): (chapter: Chapter) => Promise<PlannedNode> {
  const { desk, src, folder, included } = book;
  const { note } = desk;
  const site = desk.linkSite(src);
  const includes: IncludeSite = {
    note,
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
    if (isMissing) note({ kind: "missing-file", file, message: `The chapter "${title}" (line ${line} of SUMMARY.md) has no file.` });
    if (file === undefined || isMissing) {
      // A draft with chapters below it is a heading for them: hiding it would hide them.
      const state = hasChildren ? book.state : "draft";
      return { key, parentKey, title: fitTitle(title, file ?? "SUMMARY.md", note) || "Untitled", body: "", state, aliases: [] };
    }
    const known = folder?.nodeOf.get(file);
    const { settings, body, firstLine } = await desk.readPage(file);
    const expanded = await expandIncludes(body, file, firstLine, includes);
    const linked = await settleLinks(expanded.text, file, site, expanded.lineOf);
    const settled = book.hasListings ? expandListings(linked) : linked;
    const name = fitTitle(title || findTitle(body) || titleFromName(key.replace(/^.*\/|\.[^.]*$/g, "")), file, note);
    const read: PlannedNode = {
      key,
      parentKey,
      title: known !== undefined && book.titlesAreUntouched ? known.title : name,
      body: fitBody(withoutTitle(settled, name), file, note),
      state: settings.state ?? book.state,
      aliases: [],
      ...(known !== undefined && { id: known.id }),
      ...ownSettings(settings),
    };
    return known !== undefined && folder?.untouched.has(file) ? asExported(read, known, book.keyOf) : read;
  };
}

/** A page whose file nobody edited is what it was, also in what the file could not say. */
function asExported(read: PlannedNode, known: SidecarNode, keyOf: ReadonlyMap<string, string>): PlannedNode {
  const { slug: _slug, language: _language, direction: _direction, ...rest } = read;
  const body = known.body === null ? read.body : withPlanLinks(known.body, keyOf);
  const exported = { ...rest, id: known.id, state: known.state, body };
  if (known.parentId === null || known.segment === null) return exported;
  return {
    ...exported,
    ...(known.slugIsExplicit && { slug: known.segment }),
    // An automatic slug follows its title again once somebody edits that.
    ...(!known.slugIsExplicit && read.title === known.title && { slugSource: known.segment }),
    ...(known.language !== null && { language: known.language }),
    ...(known.direction !== null && { direction: known.direction }),
  };
}
