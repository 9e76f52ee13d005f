import { type Command, InvalidArgumentError, Option } from "commander";
import { isDatabaseUrl } from "../database-url.ts";
import { examples } from "./help.ts";
import { outputOf } from "./output.ts";
import { showProgress } from "./progress-bar.ts";
import { paint } from "./text.ts";
import { formatTables } from "./transfer-report.ts";

interface CopyOptions {
  readonly to: string;
  readonly from?: string;
  readonly replace?: true;
}

export function addCopyCommand(program: Command): void {
  const command = program
    .command("copy")
    .summary("move everything to another database")
    .description(
      "Copy all that the database holds to another one, SQLite or PostgreSQL: trips, ids, cards, former addresses, tokens. All of it or nothing, and compared before it counts. What is edited meanwhile is not in it.",
    )
    .addOption(urlOption("--to <url>", "the database to copy to: sqlite:PATH or postgres://...").makeOptionMandatory())
    .addOption(urlOption("--from <url>", "the database to copy (default: DATABASE_URL)"))
    .option("--replace", "what the other database holds may go")
    .action(async ({ to, from, replace }: CopyOptions, command: Command) => {
      const output = outputOf(command);
      const [{ parseConfig }, { copyDatabase }] = await Promise.all([import("../config.ts"), import("../db/transfer/copy-database.ts")]);
      const source = from ?? parseConfig(process.env).databaseUrl;
      const copy = { from: source, to, replace: replace === true };
      const report = await showProgress(output, (onProgress) => copyDatabase({ ...copy, onProgress }));
      output.print(
        report,
        `${paint("green", "Copied")} ${report.from}\n    to ${paint("cyan", report.to)}\n\n${formatTables(report.tables)}\n\nServers run on it once DATABASE_URL names it.`,
      );
    });
  examples(command, [
    ["copy --to postgres://qrcards:secret@db.example.org/qrcards", "from SQLite to PostgreSQL"],
    ["copy --from postgres://localhost/qrcards --to sqlite:data/qrcards.db", "and back"],
  ]);
}

function urlOption(flags: string, description: string): Option {
  return new Option(flags, description).argParser((url: string) => {
    if (isDatabaseUrl(url)) return url;
    throw new InvalidArgumentError('It must start with "sqlite:" or "postgres://".');
  });
}
