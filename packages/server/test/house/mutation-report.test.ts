import { expect, test } from "vitest";
import { judgeSurvivors, listSurvivors } from "../../../../scripts/mutation-step.mjs";

const source = "const a = 1;\nif (a > 0) {\n  run(a);\n}\n";
const place = (line: number, column: number) => ({ line, column });
const mutant = (status: string, replacement: string, start: number[], end: number[]) => ({
  status,
  replacement,
  location: { start: place(start[0]!, start[1]!), end: place(end[0]!, end[1]!) },
});
const report = {
  files: {
    "src/a.ts": {
      source,
      mutants: [
        mutant("Killed", "false", [2, 5], [2, 10]),
        mutant("Timeout", "true", [2, 5], [2, 10]),
        mutant("Survived", "a >= 0", [2, 5], [2, 10]),
        mutant("NoCoverage", "{}", [2, 12], [4, 2]),
      ],
    },
  },
};
const survivors = [
  { file: "src/a.ts", line: "if (a > 0) {", becomes: "if (a >= 0) {" },
  { file: "src/a.ts", line: "if (a > 0) { run(a); }", becomes: "if (a > 0) {}" },
];

test("a mutant survives if the tests that reach it pass, or if none reaches it", () => {
  expect(listSurvivors(report)).toEqual(survivors);
});

test("every survivor is explained, by a reason that is not empty", () => {
  expect(judgeSurvivors(survivors, [])).toEqual([expect.stringContaining('"becomes":"if (a > 0) {}","why":""')]);
  const explained = survivors.map((survivor) => ({ ...survivor, why: "a is never 0" }));
  expect(judgeSurvivors(survivors, explained)).toEqual([]);
  expect(judgeSurvivors(survivors, [explained[0]!, { ...explained[1]!, why: "" }])).toHaveLength(1);
  expect(judgeSurvivors([], explained)).toEqual([]);
});
