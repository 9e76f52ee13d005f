import { type Command, CommanderError } from "commander";
import { classifyDatabaseError, isUnusable } from "../database-errors.ts";
import { ERRORS, type ErrorCode, QRCardsError } from "../errors.ts";
import { exitCodeOf } from "./exit-codes.ts";
import { paint, printable, terminalWidth, wrap } from "./text.ts";

/** An error as it is printed; with `--json` exactly this. */
interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly help: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** The one place where an error becomes words and an exit code. A stack is shown with QRCARDS_DEBUG=1 only. */
export function reportFailure(error: unknown, { program, argv }: { readonly program: Command; readonly argv: readonly string[] }): void {
  if (error instanceof CommanderError && error.exitCode === 0) return; // --help and --version throw too.
  const failure = describe(error, program, argv);
  process.exitCode = exitCodeOf(failure.code);
  const isJson = argv.includes("--json");
  // Without a command its help is on stderr by now, which says it all to people.
  if (error instanceof CommanderError && error.code === "commander.help" && !isJson) return;
  if (isJson) process.stdout.write(`${JSON.stringify(failure, null, 2)}\n`);
  else writeForPeople(failure);
  if (process.env.QRCARDS_DEBUG === "1") console.error(error);
}

function describe(error: unknown, program: Command, argv: readonly string[]): Failure {
  if (error instanceof CommanderError) {
    const message =
      error.code === "commander.help" ? "say which command" : error.message.replace(/^error: /, "").replace(/\n\((.*)\)$/, ". $1");
    return {
      code: "usage",
      message: `${message.charAt(0).toUpperCase()}${message.slice(1)}`,
      help: `Run \`${commandLine(program, argv)} --help\` to see what it takes.`,
    };
  }
  if (error instanceof QRCardsError) {
    return { code: error.code, message: error.message, help: error.help, ...(error.details && { details: error.details }) };
  }
  const code = error instanceof Error ? classifyDatabaseError(error) : undefined;
  if (code !== undefined)
    return { code, message: code === "busy" ? "The database is busy." : "The database does not answer.", help: ERRORS[code].help };
  if (isUnusable(error))
    return { code: "database-unusable", message: `The database cannot be used: ${error.message}.`, help: ERRORS["database-unusable"].help };
  return {
    code: "internal",
    message: error instanceof Error ? error.message : String(error),
    help: "This is a fault in QRCards. Run it again with QRCARDS_DEBUG=1 to see where.",
  };
}

/** As far as the words name a command: `qrcards trips add`. */
function commandLine(program: Command, argv: readonly string[]): string {
  let command = program;
  let line = program.name();
  for (const word of argv) {
    const next = command.commands.find((candidate) => candidate.name() === word);
    if (next === undefined) continue;
    command = next;
    line += ` ${word}`;
  }
  return line;
}

function writeForPeople({ message, help }: Failure): void {
  const label = "error:";
  const indent = label.length + 1;
  const lines = [message, help].map((text) => wrap(printable(text), indent, terminalWidth(process.stderr)));
  process.stderr.write(`${paint("red", label, process.stderr)} ${lines.join(`\n${" ".repeat(indent)}`)}\n`);
}
