import { parse } from "yaml";

/** What pages may say of themselves before their text. */
export interface FrontMatter {
  /** The keys and values; empty when there is no front matter. */
  readonly values: Readonly<Record<string, unknown>>;
  /** The text after it. */
  readonly body: string;
  /** How many lines the front matter took. */
  readonly lines: number;
  /** Why it could not be read; it is left out all the same. */
  readonly problem?: string;
}

const FRONT_MATTER = /^---[ \t]*\n(?:(.*?)\n)?(?:---|\.\.\.)[ \t]*(?:\n|$)/s;
/** A longer front matter is something else, and YAML made to be slow takes a second for 64 KiB. */
const LIMIT = 16 * 1024;

/** YAML between `---` and `---` at the very start of a page. */
export function parseFrontMatter(text: string): FrontMatter {
  const match = text.startsWith("---") ? FRONT_MATTER.exec(text.slice(0, LIMIT)) : null;
  if (match === null) return { values: {}, body: text, lines: 0 };
  const body = text.slice(match[0].length);
  const lines = match[0].split("\n").length - 1;
  try {
    const values: unknown = parse(match[1] ?? "", { maxAliasCount: 100, logLevel: "error" });
    if (values === null || values === undefined) return { values: {}, body, lines };
    if (typeof values === "object" && !Array.isArray(values)) return { values: values as Record<string, unknown>, body, lines };
    // `---` was a rule, not front matter.
    return { values: {}, body: text, lines: 0 };
  } catch (error) {
    const problem = error instanceof Error ? error.message.split("\n")[0]!.replace(/[:.]$/, "") : String(error);
    return { values: {}, body, lines, problem };
  }
}
