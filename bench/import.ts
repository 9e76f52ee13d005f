/**
 * Importing books, by the command line as people do it.
 *
 *     npm run bench -- import
 *
 * Method: `qrcards import` runs as a process on a new SQLite database; time on the clock, and the most memory that the
 * process held (`maxRSS`). First a real book (rust-book, where it lies beside the repository, or below QRCARDS_CORPORA),
 * then a generated folder of 38,000 pages, 4,600 of them siblings. Then both again, unchanged: their versions must not
 * rise. Then the large one with another text on every page, the most that one transaction has to do.
 *
 * Expected: rust-book < 15 s; 38,000 pages < 120 s in < 1 GB.
 */
import { existsSync } from "node:fs";
import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { LARGE, pathsOf, writeFolder } from "./generate-trip.ts";
import { type CommandResult, runCommand } from "./harness/processes.ts";
import { type Line, report } from "./harness/report.ts";
import { makeFolder } from "./harness/workspace.ts";

interface Report {
  readonly pages: number;
  readonly tripId: number;
  readonly summary: { readonly created: number; readonly updated: number; readonly unchanged: number };
}

const corpora = process.env.QRCARDS_CORPORA ?? fileURLToPath(new URL("../../shared/corpora", import.meta.url));
const filename = join(makeFolder(), "import.db");
const lines: Line[] = [];

const book = join(corpora, "rust-book");
if (existsSync(book)) {
  const first = await importFolder(book);
  lines.push({ what: `rust-book (${first.report.pages} pages)`, figure: first.result.seconds, unit: "s", most: 15 });
  lines.push({ what: "rust-book, memory", figure: first.result.peakBytes / 1e6, unit: "MB" });
  lines.push({ what: "rust-book again", figure: (await importAgain(book, first.report)).seconds, unit: "s" });
} else console.log(`rust-book is not in ${corpora}: its figures are left out. QRCARDS_CORPORA says where it is.\n`);

const folder = join(makeFolder(), "handbook");
await writeFolder(folder, LARGE);
const first = await importFolder(folder);
if (first.report.summary.created !== LARGE.pages) throw new Error(`Only ${first.report.summary.created} pages were imported.`);
lines.push(
  { what: "38,000 pages", figure: first.result.seconds, unit: "s", most: 120 },
  { what: "38,000 pages, CPU", figure: first.result.cpuSeconds, unit: "s" },
  { what: "38,000 pages, memory", figure: first.result.peakBytes / 1e6, unit: "MB", most: 1000 },
);
const again = await importAgain(folder, first.report);
lines.push(
  { what: "38,000 pages again", figure: again.seconds, unit: "s" },
  { what: "38,000 pages again, memory", figure: again.peakBytes / 1e6, unit: "MB", most: 1000 },
);
for (const path of pathsOf(LARGE)) await appendFile(join(folder, path), "\nOne more line.\n");
const changed = await importFolder(folder);
if (changed.report.summary.updated !== LARGE.pages) throw new Error(`Only ${changed.report.summary.updated} pages were updated.`);
lines.push(
  { what: "38,000 other texts", figure: changed.result.seconds, unit: "s", most: 120 },
  { what: "38,000 other texts, memory", figure: changed.result.peakBytes / 1e6, unit: "MB", most: 1000 },
);
report("import", lines);

async function importFolder(path: string): Promise<{ report: Report; result: CommandResult }> {
  const result = await runCommand(["import", path], `sqlite:${filename}`);
  return { report: result.output as Report, result };
}

async function importAgain(path: string, before: Report): Promise<CommandResult> {
  const version = versionOf(before.tripId);
  const { report: now, result } = await importFolder(path);
  if (now.summary.unchanged !== before.pages || versionOf(now.tripId) !== version)
    throw new Error("An import of the same source changed something.");
  return result;
}

function versionOf(tripId: number): number {
  const database = new DatabaseSync(filename, { readOnly: true });
  const { version } = database.prepare("select version from trips where id = ?").get(tripId) as { version: number };
  database.close();
  return version;
}
