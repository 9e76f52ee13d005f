import { parse } from "smol-toml";
import { QRCardsError } from "../../../errors.ts";
import type { Direction } from "../../../trips/types.ts";
import { readLanguage } from "../../page-settings.ts";

/** What an import needs of `book.toml`. */
export interface BookConfig {
  readonly title: string | undefined;
  readonly description: string | undefined;
  readonly language: string | undefined;
  readonly direction: Direction | undefined;
  /** Where `SUMMARY.md` lies, relative to `book.toml`. Undefined without a `book.toml`: then it is looked for. */
  readonly src: string | undefined;
  /** `[output.html.redirect]`: old address -> new address. */
  readonly redirects: readonly (readonly [string, string])[];
  /** Names of the preprocessors that the book asks for beside mdBook's own. */
  readonly preprocessors: readonly string[];
}

/** Of a book without `book.toml`. */
export const NO_CONFIG: BookConfig = {
  title: undefined,
  description: undefined,
  language: undefined,
  direction: undefined,
  src: undefined,
  redirects: [],
  preprocessors: [],
};

const OWN_PREPROCESSORS = new Set(["links", "index"]);

/** @throws QRCardsError `import-refused`, with the line at fault */
export function parseBookConfig(text: string): BookConfig {
  const config = parseToml(text);
  const book = tableAt(config, "book");
  const redirects = tableAt(tableAt(tableAt(config, "output"), "html"), "redirect");
  const direction = book["text-direction"];
  return {
    title: textAt(book, "title"),
    description: textAt(book, "description"),
    language: readLanguage(book.language),
    direction: direction === "ltr" || direction === "rtl" ? direction : undefined,
    src: textAt(book, "src") ?? "src",
    redirects: Object.entries(redirects).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
    preprocessors: Object.keys(tableAt(config, "preprocessor")).filter((name) => !OWN_PREPROCESSORS.has(name)),
  };
}

type Table = Readonly<Record<string, unknown>>;

function parseToml(text: string): Table {
  try {
    return parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split("\n")[0] : String(cause);
    throw new QRCardsError("import-refused", `book.toml cannot be read: ${reason}.`, { cause });
  }
}

function tableAt(table: Table, key: string): Table {
  const value = Object.hasOwn(table, key) ? table[key] : undefined;
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Table) : {};
}

function textAt(table: Table, key: string): string | undefined {
  const value = table[key];
  return typeof value === "string" && value.trim() !== "" ? value.trim() : undefined;
}
