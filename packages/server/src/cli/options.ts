import { InvalidArgumentError, Option } from "commander";
import { NODE_STATES } from "../trips/types.ts";

/** Options that several commands share, each described once. */

export function stateOption(description: string): Option {
  return new Option("--state <state>", description).choices(NODE_STATES);
}

export function slugOption(description: string): Option {
  return new Option("--slug <slug>", description);
}

export function languageOption(description: string): Option {
  return new Option("--language <tag>", description).argParser(parseLanguage);
}

export function directionOption(): Option {
  return new Option("--direction <direction>", "direction of the text; default: the language's").choices(["ltr", "rtl"]);
}

export function bodyFileOption(): Option {
  return new Option("--body-file <path>", "the page's Markdown; - reads standard input");
}

export function revisionOption(): Option {
  return new Option("--revision <number>", "refuse when the page has another revision by now").argParser(parseRevision);
}

function parseRevision(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError("It must be a whole number, as `trips read --json` shows it.");
  return Number(text);
}

/** BCP 47, as `Intl` knows it; in its canonical spelling. */
function parseLanguage(text: string): string {
  try {
    return Intl.getCanonicalLocales(text)[0]!;
  } catch {
    throw new InvalidArgumentError("It must be a language tag such as en, de or ar.");
  }
}
