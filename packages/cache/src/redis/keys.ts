/**
 * The names of a namespace in Redis. Entries are `namespace:key`, so a cluster spreads them over all its servers. All else
 * begins with `~{namespace}`: the braces keep it in one slot, so that one script can work on it, and as no namespace has a
 * `~`, a `:` or a brace in it, no entry of any namespace is called so.
 */
export class Keys {
  /** What all entries begin with. It has no character that means anything in a pattern of SCAN. */
  readonly entryPrefix: string;
  readonly bus: string;
  /** The three of the authority's log, in the order in which its scripts take them. */
  readonly log: readonly [position: string, changes: string, heads: string];
  readonly #own: string;

  /** @param namespace as `parseNamespace` lets it through */
  constructor(namespace: string) {
    this.#own = `~{${namespace}}:`;
    this.entryPrefix = `${namespace}:`;
    this.bus = `${this.#own}bus`;
    this.log = [`${this.#own}position`, `${this.#own}changes`, `${this.#own}heads`];
  }

  entry(key: string): string {
    return this.entryPrefix + key;
  }

  channel(name: string): string {
    return `${this.#own}channel:${name}`;
  }

  lock(key: string): string {
    return `${this.#own}lock:${key}`;
  }
}
