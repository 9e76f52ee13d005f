import type { Command } from "commander";
import { QRCardsError } from "../errors.ts";
import { examples } from "./help.ts";
import { outputOf } from "./output.ts";
import { showProgress } from "./progress-bar.ts";
import { count, paint, printable } from "./text.ts";
import { formatTables } from "./transfer-report.ts";
import { namingFile } from "./user-files.ts";

interface RestoreOptions {
  readonly yes?: true;
}

export function addRestoreCommand(program: Command): void {
  const command = program
    .command("restore")
    .argument("<file>", "a file that `qrcards backup` made")
    .summary("put a backup back, in place of everything")
    .description(
      "Put a backup into the database, in place of all that it holds; all of it or nothing. Servers may run meanwhile: when the command returns, all of them show what was in the backup.",
    )
    .option("--yes", "do not ask: for scripts")
    .action(async (file: string, { yes }: RestoreOptions, command: Command) => {
      const output = outputOf(command);
      const [{ parseConfig }, { restoreDatabase }] = await Promise.all([
        import("../config.ts"),
        import("../db/transfer/restore-database.ts"),
      ]);
      const to = parseConfig(process.env).databaseUrl;
      const restore = { file, to, ...(yes !== true && { confirm }) };
      const report = await showProgress(output, (onProgress) => restoreDatabase({ ...restore, onProgress })).catch(
        namingFile(file, "read"),
      );
      output.print(
        report,
        `${paint("green", "Restored")} ${file}\n      to ${paint("cyan", report.to)}\n\n${formatTables(report.tables)}\n\nEvery server shows it.`,
      );
    });
  examples(command, [
    ["restore qrcards-2026-11-25.db", "asks before it does"],
    ["restore latest.db --yes", "does not ask"],
  ]);
}

async function confirm({ label, trips }: { readonly label: string; readonly trips: number }): Promise<void> {
  const what = `${count(trips, "trip")} in ${printable(label)} will be gone, with all cards and tokens there`;
  if (!process.stdin.isTTY) throw new QRCardsError("usage", `${what}. Say --yes if that is what you want.`);
  const { createInterface } = await import("node:readline/promises");
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(`${what}.\nType yes to restore: `).finally(() => terminal.close());
  if (answer.trim() !== "yes") throw new QRCardsError("usage", "Nothing was restored, as it was not wanted.");
}
