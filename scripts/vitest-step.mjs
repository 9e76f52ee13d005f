import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { failed, runTool } from "./steps.mjs";

/**
 * The tests of one project of vitest.config.ts. They count as vitest's own report says.
 *
 * @param {string} project
 * @param {readonly string[]} filters parts of paths; none: all tests. With filters a project may have no test.
 * @returns {import("./steps.mjs").Step}
 */
export function vitestStep(project, filters) {
  return {
    name: project,
    what: `${project} tests (vitest)`,
    run: async () => {
      const folder = mkdtempSync(join(tmpdir(), "qrcards-report-"));
      const file = join(folder, "report.json");
      try {
        const args = ["run", "--project", project, "--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
        const code = await runTool("vitest", filters.length > 0 ? [...args, "--passWithNoTests", ...filters] : args);
        return countReport(readReport(file), code, filters.length > 0);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  };
}

/**
 * @typedef {object} Report the parts of vitest's JSON report that we read
 * @property {{ name: string, status: string, message: string, assertionResults: Assertion[] }[]} testResults one for each file
 */

/** @typedef {{ status: string, fullName: string, failureMessages?: string[] | null }} Assertion */

/** @param {string} file @returns {Report} */
function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    // Vitest ended before it could write one.
    return { testResults: [] };
  }
}

/**
 * @param {Report} report
 * @param {number} code vitest's exit code
 * @param {boolean} mayBeEmpty
 * @returns {import("./steps.mjs").Counts}
 */
export function countReport({ testResults }, code, mayBeEmpty) {
  const counts = { passed: 0, failed: 0, skipped: 0, failures: /** @type {string[]} */ ([]) };
  for (const { name, status, message, assertionResults } of testResults) {
    const passed = assertionResults.filter((test) => test.status === "passed");
    const failures = assertionResults.filter((test) => test.status === "failed");
    counts.passed += passed.length;
    counts.skipped += assertionResults.length - passed.length - failures.length;
    counts.failures.push(...failures.map((test) => `${test.fullName}\n${firstLine(test.failureMessages?.[0])}`));
    // A file that could not be loaded, or whose hooks failed, has tests that nobody can count.
    if (status === "failed" && failures.length === 0) counts.failures.push(`${name}\n${firstLine(message)}`);
  }
  if (testResults.length === 0 && !mayBeEmpty) return failed("vitest ran no test; see above");
  if (code !== 0 && counts.failures.length === 0) counts.failures.push(`vitest ended with code ${code} though no test failed; see above`);
  counts.failed = counts.failures.length;
  return counts;
}

/** @param {string | undefined} text */
function firstLine(text) {
  return text?.split("\n", 1)[0] ?? "";
}
