import type { NodeId, NodeState, PlannedNode } from "../../../trips/types.ts";
import type { FolderExport, SidecarNode } from "../../export/sidecar.ts";
import { findTitle, withoutTitle } from "../../headings.ts";
import type { ImportDesk } from "../../import-desk.ts";
import { withPlanLinks } from "../../links/node-links.ts";
import { settleLinks } from "../../links/settle-links.ts";
import { fitBody, fitTitle } from "../../page-limits.ts";
import { NO_SETTINGS, ownSettings, type PageSettings } from "../../page-settings.ts";
import { titleFromName } from "../folder/names.ts";
import { expandIncludes, type IncludeSite } from "./expand-includes.ts";
import { expandListings } from "./listings.ts";
import type { Chapter } from "./outline.ts";

/** What the chapters of one book have in common. */
export interface BookDesk {
  readonly desk: ImportDesk;
  readonly src: string;
  /** Of chapters that say nothing of it themselves. */
  readonly state: NodeState;
  /** Whether the book uses the preprocessor `trpl-listing`. */
  readonly hasListings: boolean;
  readonly exported: ExportedBook | undefined;
}

/** For a folder that QRCards exported: what it knows of its chapters beyond their files. */
export interface ExportedBook {
  readonly folder: FolderExport;
  /** Node id -> key in the plan. */
  readonly keyOf: ReadonlyMap<NodeId, string>;
  /** Whether `SUMMARY.md` and `book.toml` still hold the exported titles. */
  readonly titlesAreUntouched: boolean;
}

export interface ReadChapter {
  readonly node: PlannedNode;
  readonly settings: PageSettings;
}

/** Turns chapters into nodes of the plan, one at a time. */
export function chapterReader({ desk, src, state, hasListings, exported }: BookDesk): (chapter: Chapter) => Promise<ReadChapter> {
  const { note } = desk;
  const site = desk.linkSite(src);
  const includes = includeSite(desk);

  return async ({ key, parentKey, title, file, line, hasChildren }) => {
    const isMissing = file !== undefined && !desk.files.has(file);
    if (isMissing) note({ kind: "missing-file", file, message: `The chapter "${title}" (line ${line} of SUMMARY.md) has no file.` });
    if (file === undefined || isMissing) {
      // A draft with chapters below it is a heading for them: hiding it would hide them.
      const node = { key, parentKey, title: fitTitle(title, "SUMMARY.md", note) || "Untitled", body: "", aliases: [] };
      return { node: { ...node, state: hasChildren ? state : "draft" }, settings: NO_SETTINGS };
    }
    const { settings, body, firstLine } = await desk.readPage(file);
    const included = await expandIncludes(body, file, firstLine, includes);
    const linked = await settleLinks(fitBody(included.text, file, note), file, site, included.lineOf);
    const complete = hasListings ? expandListings(linked) : linked;
    const name = fitTitle(title || findTitle(body) || titleFromName(key.replace(/^.*\/|\.[^.]*$/g, "")), file, note) || "Untitled";
    const node: PlannedNode = {
      key,
      parentKey,
      title: name,
      body: fitBody(withoutTitle(complete, name), file, note),
      state: settings.state ?? state,
      aliases: [],
      // What the front page says of itself is said of the trip.
      ...(parentKey !== null && ownSettings(settings)),
    };
    const known = exported?.folder.nodeOf.get(file);
    return { node: known === undefined ? node : asExported(node, known, file, exported!), settings };
  };
}

function includeSite(desk: ImportDesk): IncludeSite {
  const texts = new Map<string, string>();
  return {
    note: desk.note,
    remaining: desk.source.limits.totalBytes,
    async readText(path) {
      if (!desk.files.has(path)) return undefined;
      const text = texts.get(path) ?? (await desk.readText(path));
      texts.set(path, text);
      return text;
    },
  };
}

/** A chapter of an export keeps its id; one whose file nobody edited is what it was, also in what the file could not say. */
function asExported(read: PlannedNode, known: SidecarNode, file: string, { folder, keyOf, titlesAreUntouched }: ExportedBook): PlannedNode {
  const title = titlesAreUntouched ? known.title : read.title;
  if (!folder.untouched.has(file)) return { ...read, id: read.id ?? known.id, title };
  const node: PlannedNode = {
    key: read.key,
    parentKey: read.parentKey,
    id: known.id,
    title,
    body: known.body === null ? read.body : withPlanLinks(known.body, keyOf),
    state: known.state,
    aliases: [],
  };
  if (known.parentId === null || known.segment === null) return node;
  return {
    ...node,
    ...(known.slugIsExplicit && { slug: known.segment }),
    // An automatic slug follows its title again once somebody edits that.
    ...(!known.slugIsExplicit && title === known.title && { slugSource: known.segment }),
    ...(known.language !== null && { language: known.language }),
    ...(known.direction !== null && { direction: known.direction }),
  };
}
