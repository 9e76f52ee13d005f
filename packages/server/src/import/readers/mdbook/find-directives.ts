/** `{{#name argument}}` in a text, or `\{{#...}}`, which stands for itself without the backslash. */
export type Directive =
  | { readonly kind: "escaped"; readonly start: number; readonly end: number }
  | { readonly kind: "directive"; readonly start: number; readonly end: number; readonly name: string; readonly argument: string };

/** `{{`, spaces, `#name`, spaces. Sticky: tried at one place only. */
const HEAD = /\{\{\s{0,20}#([a-zA-Z0-9_]+)\s/y;

/** Finds mdBook's directives, left to right, in linear time. */
export function findDirectives(text: string): Directive[] {
  const found: Directive[] = [];
  const braces = new Braces(text);
  for (let at = text.indexOf("{{"); at !== -1; ) {
    const directive = (text[at - 1] === "\\" ? readEscaped(text, at - 1, braces) : undefined) ?? readDirective(text, at, braces);
    if (directive !== undefined) found.push(directive);
    at = text.indexOf("{{", directive?.end ?? at + 1);
  }
  return found;
}

function readDirective(text: string, at: number, braces: Braces): Directive | undefined {
  HEAD.lastIndex = at;
  const name = HEAD.exec(text)?.[1];
  if (name === undefined) return undefined;
  const close = braces.firstAfter(HEAD.lastIndex);
  const argument = text.slice(HEAD.lastIndex, close).trim();
  if (text[close + 1] !== "}" || argument === "") return undefined;
  return { kind: "directive", start: at, end: close + 2, name, argument };
}

/** Greedy as mdBook is: up to the last `}}` of the line. */
function readEscaped(text: string, at: number, braces: Braces): Directive | undefined {
  if (text[at + 3] !== "#") return undefined;
  const close = braces.lastPairInLine(at);
  return close < at ? undefined : { kind: "escaped", start: at, end: close + 2 };
}

/** Where braces close, asked from left to right; each part of the text is searched once. */
class Braces {
  readonly #text: string;
  #first = -1;
  #lineEnd = -1;
  #lastPair = -1;

  constructor(text: string) {
    this.#text = text;
  }

  /** The next `}` from a place on, or the text's end. */
  firstAfter(at: number): number {
    if (this.#first < at) {
      const found = this.#text.indexOf("}", at);
      this.#first = found === -1 ? this.#text.length : found;
    }
    return this.#first;
  }

  /** The last `}}` of the line around a place, or a smaller number than the place when there is none. */
  lastPairInLine(at: number): number {
    if (this.#lineEnd < at) {
      const newline = this.#text.indexOf("\n", at);
      this.#lineEnd = newline === -1 ? this.#text.length : newline;
      const found = this.#text.slice(at, this.#lineEnd).lastIndexOf("}}");
      this.#lastPair = found === -1 ? -1 : at + found;
    }
    return this.#lastPair;
  }
}
