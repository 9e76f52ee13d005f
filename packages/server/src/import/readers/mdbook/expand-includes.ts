import { QRCardsError } from "../../../errors.ts";
import type { ImportNote } from "../../../trips/types.ts";
import { folderOf, joinPath } from "../../links/resolve-address.ts";
import { commentIn, Fences } from "./fences.ts";
import { type Directive, findDirectives } from "./find-directives.ts";
import { parseSelection, takeLines, takeRustdocLines } from "./take-lines.ts";

/** mdBook's own limit. */
const DEPTH_LIMIT = 10;

/** Characters that even an empty include counts for, so that empty files that include each other by the thousand end too. */
const SMALLEST_COST = 1024;

/** What includes can reach, and what they may cost. One for a whole import. */
export interface IncludeSite {
  /** The text of a file of the source, or undefined. */
  readText(path: string): Promise<string | undefined>;
  readonly note: (note: ImportNote) => void;
  /** Characters that includes may still add to pages, over the whole import. */
  remaining: number;
}

export interface ExpandedText {
  readonly text: string;
  /** The line of the chapter's own file that a line of the text comes from; both 1-based. */
  readonly lineOf: (line: number) => number;
}

interface Place {
  /** The file that the text stands in. */
  readonly file: string;
  /** The files that led here, to see a circle. */
  readonly trail: readonly string[];
  /** The fence that the including directive stood in. */
  readonly outerInfo: string | undefined;
  /** Line of the file's first line, or undefined where only parts of the file are here. */
  readonly firstLine: number | undefined;
}

/**
 * Carries out mdBook's `links` preprocessor: `{{#include}}`, `{{#rustdoc_include}}`, `{{#playground}}` with line ranges and
 * anchors, nested; `{{#title}}` goes, since a page has its title from `SUMMARY.md`. What cannot be included leaves a
 * placeholder that readers can see, and a note.
 *
 * @throws QRCardsError `import-refused` when the includes of the whole import add up to more than they may
 */
export async function expandIncludes(text: string, file: string, firstLine: number, site: IncludeSite): Promise<ExpandedText> {
  const pieces = await expand(text, { file, trail: [file], outerInfo: undefined, firstLine }, site);
  const starts: { readonly line: number; readonly source: number; readonly isCopy: boolean }[] = [];
  let line = 1;
  for (const piece of pieces) {
    starts.push({ line, source: piece.line, isCopy: piece.isCopy });
    line += countLineEnds(piece.text);
  }
  return {
    text: pieces.map((piece) => piece.text).join(""),
    lineOf(wanted) {
      let low = 0;
      let high = starts.length;
      while (high - low > 1) {
        const middle = (low + high) >>> 1;
        if (starts[middle]!.line <= wanted) low = middle;
        else high = middle;
      }
      const start = starts[low]!;
      return start.source + (start.isCopy ? wanted - start.line : 0);
    },
  };
}

interface Piece {
  readonly text: string;
  /** Where it comes from in the chapter's own file. */
  readonly line: number;
  /** Whether its lines are lines of that file. */
  readonly isCopy: boolean;
}

async function expand(text: string, place: Place, site: IncludeSite): Promise<Piece[]> {
  const pieces: Piece[] = [];
  const fences = new Fences(text);
  let copied = 0;
  let lineStart = 0;
  let line = place.firstLine ?? 1;
  for (const directive of findDirectives(text)) {
    const before = text.slice(copied, directive.start);
    lineStart = lastLineStart(before, copied) ?? lineStart;
    pieces.push({ text: before, line, isCopy: true });
    line += countLineEnds(before);
    const raw = text.slice(directive.start, directive.end);
    const info = fences.infoAt(directive.start) ?? place.outerInfo;
    const prefix = text.slice(lineStart, directive.start);
    const context: Context = {
      info,
      line: place.firstLine === undefined ? undefined : line,
      prefix,
      isAlone: /^[ \t>]*$/.test(prefix) && /^[ \t]*(?:\n|$)/.test(text.slice(directive.end, directive.end + 200)),
    };
    pieces.push({ text: await carryOut(directive, raw, context, place, site), line, isCopy: false });
    line += countLineEnds(raw);
    lineStart = lastLineStart(raw, directive.start) ?? lineStart;
    copied = directive.end;
  }
  pieces.push({ text: text.slice(copied), line, isCopy: true });
  return pieces;
}

interface Context {
  readonly info: string | undefined;
  readonly line: number | undefined;
  /** What stands before the directive on its line. */
  readonly prefix: string;
  /** Whether the directive has its line for itself. */
  readonly isAlone: boolean;
}

async function carryOut(directive: Directive, raw: string, context: Context, place: Place, site: IncludeSite): Promise<string> {
  if (directive.kind === "escaped") return raw.slice(1);
  const { name, argument } = directive;
  const at = { file: place.file, ...(context.line !== undefined && { line: context.line }) };
  if (name === "title") return "";
  if (!["include", "rustdoc_include", "playground", "playpen"].includes(name)) {
    site.note({ kind: "unknown-directive", ...at, message: `The directive "{{#${name}}}" is not known; it was left as it is.` });
    return raw;
  }

  const [target = "", ...properties] = argument.split(/\s+/);
  const isPlayground = name.startsWith("play");
  const colon = isPlayground ? -1 : target.indexOf(":");
  const location = colon === -1 ? target : target.slice(0, colon);
  const path = joinPath(folderOf(place.file), location);
  const fail = (reason: string): string => {
    site.note({ kind: "missing-include", ...at, message: `"${target}" ${reason}.` });
    return placeholder(target, context);
  };
  if (path === undefined) return fail("leads out of the source");
  if (place.trail.includes(path)) return fail("includes itself");
  if (place.trail.length > DEPTH_LIMIT) return fail(`lies more than ${DEPTH_LIMIT} includes deep`);
  const text = await site.readText(path);
  if (text === undefined) return fail("is not in the source");

  const inRust = /^\s*rust\b/.test(context.info ?? "rust");
  const take = name === "rustdoc_include" && inRust ? takeRustdocLines : takeLines;
  const lines = take(text, parseSelection(colon === -1 ? undefined : target.slice(colon + 1)));
  if (lines === undefined) return fail("names lines that are not there");
  const content = isPlayground ? [`\`\`\`${["rust", ...properties].join(",")}`, ...lines, "```"] : lines;
  const inner: Place = { file: path, trail: [...place.trail, path], outerInfo: context.info, firstLine: undefined };
  const expanded = (await expand(content.join("\n"), inner, site)).map((piece) => piece.text).join("");
  site.remaining -= Math.max(expanded.length, SMALLEST_COST);
  if (site.remaining < 0) throw new QRCardsError("import-refused", `The includes of "${place.file}" and others add up to too much text.`);
  return withPrefix(expanded, context.prefix);
}

/** The marks of a quote and the indentation of a list go before each included line. */
function withPrefix(text: string, prefix: string): string {
  return /^[ \t>]+$/.test(prefix) ? text.replaceAll("\n", `\n${prefix}`) : text;
}

function placeholder(target: string, { info, isAlone, prefix }: Context): string {
  if (info !== undefined) return commentIn(info, `missing: ${target}`);
  const code = `\`${target.replaceAll("`", "'")}\``;
  return isAlone ? withPrefix(`> [!WARNING]\n> This part is missing: ${code}`, prefix) : `(missing: ${code})`;
}

/** Where the last line of a part of the text begins, if it begins within that part. */
function lastLineStart(part: string, offset: number): number | undefined {
  const newline = part.lastIndexOf("\n");
  return newline === -1 ? undefined : offset + newline + 1;
}

function countLineEnds(text: string): number {
  let count = 0;
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) count += 1;
  return count;
}
