// What it costs an application to import something of @qrcards/cache, held against packages/cache/size-budget.json.
// `npm run size` prints it; `npm run size -- --update` writes new budgets.

import { readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { ROOT } from "../launcher/npm.mjs";
import { runTool } from "../steps.mjs";
import { withPackedCache } from "./pack-cache.mjs";

const BUDGETS = join(ROOT, "packages", "cache", "size-budget.json");
/** A new budget leaves room for mending, not for growing. */
const HEAD_ROOM = 1.1;

/**
 * @typedef {object} Budget
 * @property {string} import what is imported, e.g. `{ createCache } from "@qrcards/cache"`
 * @property {number} maxGzipBytes
 * @property {string[]} [only] the files of dist/ that this may bring along: the rest must be shaken off
 */

/** @typedef {{ minifiedBytes: number, gzipBytes: number, files: string[] }} Size */

/** @param {import("./pack-cache.mjs").Packed} packed @returns {Promise<string[]>} what is wrong */
export async function checkSizes(packed) {
  const problems = [];
  for (const budget of readBudgets()) {
    const size = await measure(packed, budget.import);
    console.log(describe(budget, size));
    problems.push(...judge(budget, size));
  }
  return problems;
}

/** @param {Budget} budget @param {Size} size @returns {string[]} what is wrong, and what to do about it */
export function judge(budget, { gzipBytes, files }) {
  const problems = [];
  if (gzipBytes > budget.maxGzipBytes) {
    problems.push(
      `\`import ${budget.import}\` costs ${gzipBytes} bytes, and its budget is ${budget.maxGzipBytes}. Make it smaller, or, if what ` +
        "it brings is worth that to everybody who imports it, run `npm run size -- --update` and say so in the commit.",
    );
  }
  const unwanted = files.filter((file) => budget.only !== undefined && !budget.only.includes(file));
  if (unwanted.length > 0) {
    problems.push(
      `\`import ${budget.import}\` drags in ${unwanted.join(", ")}. A file that runs anything when it is loaded cannot be shaken off: ` +
        "make that pure, or move what is imported into a file of its own.",
    );
  }
  return problems;
}

/**
 * Bundles it as an application for Node 20 does. Peers are not counted: who uses them has chosen them.
 *
 * @param {import("./pack-cache.mjs").Packed} packed
 * @param {string} imported
 * @returns {Promise<Size>}
 */
async function measure({ app, folder, manifest }, imported) {
  const { outputFiles, metafile } = await build({
    stdin: { contents: `export ${imported};`, resolveDir: app },
    absWorkingDir: app,
    bundle: true,
    external: Object.keys(manifest.peerDependencies ?? {}),
    format: "esm",
    metafile: true,
    minify: true,
    outdir: app,
    platform: "node",
    target: "node20",
    write: false,
  });
  const [bundle] = outputFiles;
  const [output] = Object.values(metafile.outputs);
  if (bundle === undefined || output === undefined) throw new Error("esbuild made no bundle");
  const used = Object.entries(output.inputs).filter(([file, { bytesInOutput }]) => file !== "<stdin>" && bytesInOutput > 0);
  return {
    minifiedBytes: bundle.contents.length,
    gzipBytes: gzipSync(bundle.contents, { level: 9 }).length,
    files: used.map(([file]) => relative(join(folder, "dist"), join(app, file)).replaceAll("\\", "/")),
  };
}

/** @param {Budget} budget @param {Size} size */
function describe({ import: imported, maxGzipBytes }, { minifiedBytes, gzipBytes }) {
  const kilobytes = (/** @type {number} */ bytes) => (bytes / 1000).toFixed(1).padStart(5);
  return `${kilobytes(gzipBytes)} kB (minified ${kilobytes(minifiedBytes)}, budget ${kilobytes(maxGzipBytes)})  ${imported}`;
}

/** @returns {Budget[]} */
function readBudgets() {
  return JSON.parse(readFileSync(BUDGETS, "utf8"));
}

/** @param {import("./pack-cache.mjs").Packed} packed */
async function updateBudgets(packed) {
  const budgets = readBudgets();
  for (const budget of budgets) {
    const { gzipBytes } = await measure(packed, budget.import);
    budget.maxGzipBytes = Math.ceil((gzipBytes * HEAD_ROOM) / 10) * 10;
  }
  writeFileSync(BUDGETS, JSON.stringify(budgets));
  await runTool("biome", ["format", "--write", BUDGETS]);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({ options: { update: { type: "boolean" } } });
  await withPackedCache(async (packed) => {
    if (values.update) await updateBudgets(packed);
    const problems = await checkSizes(packed);
    for (const problem of problems) console.error(problem);
    process.exitCode = problems.length > 0 ? 1 : 0;
  });
}
