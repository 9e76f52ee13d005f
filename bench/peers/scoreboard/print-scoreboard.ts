import { styleText } from "node:util";
import { type Column, type Outcome, outcomeOf, type Row } from "./results.ts";

const TITLE_WIDTH = 66;
const COLUMN_WIDTH = 3;

const SYMBOLS: Readonly<Record<Outcome, string>> = {
  kept: styleText("green", "✓"),
  broken: styleText("red", "✗"),
  "not offered": styleText("dim", "·"),
};

const cell = (visible: string, printed = visible) => " ".repeat(COLUMN_WIDTH - visible.length) + printed;

const line = (title: string, cells: readonly string[]) => console.log((title.padEnd(TITLE_WIDTH) + cells.join("")).trimEnd());

/** Who takes part, in which configuration. */
export function printLegend(columns: readonly Column[]): void {
  let last = "";
  for (const { entrant, adapter } of columns) {
    const library = adapter.name === last ? "" : `${entrant.short}  ${adapter.name} ${adapter.version}`;
    last = adapter.name;
    console.log(`${library.padEnd(30)}${letterOf(adapter.configuration)}  ${styleText("dim", adapter.sets)}`);
  }
  const symbols = Object.entries(SYMBOLS).map(([outcome, symbol]) => `${symbol} ${outcome}`);
  console.log(`\n${symbols.join("   ")}   d default: as its documentation begins   r as that recommends`);
}

/** The table: behaviours by libraries, then how many each keeps. */
export function printTable(rows: readonly Row[], columns: readonly Column[]): void {
  let heading = "";
  for (const row of rows) {
    if (row.heading !== heading) {
      heading = row.heading;
      console.log();
      line(
        heading,
        columns.map(({ entrant }, index) => cell(columns[index - 1]?.entrant === entrant ? "" : entrant.short)),
      );
      line(
        "",
        columns.map(({ adapter }) => cell(letterOf(adapter.configuration))),
      );
    }
    line(
      `  ${row.title}`,
      columns.map((column) => cell("x", SYMBOLS[outcomeOf(row, column)])),
    );
  }
  console.log();
  for (const outcome of ["kept", "broken", "not offered"] as const) {
    const title = `${outcome} (of ${rows.length})`;
    line(
      title,
      columns.map((column) => cell(String(rows.filter((row) => outcomeOf(row, column) === outcome).length))),
    );
  }
}

/** Each case that failed: what was seen, and how to see it again. */
export function printFailures(rows: readonly Row[], columns: readonly Column[]): void {
  for (const { adapter, results } of columns) {
    const failed = rows.flatMap(({ cases }) => cases).filter(({ number }) => results.get(number)?.outcome === "broken");
    if (failed.length === 0) continue;
    const which = `${adapter.name}:${adapter.configuration}`;
    console.log(`\n${styleText("bold", `${adapter.name} ${adapter.version}, ${adapter.configuration}`)}`);
    for (const { number, name } of failed) {
      console.log(`  ${SYMBOLS.broken} ${name}`);
      console.log(`      ${results.get(number)?.seen}`);
      console.log(styleText("dim", `      npm run bench -- scoreboard --only ${which} --case ${number}`));
    }
  }
}

const letterOf = (configuration: string) => configuration.charAt(0);
