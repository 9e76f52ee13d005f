import { freeSlug, slugify } from "../paths/slugify.ts";
import type { PlannedNode } from "../trips/types.ts";

/** An address below the trip that a page is said to have had. */
export interface AliasWish {
  readonly key: string;
  readonly segments: readonly string[];
}

type Placed = Pick<PlannedNode, "key" | "parentKey" | "title" | "slug" | "slugSource">;

/**
 * Knows where the nodes of a plan will stand, by the rules of `paths/`, so that former addresses can be judged before
 * anything is stored. The trip that the plan meets may still move a slug; the worst of that is a superfluous former name,
 * which never hides a living page.
 */
export class PlaceBook {
  /** Address below the trip -> key of the page that stands there, or stood there. */
  readonly #living = new Map<string, string>();
  readonly #former = new Map<string, string>();

  /** @param nodes parents before children */
  constructor(nodes: readonly Placed[]) {
    const siblings = new Map<string, Placed[]>();
    for (const node of nodes) {
      if (node.parentKey === null) continue;
      const group = siblings.get(node.parentKey);
      if (group === undefined) siblings.set(node.parentKey, [node]);
      else group.push(node);
    }
    const addresses = new Map<string, string>();
    for (const node of nodes) {
      const above = addresses.get(node.key);
      for (const [segment, child] of segmentsAmong(siblings.get(node.key) ?? [])) {
        const address = above === undefined ? segment : `${above}/${segment}`;
        addresses.set(child, address);
        this.#living.set(address, child);
      }
    }
  }

  /**
   * Takes an address into the page's history.
   *
   * @returns "taken"; "own place" when it is where the page stands anyway; else why it cannot be
   */
  take({ key, segments }: AliasWish): "taken" | "own place" | "not an address" | "another page stands there" | "another page had it" {
    if (segments.length === 0 || segments.includes("")) return "not an address";
    const address = segments.join("/");
    const living = this.#living.get(address);
    if (living !== undefined) return living === key ? "own place" : "another page stands there";
    const former = this.#former.get(address);
    if (former !== undefined) return former === key ? "own place" : "another page had it";
    this.#former.set(address, key);
    return "taken";
  }
}

/** The segments that siblings get: authors' own slugs first, then those made from names, with numbers where two are alike. */
function segmentsAmong(siblings: readonly Placed[]): Map<string, string> {
  const keys = new Map<string, string>();
  const chosen = siblings.filter((node) => node.slug !== undefined);
  const made = siblings.filter((node) => node.slug === undefined);
  for (const node of [...chosen, ...made]) {
    const slug = slugify(node.slug ?? node.slugSource ?? node.title);
    // Without a slug the node's id will stand there, which nobody knows yet.
    keys.set(slug === "" ? `?${keys.size}` : freeSlug(slug, (candidate) => keys.has(candidate)), node.key);
  }
  return keys;
}
