import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "./build.mjs";
import { fetchNode } from "./launcher/fetch-node.mjs";
import { ROOT } from "./launcher/npm.mjs";
import { failed } from "./steps.mjs";

/** The cache is for everybody's Node; the product needs 24. */
const CACHE_MAJORS = [20, 22, 24, 26];
const SERVER_MAJORS = [24, 26];

/** The packages as they are published: built, without the source condition, on the Nodes that they support. */
export const builtStep = {
  name: "built",
  what: "built packages on other Node versions",
  run: async () => {
    if (!(await build())) return failed("the build failed; see above");
    const runs = [...CACHE_MAJORS.map(testCache), ...SERVER_MAJORS.map(testServer)];
    return {
      passed: 1 + runs.reduce((sum, run) => sum + run.passed, 0),
      failed: runs.reduce((sum, run) => sum + run.failed, 0),
      skipped: runs.reduce((sum, run) => sum + run.skipped, 0),
      failures: runs.flatMap((run) => run.failures),
    };
  },
};

/** @param {number} major @returns {import("./steps.mjs").Counts} */
function testCache(major) {
  const { code, output } = runNode(major, ["--test", "--test-reporter=tap", join(ROOT, "packages", "cache", "test", "built.mjs")]);
  const count = (/** @type {string} */ what) => Number(new RegExp(`^# ${what} (\\d+)$`, "m").exec(output)?.[1] ?? 0);
  const [passed, bad] = [count("pass"), count("fail") + count("cancelled")];
  console.log(`@qrcards/cache on Node ${major}: ${passed} passed, ${bad} failed`);
  if (code === 0 && passed > 0) return { passed, failed: bad, skipped: count("skipped"), failures: [] };
  return {
    passed,
    failed: Math.max(bad, 1),
    skipped: count("skipped"),
    failures: [`@qrcards/cache on Node ${major} (exit code ${code})\n${output}`],
  };
}

/**
 * Imports the demo trip, which takes a database, its migrations and the threads that render.
 *
 * @param {number} major
 * @returns {import("./steps.mjs").Counts}
 */
function testServer(major) {
  const data = mkdtempSync(join(tmpdir(), "qrcards-built-"));
  try {
    const command = [join(ROOT, "packages", "server", "dist", "cli", "main.js"), "import", join(ROOT, "examples", "bcbs-239-the-book")];
    const { code, output } = runNode(major, command, { QRCARDS_DATA: data });
    console.log(`qrcards on Node ${major}: ${code === 0 ? "imports the demo trip" : "failed"}`);
    if (code === 0) return { passed: 1, failed: 0, skipped: 0, failures: [] };
    return failed(`qrcards import on Node ${major} (exit code ${code})\n${output}`);
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
}

/** @param {number} major @param {string[]} args @param {Record<string, string>} [settings] */
function runNode(major, args, settings) {
  // Without the launcher's condition, so that packages resolve to what was built.
  const env = { ...process.env, ...settings, NODE_OPTIONS: "" };
  const { status, stdout, stderr } = spawnSync(fetchNode(major), args, { cwd: ROOT, encoding: "utf8", env });
  return { code: status, output: `${stdout}${stderr}` };
}
