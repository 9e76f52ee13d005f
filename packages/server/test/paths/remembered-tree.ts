import type { PastStay, Structure } from "../../src/paths/resolve.ts";

interface Place {
  readonly parent: number;
  readonly segment: string;
  readonly since: number;
}

/**
 * A tree that remembers everything, in the plainest way: which node stood at which path, written down whole after each
 * edit. What `resolve` has to work out is looked up here. The edits are free ones: any node may go anywhere but below
 * itself, and places are checked as the database checks them.
 */
export class RememberedTree implements Structure {
  readonly root = 0;
  /** The living paths after each edit, by `JSON.stringify(segments)`. */
  readonly moments: ReadonlyMap<string, number>[] = [];
  readonly #parents: number[] = [-1];
  /** Undefined for the root and for a deleted node. */
  readonly #places: (Place | undefined)[] = [undefined];
  readonly #successors = new Map<number, number>();
  readonly #stays: (PastStay & { readonly parent: number; readonly segment: string })[] = [];

  constructor() {
    this.#remember();
  }

  get size(): number {
    return this.#parents.length;
  }

  // Edits; each says whether it could be done

  create(parent: number, segment: string): boolean {
    if (!this.isAlive(parent) || this.childAt(parent, segment) !== -1) return false;
    this.#parents.push(parent);
    this.#places.push({ parent, segment, since: this.moments.length });
    return this.#remember();
  }

  place(node: number, parent: number, segment: string): boolean {
    if (node === 0 || !this.isAlive(node) || !this.isAlive(parent) || this.#isWithin(parent, node)) return false;
    const holder = this.childAt(parent, segment);
    if (holder !== -1) return false;
    this.#leave(node);
    this.#parents[node] = parent;
    this.#places[node] = { parent, segment, since: this.moments.length };
    return this.#remember();
  }

  remove(node: number, successor: number): boolean {
    if (node === 0 || !this.isAlive(node)) return false;
    if (successor !== -1 && (!this.isAlive(successor) || this.#isWithin(successor, node))) return false;
    this.#leave(node);
    this.#places[node] = undefined;
    if (successor !== -1) this.#successors.set(node, successor);
    return this.#remember();
  }

  restore(node: number, segment: string): boolean {
    const parent = this.#parents[node]!;
    if (node === 0 || this.#places[node] !== undefined || !this.isAlive(parent) || this.childAt(parent, segment) !== -1) return false;
    this.#successors.delete(node);
    this.#places[node] = { parent, segment, since: this.moments.length };
    return this.#remember();
  }

  #leave(node: number): void {
    const { parent, segment, since } = this.#places[node]!;
    this.#stays.unshift({ parent, segment, node, from: since, until: this.moments.length });
  }

  #remember(): true {
    const paths = new Map<string, number>();
    const enter = (node: number, path: readonly string[]) => {
      paths.set(JSON.stringify(path), node);
      for (const [child, place] of this.#places.entries()) if (place?.parent === node) enter(child, [...path, place.segment]);
    };
    enter(0, []);
    this.moments.push(paths);
    return true;
  }

  #isWithin(node: number, ancestor: number): boolean {
    for (let at = node; at !== -1; at = this.#parents[at]!) if (at === ancestor) return true;
    return false;
  }

  // The structure, as `resolve` sees it

  childAt(parent: number, segment: string): number {
    return this.#places.findIndex((place) => place?.parent === parent && place.segment === segment);
  }

  standsSince(node: number): number {
    return this.#places[node]?.since ?? 0;
  }

  pastAt(parent: number, segment: string): readonly PastStay[] {
    return this.#stays.filter((stay) => stay.parent === parent && stay.segment === segment);
  }

  isAlive(node: number): boolean {
    for (let at = node; at !== 0; at = this.#parents[at]!) if (this.#places[at] === undefined) return false;
    return true;
  }

  successorOf(node: number): number {
    const next = this.#places[node] === undefined ? (this.#successors.get(node) ?? -1) : -1;
    return next === -1 || this.isAlive(next) ? next : this.successorOf(next);
  }
}
