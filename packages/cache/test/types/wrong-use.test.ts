import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { expect, test } from "vitest";

const FIXTURE = fileURLToPath(new URL("wrong-use.ts", import.meta.url));
const ROOT = fileURLToPath(new URL("../../../../", import.meta.url));

/** What the fixture expects: for the line after each directive, the code that the directive names. */
function expectedErrors(source: string): string[] {
  return source.split("\n").flatMap((text, index) => {
    const directive = /^\s*\/\/ @ts-expect-error (.*)/.exec(text)?.[1];
    if (directive === undefined) return [];
    const code = /^TS\d+(?= \S)/.exec(directive)?.[0] ?? "a directive without a code and a reason";
    return [`line ${index + 2}: ${code}`];
  });
}

/** What the compiler says of it when nobody tells it to expect anything. */
function foundErrors(source: string): string[] {
  const { config } = ts.readConfigFile(join(ROOT, "tsconfig.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [FIXTURE] }, ts.sys, ROOT);
  const host = ts.createCompilerHost(options);
  const { readFile } = host;
  host.readFile = (path) => (path.endsWith("/types/wrong-use.ts") ? source.replaceAll("@ts-expect-error", "expected:") : readFile(path));
  const program = ts.createProgram({ rootNames: [FIXTURE], options, host });
  const file = program.getSourceFile(FIXTURE)!;
  const errors = program.getSemanticDiagnostics(file);
  return errors.map(({ start, code }) => `line ${1 + file.getLineAndCharacterOfPosition(start!).line}: TS${code}`);
}

// It loads the compiler: seconds where a machine has much else to do.
test("wrong use does not compile, for the reason that it is wrong", { timeout: 60_000 }, () => {
  const source = readFileSync(FIXTURE, "utf8");
  expect(expectedErrors(source)).not.toHaveLength(0);
  expect(foundErrors(source)).toEqual(expectedErrors(source));
});
