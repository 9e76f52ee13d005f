import type { ImportPlan, NodeState } from "../trips/types.ts";
import { detectFormat, type Format } from "./detect.ts";
import { SIDECAR } from "./entry-name.ts";
import type { TripExport } from "./export/types.ts";
import { readFolder } from "./readers/folder.ts";
import { readFolderExport } from "./readers/folder-export.ts";
import { planOfExport, readJsonExport } from "./readers/json.ts";
import { readMdbook } from "./readers/mdbook.ts";
import type { SourceTree } from "./source-tree.ts";

/** What the importer says beyond what the source says of itself. */
export interface ReadOptions {
  /** Default: found by `detectFormat`. */
  readonly format?: Format;
  /** The trip's slug. Default: the root page's own, else made from the title. */
  readonly slug?: string;
  /** BCP 47, for a source that names none. Default `en`. */
  readonly language?: string;
  /** Of the pages that say nothing of it themselves. Default `public`. */
  readonly state?: NodeState;
}

/**
 * Reads a source into a plan. Nothing is stored; the same source always gives the same plan.
 *
 * @throws QRCardsError `import-refused`, naming the file at fault
 */
export async function readPlan(source: SourceTree, options: ReadOptions = {}): Promise<ImportPlan> {
  const format = options.format ?? detectFormat(source);
  switch (format) {
    case "mdbook":
      return readMdbook(source, options);
    case "folder":
      return readFolder(source, options);
    case "json":
      return planOfExport(await readJsonExport(source), options);
  }
}

/**
 * The trip itself, when the source is an export of QRCards (JSON, or a folder or ZIP with `.qrcards.json`); undefined when it
 * is anything else. A trip that this installation does not have is restored from it, history, cards and all. For a folder,
 * the plan comes after that: it holds what was edited by hand.
 *
 * @throws QRCardsError `import-refused`
 */
export async function findTripExport(source: SourceTree): Promise<TripExport | undefined> {
  const format = detectFormat(source);
  if (format === "json") return readJsonExport(source);
  return format === "mdbook" && source.paths.includes(SIDECAR) ? readFolderExport(source) : undefined;
}
