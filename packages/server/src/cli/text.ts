import { styleText } from "node:util";

type Format = Parameters<typeof styleText>[0];

/** Colours only on a terminal that has them; NO_COLOR and FORCE_COLOR are honoured. */
export function paint(format: Format, text: string, stream: NodeJS.WriteStream = process.stdout): string {
  return styleText(format, text, { stream });
}

export function hasColours(stream: NodeJS.WriteStream = process.stdout): boolean {
  return paint("bold", "-", stream) !== "-";
}

/** Columns of the terminal; 80 where the output goes elsewhere. */
export function terminalWidth(stream: NodeJS.WriteStream = process.stdout): number {
  return stream.columns > 0 ? stream.columns : 80;
}

// Titles come from anybody's files: a control character or a change of direction could make a terminal show anything.
const UNPRINTABLE = /[\p{Cc}\u2028\u2029\u202A-\u202E\u2066-\u2069]/gu;

export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => (character === "\n" ? "\n" : "\uFFFD"));
}

const ESCAPES = /\u001B\[[\d;]*m/g;
/** Scripts and signs that take two columns: Unicode's East Asian Width W and F, roughly. */
const WIDE =
  /^[\p{Emoji_Presentation}\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6\u{20000}-\u{3FFFD}]/u;

/** How many columns a text takes, colours not counted. */
export function displayWidth(text: string): number {
  const plain = text.replace(ESCAPES, "");
  // Most are; and making a segmenter takes longer than all else that `--help` does.
  if (/^[ -~]*$/.test(plain)) return plain.length;
  let width = 0;
  for (const { segment } of new Intl.Segmenter("en", { granularity: "grapheme" }).segment(plain)) width += WIDE.test(segment) ? 2 : 1;
  return width;
}

/** Breaks an uncoloured text at its spaces, so that it fits beside an indent of so many columns; further lines are indented. */
export function wrap(text: string, indent: number, width: number = terminalWidth()): string {
  const room = Math.max(20, width - indent);
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const line = lines.at(-1);
    if (line === undefined || displayWidth(line) + 1 + displayWidth(word) > room) lines.push(word);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return lines.join(`\n${" ".repeat(indent)}`);
}

/** Rows in columns, two spaces apart; a last column takes what it needs. */
export function formatColumns(rows: readonly (readonly string[])[], indent = ""): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.slice(0, -1).entries()) widths[column] = Math.max(widths[column] ?? 0, displayWidth(cell));
  }
  const pad = (cell: string, column: number) => cell + " ".repeat(Math.max(0, (widths[column] ?? 0) - displayWidth(cell)));
  return rows
    .map((row) => `${indent}${row.map((cell, column) => (column === row.length - 1 ? cell : pad(cell, column))).join("  ")}`.trimEnd())
    .join("\n");
}

/** "1 page", "2 pages". */
export function count(number: number, noun: string, plural = `${noun}s`): string {
  return `${number.toLocaleString("en")} ${number === 1 ? noun : plural}`;
}
