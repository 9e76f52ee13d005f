import { readHtml } from "./html-tags.ts";

/** An address in Markdown text, without the brackets or quotes around it. */
export interface LinkSpan {
  readonly form: "link" | "image" | "definition" | "attribute";
  readonly start: number;
  readonly end: number;
}

interface Opener {
  readonly isImage: boolean;
  readonly textStart: number;
}

/** CommonMark leaves the limit on nested parentheses in an address to the implementation; cmark has this one. */
const NESTING_LIMIT = 32;
/** CommonMark 0.31, 4.7: a label has at most 999 characters. */
const LABEL_LIMIT = 999;
const BRACKET = /[[\]]/;

/** A paragraph, a heading or a table cell within a Markdown text. */
export interface InlineBlock {
  readonly start: number;
  readonly end: number;
  /** Whether it stands in a quote, whose marks may then stand at the start of its lines. */
  readonly isQuoted: boolean;
  /** Whether a label has a definition, so that `[a][b](c)` is read as the reference it is. */
  readonly isDefined: (label: string) => boolean;
}

/**
 * Finds the inline links, images and raw HTML addresses in one block. Code spans, autolinks and escaped characters are
 * passed over, and brackets pair as CommonMark pairs them: the innermost link wins, since links do not nest. Takes linear
 * time on any text.
 */
export function findInlineLinks(text: string, { start, end, isQuoted, isDefined }: InlineBlock): LinkSpan[] {
  const found: LinkSpan[] = [];
  const openers: Opener[] = [];
  const codeSpans = new CodeSpans(text, start, end);
  // Openers below this depth stand outside of a link that was found, so they can only open images.
  let linkDepth = 0;

  let at = start;
  while (at < end) {
    const character = text[at];
    if (character === "\\") {
      at += 2;
    } else if (character === "`") {
      at = codeSpans.skip(at);
    } else if (character === "<") {
      const html = readHtml(text, at, end);
      for (const address of html?.addresses ?? []) found.push({ form: "attribute", ...address });
      at = html?.end ?? skipAutolink(text, at, end) ?? at + 1;
    } else if (character === "[" || (character === "!" && text[at + 1] === "[" && at + 1 < end)) {
      const isImage = character === "!";
      at += isImage ? 2 : 1;
      openers.push({ isImage, textStart: at });
    } else if (character === "]") {
      at = closeBracket(at);
    } else {
      at += 1;
    }
  }
  return found;

  function closeBracket(close: number): number {
    const opener = openers.pop();
    const isOpen = opener !== undefined && (opener.isImage || openers.length >= linkDepth);
    linkDepth = Math.min(linkDepth, openers.length);
    if (!isOpen) return close + 1;
    const inline = readDestination(text, close + 1, end, isQuoted);
    const next = inline?.next ?? endOfReference(opener, close);
    if (next === undefined) return close + 1;
    if (inline !== undefined) found.push({ form: opener.isImage ? "image" : "link", start: inline.start, end: inline.end });
    if (!opener.isImage) linkDepth = openers.length;
    return next;
  }

  /** `[text][label]`, `[label][]` and `[label]`: their addresses stand in the definitions; here only their extent counts. */
  function endOfReference(opener: Opener, close: number): number | undefined {
    const isFollowed = text[close + 1] === "[" && close + 1 < end;
    const labelEnd = isFollowed ? text.indexOf("]", close + 2) : -1;
    if (labelEnd === close + 2) return isLabel(opener.textStart, close) ? labelEnd + 1 : undefined;
    // A label that follows is the label, or this is no reference at all (CommonMark 0.31, 6.3).
    if (labelEnd !== -1 && labelEnd < end && couldBeLabel(close + 2, labelEnd))
      return isLabel(close + 2, labelEnd) ? labelEnd + 1 : undefined;
    return isLabel(opener.textStart, close) ? close + 1 : undefined;
  }

  function isLabel(from: number, to: number): boolean {
    return couldBeLabel(from, to) && isDefined(text.slice(from, to));
  }

  function couldBeLabel(from: number, to: number): boolean {
    return to - from <= LABEL_LIMIT && !BRACKET.test(text.slice(from, to));
  }
}

/** Reads `(address "title")`. */
function readDestination(
  text: string,
  at: number,
  end: number,
  isQuoted: boolean,
): { start: number; end: number; next: number } | undefined {
  if (text[at] !== "(" || at >= end) return undefined;
  const address = readAddress(text, skipSpace(text, at + 1, end, isQuoted), end);
  if (address === undefined) return undefined;
  let next = skipSpace(text, address.next, end, isQuoted);
  if (next > address.next && next < end && text[next] !== ")") {
    const titleEnd = readTitle(text, next, end);
    if (titleEnd === undefined) return undefined;
    next = skipSpace(text, titleEnd, end, isQuoted);
  }
  return text[next] === ")" && next < end ? { start: address.start, end: address.end, next: next + 1 } : undefined;
}

/** An address in either form of CommonMark 0.31, 6.3: between `<` and `>`, or without spaces and with paired parentheses. */
export function readAddress(text: string, at: number, end: number): { start: number; end: number; next: number } | undefined {
  if (text[at] === "<" && at < end) {
    for (let index = at + 1; index < end && text[index] !== "\n" && text[index] !== "<"; index += text[index] === "\\" ? 2 : 1) {
      if (text[index] === ">") return { start: at + 1, end: index, next: index + 1 };
    }
    return undefined;
  }
  let depth = 0;
  let index = at;
  for (; index < end && text[index]! > " " && text[index] !== "\x7f"; index += 1) {
    if (text[index] === "\\" && index + 1 < end && text[index + 1]! > " ") index += 1;
    else if (text[index] === "(") depth += 1;
    else if (text[index] === ")") depth -= 1;
    if (depth > NESTING_LIMIT) return undefined;
    if (depth < 0) break;
  }
  return depth > 0 ? undefined : { start: at, end: index, next: index };
}

function readTitle(text: string, at: number, end: number): number | undefined {
  const quote = text[at]!;
  const close = quote === "(" ? ")" : quote;
  if (quote !== '"' && quote !== "'" && quote !== "(") return undefined;
  for (let index = at + 1; index < end; index += text[index] === "\\" ? 2 : 1) {
    if (text[index] === close) return index + 1;
    if (text[index] === "(" && quote === "(") return undefined;
  }
  return undefined;
}

/** Spaces, and in a quote its marks at the start of a line. */
function skipSpace(text: string, from: number, end: number, isQuoted: boolean): number {
  let index = from;
  let isLineStart = false;
  while (index < end) {
    const character = text[index]!;
    if (character === "\n") isLineStart = true;
    else if (character !== " " && character !== "\t" && character !== "\r" && !(character === ">" && isQuoted && isLineStart)) break;
    index += 1;
  }
  return index;
}

function skipAutolink(text: string, at: number, end: number): number | undefined {
  let index = at + 1;
  while (index < end && text[index]! > " " && text[index] !== "<" && text[index] !== ">") index += 1;
  return text[index] === ">" && index < end && /^<(?:[A-Za-z][A-Za-z0-9+.-]{1,31}:|[^@:]+@)/.test(text.slice(at, at + 100))
    ? index + 1
    : undefined;
}

/** The runs of backticks of one block, so that a run without its counterpart is known at once. */
class CodeSpans {
  readonly #text: string;
  readonly #end: number;
  /** Length of a run -> where such runs start, in order. */
  readonly #runs = new Map<number, number[]>();

  constructor(text: string, start: number, end: number) {
    this.#text = text;
    this.#end = end;
    for (let at = text.indexOf("`", start); at !== -1 && at < end; at = text.indexOf("`", at)) {
      const length = this.#lengthOf(at);
      const starts = this.#runs.get(length);
      if (starts === undefined) this.#runs.set(length, [at]);
      else starts.push(at);
      at += length;
    }
    for (const starts of this.#runs.values()) starts.reverse();
  }

  /** From a backtick to the end of its code span, or of its run where no span begins. */
  skip(at: number): number {
    const length = this.#lengthOf(at);
    const starts = this.#runs.get(length) ?? [];
    // Asked from left to right: what lies behind is not needed again.
    while (starts.length > 0 && starts.at(-1)! < at + length) starts.pop();
    return (starts.at(-1) ?? at) + length;
  }

  #lengthOf(at: number): number {
    let end = at;
    while (end < this.#end && this.#text[end] === "`") end += 1;
    return end - at;
  }
}
