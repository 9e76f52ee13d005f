// Runs the steps of `npm test` and `npm run check` and adds up what they counted.

import { spawn } from "node:child_process";

/**
 * @typedef {object} Counts what a step really ran
 * @property {number} passed
 * @property {number} failed
 * @property {number} skipped
 * @property {string[]} failures a line or more for each
 */

/**
 * @typedef {object} Step
 * @property {string} name as `--only` takes it
 * @property {string} what its heading
 * @property {() => Promise<Counts>} run
 */

/** @type {import("node:child_process").ChildProcess | undefined} */
let running;
let interrupted = false;

/**
 * Runs all steps, one after another; one that fails does not stop the later ones. Prints a heading for each, then the
 * failures, the times, and as the last line the sums: `N passed, N failed`, with `, N skipped` where there are any.
 * Sets the exit code: 0 only if something passed, nothing failed and nobody interrupted.
 *
 * @param {readonly Step[]} steps
 */
export async function runSteps(steps) {
  // A terminal sends Ctrl-C to the running tool by itself. We wait until that has cleaned up, and start no other.
  for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM"])) {
    process.on(signal, () => {
      interrupted = true;
      if (signal === "SIGTERM" || !process.stdin.isTTY) running?.kill(signal);
    });
  }

  const sum = { passed: 0, failed: 0, skipped: 0 };
  const failures = [];
  const times = [];
  for (const { name, what, run } of steps) {
    if (interrupted) break;
    print(`\n=== ${what} ===`);
    const startedAt = performance.now();
    const counts = await run().catch((error) => failed(error.stack));
    times.push(`  ${((performance.now() - startedAt) / 1000).toFixed(1).padStart(6)} s  ${what}`);
    sum.passed += counts.passed;
    sum.failed += counts.failed;
    sum.skipped += counts.skipped;
    failures.push(...counts.failures.map((failure) => `  ${name}: ${failure.replaceAll("\n", "\n    ")}`));
  }

  if (failures.length > 0) print(`\n=== failures ===\n${failures.join("\n")}`);
  print(`\n=== time ===\n${times.join("\n")}\n`);
  if (interrupted) print("Interrupted: the later steps did not run.");
  else if (sum.passed + sum.failed === 0) print("No test ran.");
  print(`${sum.passed} passed, ${sum.failed} failed${sum.skipped > 0 ? `, ${sum.skipped} skipped` : ""}`);
  process.exitCode = sum.failed > 0 || sum.passed === 0 || interrupted ? 1 : 0;
}

/** The counts of a step that is one failed test. @param {string} failure @returns {Counts} */
export function failed(failure) {
  return { passed: 0, failed: 1, skipped: 0, failures: [failure] };
}

/** @param {string} line */
function print(line) {
  process.stdout.write(`${line}\n`);
}

/**
 * Runs a tool with its output on our terminal.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {string} [cwd] default: ours
 * @returns {Promise<number>} its exit code; 1 where a signal ended it
 */
export function runTool(command, args, cwd) {
  return new Promise((resolve, reject) => {
    running = spawn(command, args, { cwd, stdio: ["ignore", "inherit", "inherit"], shell: process.platform === "win32" });
    running.on("error", reject);
    running.on("exit", (code) => resolve(code ?? 1));
  });
}

/**
 * A tool as one test: it passes with exit code 0.
 *
 * @param {string} name
 * @param {string} what
 * @param {string} command
 * @param {readonly string[]} args
 * @returns {Step}
 */
export function toolStep(name, what, command, args) {
  return {
    name,
    what,
    run: async () => {
      const code = await runTool(command, args);
      return code === 0 ? { passed: 1, failed: 0, skipped: 0, failures: [] } : failed(`${command} ended with code ${code}; see above`);
    },
  };
}
