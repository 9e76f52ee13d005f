import type { Source } from "../trips/origins.ts";

/**
 * What takes time, in this order. `parse`: the address, into its words. `trip`: which trips have the first word, or which page a
 * card is of; or the list of trips. `structure`: the trip's. `resolve`: the words, to a page. `content`: its HTML, or a file.
 * `render`: the answer's text. `wait`: for a lease, or for what another reader had begun.
 */
export type Step = "wait" | "parse" | "trip" | "structure" | "resolve" | "content" | "render";

/** How one answer comes about, written down by those who make it. An answer from memory has none. */
export class Trace {
  readonly #beganAt = performance.now();
  readonly #durationsMs = new Map<Step, number>();
  #stepBeganAt = this.#beganAt;
  /** A page was held for the path, and is not current any more. */
  wasHeld = false;
  /** The page that was held is current after all: only the lease was over. */
  isHit = false;
  /** The database is away: it is of the last version that was known, and nobody may keep it. */
  standsIn = false;
  /** False for what is never kept among the pages, and need not be looked for there: cards, files, views. */
  isForPages = true;
  /** It is what another reader had begun to make. */
  collapsed = false;
  /** The page is held from now on. */
  stored = false;
  /** Where the structure that it was made of, or else the list of trips, came from. `path`: it took neither, see `KnownPaths`. */
  source: Source | "path" | undefined;

  /** In one word, for those who count. Undefined for what is no matter of the pages. */
  get outcome(): "hit" | "stale" | "collapsed" | "miss" | undefined {
    if (!this.isForPages) return undefined;
    if (this.standsIn) return "stale";
    if (this.isHit) return "hit";
    return this.collapsed ? "collapsed" : "miss";
  }

  /** All since the last call was this step. What is done in several goes is added up. */
  did(step: Step): void {
    const now = performance.now();
    this.#durationsMs.set(step, (this.#durationsMs.get(step) ?? 0) + now - this.#stepBeganAt);
    this.#stepBeganAt = now;
  }

  /** https://www.w3.org/TR/server-timing/: what was done so far, and `total`; in milliseconds. */
  formatServerTiming(): string {
    const total = ["total", performance.now() - this.#beganAt] as const;
    return [...this.#durationsMs, total].map(([step, ms]) => `${step};dur=${ms.toFixed(2)}`).join(", ");
  }
}
