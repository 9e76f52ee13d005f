// `npm test`: every check and every test, one kind after another, and the sum of what really ran as the last line.

import { parseArgs } from "node:util";
import { attwStep } from "./attw-step.mjs";
import { builtStep } from "./built-step.mjs";
import { CHECKS } from "./check.mjs";
import { mutationStep } from "./mutation-step.mjs";
import { packageStep } from "./package-step.mjs";
import { runSteps, toolStep } from "./steps.mjs";
import { vitestStep } from "./vitest-step.mjs";

const USAGE = `usage: npm test -- [--full | --only NAME,NAME] [path ...]
  --full        also what takes long: fresh clones under other Node versions, the built packages, coverage, mutants
  --only NAMES  these steps alone
  path ...      only test files whose path contains one of these`;

const PROJECTS = ["unit", "db", "replay", "browser"];

/** @param {readonly string[]} paths */
function allSteps(paths) {
  const faults = toolStep("faults", "real processes under faults", "node", ["bench/faults/run.ts", "--quick"]);
  const quick = [...CHECKS, packageStep, ...PROJECTS.map((project) => vitestStep(project, paths)), faults];
  const coverage = toolStep("coverage", "coverage of the unit and db tests", "vitest", [
    "run",
    "--project",
    "unit",
    "--project",
    "db",
    "--coverage",
  ]);
  const faultMutants = toolStep("fault-mutants", "servers with a mistake, under faults", "node", ["bench/faults/run.ts", "--mutants"]);
  return { quick, full: [vitestStep("full", paths), builtStep, attwStep, coverage, mutationStep, faultMutants] };
}

/** @param {string[]} args @returns {import("./steps.mjs").Step[]} */
function chooseSteps(args) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { full: { type: "boolean" }, only: { type: "string" } },
  });
  const { quick, full } = allSteps(positionals);
  const all = [...quick, ...full];
  if (values.only !== undefined) {
    const names = values.only.split(",");
    const unknown = names.filter((name) => !all.some((step) => step.name === name));
    if (unknown.length > 0)
      throw new Error(`There is no step "${unknown.join('", "')}". The steps are ${all.map((step) => step.name).join(", ")}.`);
    return all.filter((step) => names.includes(step.name));
  }
  // A path names test files: the checks have nothing to do with it.
  if (positionals.length > 0) return all.filter((step) => [...PROJECTS, ...(values.full ? ["full"] : [])].includes(step.name));
  return values.full ? all : quick;
}

let steps;
try {
  steps = chooseSteps(process.argv.slice(2));
} catch (error) {
  console.error(`${/** @type {Error} */ (error).message}\n${USAGE}`);
  process.exitCode = 2;
}
if (steps) await runSteps(steps);
