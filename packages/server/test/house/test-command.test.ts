import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import type { Counts } from "../../../../scripts/steps.mjs";
import { countReport } from "../../../../scripts/vitest-step.mjs";

const STEPS = new URL("../../../../scripts/steps.mjs", import.meta.url).href;

/** Runs steps that count as given; a string is a step that throws it. */
function run(...steps: (Partial<Counts> | string)[]) {
  const program = `
    const { runSteps } = await import(${JSON.stringify(STEPS)});
    await runSteps(${JSON.stringify(steps)}.map((counts, index) => ({ name: "step" + index, what: "step " + index, run: async () => {
      if (typeof counts === "string") throw new Error(counts);
      return { passed: 0, failed: 0, skipped: 0, failures: [], ...counts };
    } })));`;
  const { status, stdout } = spawnSync(process.execPath, ["--input-type=module", "--eval", program], { encoding: "utf8" });
  return { status, stdout, closing: stdout.trimEnd().split("\n").at(-1) };
}

describe("the test command", () => {
  test("closes with the sums of all steps alone on the last line", () => {
    expect(run({ passed: 3 }, { passed: 4 })).toMatchObject({ status: 0, closing: "7 passed, 0 failed" });
    expect(run({ passed: 3, skipped: 1 }, { passed: 1, skipped: 1 })).toMatchObject({
      status: 0,
      closing: "4 passed, 0 failed, 2 skipped",
    });
  });

  test("goes on after a step that fails or breaks, and fails in the end", () => {
    const { status, stdout, closing } = run({ failed: 1, failures: ["a title\nwhy"] }, "broken", { passed: 2 });
    expect(stdout).toContain("step0: a title\n    why");
    expect(stdout).toContain("step1: Error: broken");
    expect(closing).toBe("2 passed, 2 failed");
    expect(status).toBe(1);
  });

  test("fails when nothing ran", () => {
    expect(run()).toMatchObject({ status: 1, closing: "0 passed, 0 failed" });
    expect(run({ skipped: 5 })).toMatchObject({ status: 1, closing: "0 passed, 0 failed, 5 skipped" });
  });
});

describe("vitest's report", () => {
  const file = (status: string, ...statuses: string[]) => ({
    name: "a.test.ts",
    status,
    message: "cannot load\nat line 1",
    assertionResults: statuses.map((each) => ({ status: each, fullName: `a ${each} test`, failureMessages: ["Error: no\nat line 2"] })),
  });

  test("counts what ran, and what was skipped apart", () => {
    const testResults = [file("passed", "passed", "passed", "skipped"), file("passed", "todo", "passed")];
    expect(countReport({ testResults }, 0, false)).toEqual({ passed: 3, failed: 0, skipped: 2, failures: [] });
  });

  test("names each failure in two lines", () => {
    expect(countReport({ testResults: [file("failed", "passed", "failed")] }, 1, false)).toEqual({
      passed: 1,
      failed: 1,
      skipped: 0,
      failures: ["a failed test\nError: no"],
    });
  });

  test("counts a file that could not be loaded as a failure", () => {
    const testResults = [file("passed", "passed"), file("failed")];
    expect(countReport({ testResults }, 1, false)).toMatchObject({ passed: 1, failed: 1, failures: ["a.test.ts\ncannot load"] });
  });

  test("an exit code without a failed test is a failure: an unhandled error, or a service that did not start", () => {
    expect(countReport({ testResults: [file("passed", "passed")] }, 1, false)).toMatchObject({ passed: 1, failed: 1 });
    expect(countReport({ testResults: [] }, 1, true)).toMatchObject({ passed: 0, failed: 1 });
  });

  test("no test at all is a failure, unless paths were given", () => {
    expect(countReport({ testResults: [] }, 0, false)).toMatchObject({ failed: 1 });
    expect(countReport({ testResults: [] }, 0, true)).toMatchObject({ failed: 0 });
  });
});
