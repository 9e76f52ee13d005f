import type { ImportPlan, NodeState } from "../trips/types.ts";
import { detectFormat, type Format } from "./detect.ts";
import { readFolder } from "./readers/folder.ts";
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
  const format = options.format ?? (await detectFormat(source));
  switch (format) {
    case "mdbook":
      return readMdbook(source, options);
    case "folder":
      return readFolder(source, options);
  }
}
