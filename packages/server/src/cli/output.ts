import type { Command } from "commander";
import { printable, terminalWidth, wrap } from "./text.ts";

/** Where a command's result goes: text for people, or one JSON document with `--json`. */
export class Output {
  readonly json: boolean;

  constructor(json: boolean) {
    this.json = json;
  }

  /** The result, once a command: `document` as JSON, or the text. */
  print(document: unknown, text: string): void {
    process.stdout.write(this.json ? `${JSON.stringify(document, null, 2)}\n` : `${text}\n`);
  }

  /** A remark beside the result, for people: on stderr, so that it never gets into a pipe. */
  note(text: string): void {
    if (!this.json) process.stderr.write(`${wrap(printable(text), 0, terminalWidth(process.stderr))}\n`);
  }
}

/** The output of the command that runs; `--json` may stand anywhere on the command line. */
export function outputOf(command: Command): Output {
  return new Output(command.optsWithGlobals<{ json?: boolean }>().json === true);
}
