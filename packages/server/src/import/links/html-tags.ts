/** Attributes of raw HTML that hold an address of the source. */
const ADDRESS_ATTRIBUTES = new Set(["href", "src", "poster"]);
/** A longer tag or comment is taken for text. It bounds the work on text that opens thousands and closes none. */
const TAG_LIMIT = 4096;

/** Where an attribute's value lies, without its quotes. */
export interface AttributeSpan {
  readonly start: number;
  readonly end: number;
}

/**
 * Reads one thing that starts with `<` at `at`, by CommonMark's grammar (0.31, 6.6): an open or closing tag, a comment, a
 * processing instruction, a declaration or CDATA.
 *
 * @returns where it ends and its attributes with addresses, or undefined when it is text
 */
export function readHtml(text: string, at: number, end: number): { end: number; addresses: readonly AttributeSpan[] } | undefined {
  const limit = Math.min(end, at + TAG_LIMIT);
  for (const [opening, closing] of ENCLOSED) {
    if (!text.startsWith(opening, at)) continue;
    const close = text.slice(at + opening.length, limit).indexOf(closing);
    return close === -1 ? undefined : { end: at + opening.length + close + closing.length, addresses: [] };
  }
  if (text[at + 1] === "!") {
    const close = DECLARATION.test(text.slice(at, at + 3)) ? text.slice(at, limit).indexOf(">") : -1;
    return close === -1 ? undefined : { end: at + close + 1, addresses: [] };
  }
  return readTag(text, at, limit);
}

const ENCLOSED = [
  ["<!--", "-->"],
  ["<?", "?>"],
  ["<![CDATA[", "]]>"],
] as const;
const DECLARATION = /^<![A-Za-z]/;

function readTag(text: string, at: number, end: number): { end: number; addresses: AttributeSpan[] } | undefined {
  const isClosing = text[at + 1] === "/";
  let index = skip(text, at + (isClosing ? 2 : 1), end, isNameCharacter);
  if (!isLetter(text, at + (isClosing ? 2 : 1))) return undefined;
  const addresses: AttributeSpan[] = [];
  for (;;) {
    const afterSpace = skip(text, index, end, isSpace);
    if (afterSpace >= end) return undefined;
    if (text[afterSpace] === ">") return { end: afterSpace + 1, addresses };
    if (text[afterSpace] === "/" && text[afterSpace + 1] === ">")
      return afterSpace + 2 <= end ? { end: afterSpace + 2, addresses } : undefined;
    const afterName = skip(text, afterSpace, end, isAttributeCharacter);
    if (isClosing || afterSpace === index || afterName === afterSpace) return undefined;
    index = afterName;
    const equals = skip(text, afterName, end, isSpace);
    if (text[equals] !== "=" || equals >= end) continue;
    const value = readValue(text, skip(text, equals + 1, end, isSpace), end);
    if (value === undefined) return undefined;
    if (ADDRESS_ATTRIBUTES.has(text.slice(afterSpace, afterName).toLowerCase())) addresses.push({ start: value.start, end: value.end });
    index = value.next;
  }
}

function readValue(text: string, at: number, end: number): { start: number; end: number; next: number } | undefined {
  const quote = text[at];
  if (quote === '"' || quote === "'") {
    const close = skip(text, at + 1, end, (character) => character !== quote);
    return close < end ? { start: at + 1, end: close, next: close + 1 } : undefined;
  }
  const close = skip(text, at, end, (character) => !isSpace(character) && !"\"'=<>`".includes(character));
  return close === at ? undefined : { start: at, end: close, next: close };
}

function skip(text: string, from: number, end: number, accepts: (character: string) => boolean): number {
  let index = from;
  while (index < end && accepts(text[index]!)) index += 1;
  return index;
}

function isSpace(character: string): boolean {
  return character === " " || character === "\t" || character === "\n" || character === "\r";
}

function isLetter(text: string, at: number): boolean {
  return /[A-Za-z]/.test(text[at] ?? "");
}

function isNameCharacter(character: string): boolean {
  return /[A-Za-z0-9-]/.test(character);
}

function isAttributeCharacter(character: string): boolean {
  return /[\w:.-]/.test(character);
}
