import type { Command } from "commander";
import { formatColumns, paint } from "./text.ts";

/** Adds examples to a command's help, each as what to type after `qrcards` and what it does. */
export function examples(command: Command, lines: readonly (readonly [line: string, what: string])[]): void {
  section(
    command,
    "Examples:",
    lines.map(([line, what]) => [`qrcards ${line}`, what]),
  );
}

/** A titled list below a command's help. Where term and text do not fit into 80 columns, each term has its text below it. */
export function section(command: Command, title: string, lines: readonly (readonly [term: string, text: string])[]): void {
  const side = formatColumns(lines, "  ");
  const fits = side.split("\n").every((line) => line.length <= 80);
  const body = fits ? side : lines.map(([term, text]) => `  ${term}\n      ${text}`).join("\n");
  command.addHelpText("after", () => `\n${paint("bold", title)}\n${body}`);
}
