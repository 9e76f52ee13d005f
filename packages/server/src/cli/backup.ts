import type { Command } from "commander";
import { examples } from "./help.ts";
import { outputOf } from "./output.ts";
import { showProgress } from "./progress-bar.ts";
import { paint } from "./text.ts";
import { formatTables } from "./transfer-report.ts";
import { namingFile } from "./user-files.ts";

interface BackupOptions {
  readonly force?: true;
}

export function addBackupCommand(program: Command): void {
  const command = program
    .command("backup")
    .argument("<file>", "the file to write")
    .summary("write everything into one file")
    .description(
      "Write all that the database holds into one SQLite file, whichever database it is, while servers run. `qrcards restore` puts it back; a server can run on it too.",
    )
    .option("--force", "a file that is there may go, once the new one is complete")
    .action(async (file: string, { force }: BackupOptions, command: Command) => {
      const output = outputOf(command);
      const [{ parseConfig }, { backupDatabase }] = await Promise.all([
        import("../config.ts"),
        import("../db/transfer/backup-database.ts"),
      ]);
      const from = parseConfig(process.env).databaseUrl;
      const report = await showProgress(output, (onProgress) => backupDatabase({ from, file, force: force === true, onProgress })).catch(
        namingFile(file, "written"),
      );
      output.print(
        report,
        `${paint("green", "Backed up")} ${report.from}\n  in ${paint("cyan", file)}, ${formatSize(report.sizeBytes)}\n\n${formatTables(report.tables)}`,
      );
    });
  examples(command, [
    ["backup qrcards-$(date +%F).db", "one file a day"],
    ["backup latest.db --force", "always the same file"],
  ]);
}

function formatSize(bytes: number): string {
  return `${(bytes / 2 ** 20).toLocaleString("en", { maximumFractionDigits: 1 })} MiB`;
}
