import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { getFullTool } from "./full-tools.mjs";
import { ROOT } from "./launcher/npm.mjs";
import { failed, runTool } from "./steps.mjs";

const CACHE = join(ROOT, "packages", "cache");
const REPORT = join(CACHE, "coverage", "mutation.json");
const SURVIVORS = join(CACHE, "mutation", "survivors.json");

/**
 * A change to the code that no test notices: whole lines, their white space made one.
 *
 * @typedef {{ file: string, line: string, becomes: string }} Survivor
 * @typedef {{ line: number, column: number }} Place counted from 1
 *
 * @typedef {object} Report the parts of Stryker's report that we read
 * @property {Record<string, { source: string, mutants: Mutant[] }>} files
 *
 * @typedef {{ status: string, replacement: string, location: { start: Place, end: Place } }} Mutant
 */

/** Two tests: enough mutants die, and it is written down why each of the others may live. @type {import("./steps.mjs").Step} */
export const mutationStep = {
  name: "mutation",
  what: "mutation testing of the cache's read and write path (stryker)",
  run: async () => {
    rmSync(REPORT, { force: true });
    const code = await runTool(getFullTool("stryker"), ["run", "mutation/stryker.config.mjs"], CACHE);
    if (code !== 0) return failed(`stryker ended with code ${code}: the score is below 85 %, or it could not run; see above`);
    const failures = judgeSurvivors(listSurvivors(readJson(REPORT)), readJson(SURVIVORS));
    return { passed: 2 - failures.length, failed: failures.length, skipped: 0, failures };
  },
};

/** @param {Report} report @returns {Survivor[]} */
export function listSurvivors({ files }) {
  return Object.entries(files).flatMap(([file, { source, mutants }]) =>
    mutants
      .filter(({ status }) => status === "Survived" || status === "NoCoverage")
      .map(({ replacement, location: { start, end } }) => {
        const lines = source.split("\n").slice(start.line - 1, end.line);
        const before = lines[0]?.slice(0, start.column - 1);
        const after = lines.at(-1)?.slice(end.column - 1);
        return { file, line: oneLine(lines.join(" ")), becomes: oneLine(`${before}${replacement}${after}`) };
      }),
  );
}

/**
 * @param {Survivor[]} survivors
 * @param {(Survivor & { why: string })[]} explanations
 * @returns {string[]} what is wrong: nothing, or one thing
 */
export function judgeSurvivors(survivors, explanations) {
  const spell = (/** @type {Survivor} */ { file, line, becomes }) => JSON.stringify([file, line, becomes]);
  const explained = new Set(explanations.filter(({ why }) => why !== "").map(spell));
  const unexplained = survivors.filter((survivor) => !explained.has(spell(survivor)));
  if (unexplained.length === 0) return [];
  return [
    `No test notices these changes. Write one that does, or say in packages/cache/mutation/survivors.json why none can:\n${unexplained
      .map((survivor) => JSON.stringify({ ...survivor, why: "" }))
      .join(",\n")}`,
  ];
}

/** @param {string} text */
function oneLine(text) {
  return text.replace(/\s+/g, " ").trim();
}

/** @param {string} path */
function readJson(path) {
  return JSON.parse(readFileSync(path, "utf8"));
}
