// `npm run check`: every check that needs no test runner. `npm test` runs these too, before the tests.

import { fileURLToPath } from "node:url";
import { referenceStep } from "./api-reference.mjs";
import { checkDocs } from "./check-docs.mjs";
import { runSteps, toolStep } from "./steps.mjs";

/** @type {import("./steps.mjs").Step[]} */
export const CHECKS = [
  toolStep("style", "formatting and lint (biome)", "biome", ["check", "--error-on-warnings"]),
  toolStep("promises", "lint that knows the types: floating promises (oxlint)", "oxlint", ["--type-aware", "--deny-warnings"]),
  toolStep("types", "types (tsc)", "tsc", ["--noEmit"]),
  toolStep("arrows", "who may import whom (dependency-cruiser)", "depcruise", ["--output-type", "err-long", "packages", "bench"]),
  { name: "docs", what: "documentation", run: checkDocs },
  referenceStep,
];

if (process.argv[1] === fileURLToPath(import.meta.url)) await runSteps(CHECKS);
