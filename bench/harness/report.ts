import { cpus } from "node:os";
import { styleText } from "node:util";
import type { Figure } from "./measure.ts";

export interface Line {
  readonly what: string;
  readonly figure: Figure | number;
  readonly unit: string;
  /** The figure must not be above (`most`) or below (`least`) it; a line without a goal is there to compare with. */
  readonly most?: number;
  readonly least?: number;
}

/** Prints a benchmark's figures beside their goals, green or red on a terminal. The figure that counts is the median. */
export function report(title: string, lines: readonly Line[]): void {
  console.log(`${styleText("bold", title)}  ${styleText("dim", machine())}`);
  const rows = lines.map((line) => {
    const { figure, unit } = line;
    const value = typeof figure === "number" ? figure : figure.median;
    const spread = typeof figure === "number" ? "" : `${format(figure.lowest)} – ${format(figure.highest)}`;
    return { line, cells: [line.what, goalOf(line), `${format(value)} ${unit}`.trim(), spread], met: isMet(line, value) };
  });
  const head = ["", "goal", "measured", "lowest – highest"];
  const widths = head.map((text, column) => Math.max(text.length, ...rows.map(({ cells }) => cells[column]!.length)));
  const print = (cells: readonly string[], paint: (text: string) => string = String) =>
    console.log(
      cells
        .map((cell, column) => (column === 2 ? paint(cell.padEnd(widths[column]!)) : cell.padEnd(widths[column]!)))
        .join("  ")
        .trimEnd(),
    );
  print(head);
  for (const { cells, met } of rows) print(cells, met === undefined ? String : (text) => styleText(met ? "green" : "red", text));
  const missed = rows.filter(({ met }) => met === false);
  console.log(missed.length === 0 ? "" : `${styleText("red", "missed")}: ${missed.map(({ line }) => line.what).join("; ")}\n`);
}

function isMet({ most, least }: Line, value: number): boolean | undefined {
  if (most === undefined && least === undefined) return undefined;
  return value <= (most ?? value) && value >= (least ?? value);
}

function goalOf({ most, least, unit }: Line): string {
  if (most !== undefined) return `<= ${format(most)} ${unit}`.trim();
  return least === undefined ? "" : `>= ${format(least)} ${unit}`.trim();
}

/** Three digits that mean something. */
function format(value: number): string {
  if (value !== 0 && Math.abs(value) < 1000) return String(Number(value.toPrecision(3)));
  return Math.round(value).toLocaleString("en");
}

function machine(): string {
  const [first] = cpus();
  return `Node ${process.versions.node}, ${cpus().length} x ${first?.model.trim() ?? "unknown processor"}, ${new Date().toISOString().slice(0, 10)}`;
}
