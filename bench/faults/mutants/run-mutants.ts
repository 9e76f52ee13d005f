import { styleText } from "node:util";
import { checkHistory } from "../checker/check-history.ts";
import type { Rule } from "../checker/verdict.ts";
import { runSetup } from "../run-setup.ts";
import { withPatchedSources } from "./patch-sources.ts";
import { SERVER_MUTANTS } from "./server-mutants.ts";

/** Long enough for each of its faults to come several times. */
const MUTANT_MS = 25_000;
const READS_PER_SECOND = 250;

/** What any server may be blamed for on a slow machine convicts no mutant. */
const NO_EVIDENCE: ReadonlySet<Rule> = new Set(["LIMIT", "AVAIL"]);

/** Runs each mutant. @returns whether all were found */
export async function runMutants(seed: number): Promise<boolean> {
  let all = true;
  for (const [name, { mistake, setup, faults, edits }] of Object.entries(SERVER_MUTANTS)) {
    const history = await withPatchedSources(edits, (sources) =>
      runSetup({ setup, sources, seed, durationMs: MUTANT_MS, reads: 0, edits: 0, readsPerSecond: READS_PER_SECOND, faults }),
    );
    const evidence = checkHistory(history).violations.filter(({ rule }) => !NO_EVIDENCE.has(rule));
    all &&= evidence.length > 0;
    const found = evidence.length > 0 ? styleText("green", `found, ${evidence.length} violations`) : styleText("red", "not found");
    console.log(`${styleText("bold", name)} (${setup}): ${found}\n  ${mistake}`);
    if (evidence.length > 0) console.log(`  ${evidence[0]!.rule}: ${evidence[0]!.what}`);
  }
  return all;
}
