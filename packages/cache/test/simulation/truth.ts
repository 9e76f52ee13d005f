/** One value that a key had. */
export interface Fact {
  readonly id: number;
  readonly key: string;
  /** The tag that the value carries. */
  readonly group: string;
  /** There is none: a loader finds nothing. */
  readonly gone: boolean;
  /** Until which moment it was so; `Infinity`: it still is. */
  until: number;
}

/** What is so, in a place that versions nothing and tells nobody when it changes. */
export class Truth {
  readonly facts: Fact[] = [];
  readonly #current = new Map<string, Fact>();

  edit(key: string, group: string, gone: boolean, moment: number): Fact {
    const before = this.#current.get(key);
    if (before !== undefined) before.until = moment;
    const fact: Fact = { id: this.facts.length, key, group, gone, until: Number.POSITIVE_INFINITY };
    this.facts.push(fact);
    this.#current.set(key, fact);
    return fact;
  }

  find(key: string): Fact {
    return this.#current.get(key)!;
  }

  /** What was so and is no more. */
  past(): readonly Fact[] {
    return this.facts.filter((fact) => fact.until < Number.POSITIVE_INFINITY);
  }
}

/** What one invalidation is about: some keys and tags in the words of the log, or everything. */
export interface Scope {
  readonly words: readonly string[] | "everything";
  /** For everything: no copy may be kept. (Words say it themselves.) */
  readonly hard: boolean;
}

/** Whether values of this fact must go by such an invalidation, `softly`: though a copy may be kept for grace. */
export function reachOf({ words, hard }: Scope, { key, group, gone }: Fact): "hard" | "soft" | undefined {
  if (words === "everything") return hard ? "hard" : "soft";
  // That there is none carries no tags here.
  if (words.includes(`=${key}`) || (!gone && words.includes(`#${group}`))) return "hard";
  return words.includes(`~=${key}`) ? "soft" : undefined;
}
