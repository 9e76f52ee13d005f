/** What a history can break, in the order in which a reader of the report asks. */
export const RULES = {
  FRESH: "after an edit's acknowledgement nothing older is served",
  BOUND: "a committed change, however it was made, is served everywhere within L",
  MARK: "what may be old says so, and only while the database cannot be asked",
  WHOLE: "everything in an answer is of one version",
  MONO: "over one connection answers never go back",
  CONVERGE: "after quiet and L everything equals the database",
  NEG: "a 404 does not outlive the creation",
  GONE: "a page that was deleted is not served",
  FLIGHT: "a process that has served a version does not fall back behind it, as when an old load is installed over a new value",
  NOLOST: "an acknowledged edit is in the database",
  LIMIT: "no answer takes longer than its bound, and trouble with Redis costs readers at most 100 ms",
  AVAIL: "reads are answered, whatever happens to Redis, and a refusal says when to come again",
} as const;

export type Rule = keyof typeof RULES;

export interface Violation {
  readonly rule: Rule;
  /** When it was seen, by the history's clock. */
  readonly at: number;
  readonly what: string;
}
