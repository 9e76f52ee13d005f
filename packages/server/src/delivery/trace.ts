import type { Source } from "../trips/origins.ts";

/** How one answer comes about, written down by those who make it. An answer from memory has none. */
export class Trace {
  /** A page was held for the path, and is not current any more. */
  wasHeld = false;
  /** The page that was held is current after all: only the lease was over. */
  isHit = false;
  /** False for what is never kept among the pages, and need not be looked for there: cards, files, views. */
  isForPages = true;
  /** It is what another reader had begun to make. */
  collapsed = false;
  /** The page is held from now on. */
  stored = false;
  /** Where the structure that it was made of, or else the list of trips, came from. `path`: it took neither, see `KnownPaths`. */
  source: Source | "path" | undefined;
}
