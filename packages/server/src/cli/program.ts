import { Command } from "commander";
import { readVersion } from "../version.ts";
import { addBackupCommand } from "./backup.ts";
import { addCardCommand } from "./card.ts";
import { addCopyCommand } from "./copy.ts";
import { addDoctorCommand } from "./doctor.ts";
import { EXIT_CODES } from "./exit-codes.ts";
import { addExportCommand } from "./export.ts";
import { addFlushCommand } from "./flush.ts";
import { examples, section } from "./help.ts";
import { addImportCommand } from "./import.ts";
import { addResolveCommand } from "./resolve.ts";
import { addRestoreCommand } from "./restore.ts";
import { addServeCommand } from "./serve.ts";
import { paint } from "./text.ts";
import { addTokenCommand } from "./token.ts";
import { addTripsCommand } from "./trips.ts";

/** All commands, described but not loaded: what a command works with is imported when it runs. */
export function buildProgram(): Command {
  const program = new Command("qrcards")
    .description("Print once. Change anything. Every card always lands, at once, on what is true now.")
    .option("--json", "print the result, or the error, as one JSON document on stdout")
    .version(readVersion(), "-v, --version", "print the version")
    .helpOption("-h, --help", "explain a command")
    .exitOverride()
    // Errors are printed in one place, report-failure; help without a command is an error of usage.
    .configureOutput({ outputError: () => {} })
    .configureHelp({
      showGlobalOptions: true,
      styleTitle: (title) => paint("bold", title),
      styleCommandText: (text) => paint("cyan", text),
      styleSubcommandText: (text) => paint("cyan", text),
      styleOptionText: (text) => paint("green", text),
      styleArgumentText: (text) => paint("yellow", text),
    });

  program.commandsGroup("Run:").helpCommand("help [command]", "explain a command");
  addServeCommand(program);
  addDoctorCommand(program);
  addFlushCommand(program);
  program.commandsGroup("Content:");
  addImportCommand(program);
  addExportCommand(program);
  addTripsCommand(program);
  program.commandsGroup("Cards and addresses:");
  addCardCommand(program);
  addResolveCommand(program);
  program.commandsGroup("Whole database:");
  addBackupCommand(program);
  addRestoreCommand(program);
  addCopyCommand(program);
  program.commandsGroup("Access:");
  addTokenCommand(program);

  examples(program, [
    ["serve --demo", "start the server with the demo trip"],
    ["import ./my-book", "make a trip of a folder of Markdown"],
    ["card my-book/chapter-1 --terminal", "show a page's card"],
    ["resolve /my-book/old-address", "see why an address leads where it leads"],
  ]);
  section(program, "Settings (environment):", [
    ["QRCARDS_DATA", "folder of the SQLite file (default: data)"],
    ["DATABASE_URL", "sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE"],
    ["PORT, HOST", "where to listen (default: 3000 on 0.0.0.0)"],
    ["PUBLIC_URL", "address of this server as printed on cards"],
    ["NO_COLOR", "no colours; FORCE_COLOR for colours in a pipe"],
    ["QRCARDS_DEBUG=1", "show where an error comes from"],
  ]);
  section(
    program,
    "Exit codes:",
    Object.values(EXIT_CODES).map(({ code, meaning }) => [String(code), meaning]),
  );
  return program;
}
