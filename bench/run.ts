/**
 * Runs benchmarks, each as a process of its own.
 *
 *     npm run bench                     all that are quick
 *     npm run bench -- NAME [args]      one: its file's name without .ts, with folders where that says too little
 *     npm run bench -- --list           what there is
 */
import { spawnSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { styleText } from "node:util";

/** These take minutes. */
const SLOW: ReadonlySet<string> = new Set(["import", "http/during-import", "traffic", "peers/speed", "peers/scoreboard", "http/visible"]);

const BENCH = import.meta.dirname;
const names = globSync(["import.ts", "traffic.ts", "micro/*.ts", "http/*.ts", "peers/*.ts"], { cwd: BENCH }).map((file) =>
  file.replace(/\.ts$/, ""),
);
names.sort((one, other) => Number(SLOW.has(one)) - Number(SLOW.has(other)) || (one < other ? -1 : 1));

const [wish, ...args] = process.argv.slice(2);
const found = names.filter((name) => name === wish || name.endsWith(`/${wish}`));
if (wish === "--list") list();
else if (wish === undefined) process.exitCode = runQuick();
else if (found.length === 1) process.exitCode = run(found[0]!, args);
else {
  console.error(`There is ${found.length === 0 ? "no" : "more than one"} benchmark "${wish}".\n`);
  list();
  process.exitCode = 2;
}

function runQuick(): number {
  const failed = names.filter((name) => !SLOW.has(name)).filter((name) => run(name, []) !== 0);
  console.log(`Left out, as they take minutes: ${[...SLOW].map((name) => `npm run bench -- ${name}`).join(", ")}`);
  if (failed.length > 0) console.error(`${styleText("red", "Failed")} (a result was wrong, or it could not run): ${failed.join(", ")}`);
  return failed.length > 0 ? 1 : 0;
}

/** @returns its exit code: 0 when it ran and its results were right, whatever its figures */
function run(name: string, args: readonly string[]): number {
  console.log(styleText("dim", `> npm run bench -- ${[name, ...args].join(" ")}`));
  const { status } = spawnSync(process.execPath, [join(BENCH, `${name}.ts`), ...args], { stdio: "inherit" });
  return status ?? 1;
}

function list(): void {
  const width = Math.max(...names.map((name) => name.length));
  for (const name of names) {
    const what = /^\/\*\*\n \* (.*)$/m.exec(readFileSync(join(BENCH, `${name}.ts`), "utf8"))?.[1] ?? "";
    console.log(`  ${name.padEnd(width)}  ${what}${SLOW.has(name) ? styleText("dim", " (takes minutes)") : ""}`);
  }
}
