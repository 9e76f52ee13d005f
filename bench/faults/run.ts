/**
 * The product as real processes under faults: everything is recorded, and the record is judged. See README.md beside this file.
 */
import { mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readHistory, writeHistory } from "./history/history-file.ts";
import type { HistoryRecord } from "./history/records.ts";
import { runMutants } from "./mutants/run-mutants.ts";
import { type Options, parseOptions, USAGE } from "./options.ts";
import { formatReport } from "./report/format-report.ts";
import { measureRun, type RunReport } from "./report/measure-run.ts";
import { runSetup } from "./run-setup.ts";
import { MissingServiceError } from "./setups/open-site.ts";
import type { SetupName } from "./setups/site.ts";

const ROOT = join(import.meta.dirname, "..", "..");

/** Half a minute with its start and its end. */
const QUICK_MS = 20_000;
const READS_PER_SECOND = { quick: 150, long: 250 };

let options: Options | undefined;
try {
  options = parseOptions(process.argv.slice(2));
} catch (error) {
  console.error(`${(error as Error).message}\n${USAGE}`);
  process.exitCode = 2;
}
if (options?.check !== undefined) conclude([measureRun(await readHistory(options.check))], options);
else if (options?.mutants) process.exitCode = (await runMutants(options.seed)) ? 0 : 1;
else if (options !== undefined) conclude(await runAll(options), options);

async function runAll(options: Options): Promise<RunReport[]> {
  const reports: RunReport[] = [];
  for (const setup of options.setups) {
    const history = await runOne(setup, options).catch(leftOut);
    if (history === undefined) continue;
    const report = measureRun(history);
    if (!options.json) console.log(formatReport(report));
    await keep(history, report, options);
    reports.push(report);
  }
  return reports;
}

/** As with the tests: what a machine does not have is left out, but not where everything must be there. */
function leftOut(error: unknown): undefined {
  if (!(error instanceof MissingServiceError) || process.env.CI === "true") throw error;
  console.error(`Left out: ${error.message}`);
}

function runOne(setup: SetupName, { quick, minutes, reads, edits, seed }: Options): Promise<HistoryRecord[]> {
  return runSetup({
    setup,
    sources: ROOT,
    seed,
    durationMs: quick ? QUICK_MS : minutes * 60_000,
    reads: quick ? 0 : reads,
    edits: quick ? 0 : edits,
    faults: quick ? "quick" : "all",
    readsPerSecond: READS_PER_SECOND[quick ? "quick" : "long"],
    ...(!quick && { onProgress: (text: string) => console.error(`${setup} ${text}`) }),
  });
}

async function keep(history: readonly HistoryRecord[], { setup, seed, offending }: RunReport, { history: folder }: Options): Promise<void> {
  if (folder === undefined && offending.length === 0) return;
  if (folder !== undefined) mkdirSync(folder, { recursive: true });
  const file = join(folder ?? mkdtempSync(join(tmpdir(), "qrcards-history-")), `${setup}-${seed}.jsonl`);
  await writeHistory(file, history);
  console.error(`The history is in ${file}; npm run faults -- --check ${file} judges it again.`);
}

function conclude(reports: readonly RunReport[], { json, check }: Options): void {
  if (json) console.log(JSON.stringify(reports, undefined, 2));
  else if (check !== undefined) for (const report of reports) console.log(formatReport(report));
  const violated = reports.some(({ offending }) => offending.length > 0);
  if (!json) console.log(violated ? "Something was violated." : "Nothing was violated.");
  process.exitCode = violated ? 1 : 0;
}
