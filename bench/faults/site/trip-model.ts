import type { Registers } from "../history/records.ts";
import { listOf } from "./marks.ts";

export interface Page {
  /** As marks have it: `atlas3`. */
  readonly name: string;
  /** The product's id of it. */
  readonly id: string;
  /** The code of its card; undefined without one. */
  readonly card: string | undefined;
  parent: Page | undefined;
  slug: string;
  alive: boolean;
  revision: number;
  /** Where it stood before. */
  readonly formerPaths: Set<string>;
}

/**
 * What one author knows of a trip that nobody else arranges: the trip's own page, chapters that stay where they are, and leaves
 * that are renamed, moved, deleted and restored. Its methods say which registers an edit sets; `apply` is called when it is done.
 */
export class TripModel {
  readonly name: string;
  readonly root: Page;
  readonly chapters: readonly Page[];
  readonly leaves: Page[];
  /** An address at which the next page will be created. */
  nextSlug: string;

  constructor(name: string, root: Page, chapters: readonly Page[], leaves: readonly Page[]) {
    this.name = name;
    this.root = root;
    this.chapters = chapters;
    this.leaves = [...leaves];
    this.nextSlug = "soon-0";
  }

  get pages(): readonly Page[] {
    return [this.root, ...this.chapters, ...this.leaves];
  }

  /** Below the first chapter. */
  get nextPath(): string {
    return `${pathOf(this.chapters[0]!)}/${this.nextSlug}`;
  }

  childrenOf(parent: Page): Page[] {
    return this.pages.filter((page) => page.parent === parent && page.alive);
  }

  /** All that is to be seen of a page's place once it stands there. */
  place(page: Page, to: { readonly parent: Page; readonly slug: string }): Registers {
    const now = pathOf(page);
    const path = `${pathOf(to.parent)}/${to.slug}`;
    const former = [...page.formerPaths, now].filter((other) => other !== path);
    return {
      ...Object.fromEntries(former.map((other) => [`at:${other}`, `to:${path}`])),
      [`at:${path}`]: page.name,
      ...(page.card !== undefined && { [`card:${page.card}`]: `to:${path}` }),
      ...(to.parent !== page.parent && {
        ...this.#children(page.parent!, (name) => name !== page.name),
        ...this.#children(to.parent, () => true, page.name),
      }),
    };
  }

  delete(page: Page): Registers {
    const paths = [...page.formerPaths, pathOf(page)];
    return {
      ...Object.fromEntries(paths.map((path) => [`at:${path}`, "gone"])),
      ...(page.card !== undefined && { [`card:${page.card}`]: "gone" }),
      ...this.#children(page.parent!, (name) => name !== page.name),
    };
  }

  restore(page: Page): Registers {
    return { ...this.place(page, { parent: page.parent!, slug: page.slug }), ...this.#children(page.parent!, () => true, page.name) };
  }

  create(name: string, parent: Page, slug: string): Registers {
    return {
      [`at:${pathOf(parent)}/${slug}`]: name,
      [`children:${name}`]: "",
      ...this.#children(parent, () => true, name),
    };
  }

  #children(parent: Page, stays: (name: string) => boolean, added?: string): Registers {
    const names = this.childrenOf(parent).map(({ name }) => name);
    return { [`children:${parent.name}`]: listOf([...names.filter((name) => stays(name) && name !== added), ...(added ? [added] : [])]) };
  }
}

/** Where a page stands, or stood when it was deleted. */
export function pathOf(page: Page): string {
  return `${page.parent === undefined ? "" : pathOf(page.parent)}/${page.slug}`;
}
