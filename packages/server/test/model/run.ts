import { styleText } from "node:util";
import { type Configuration, FALLS, LARGE, SMALL } from "./configurations.ts";
import { type Exploration, explore } from "./explore.ts";
import { createModel } from "./model.ts";
import { MUTANTS, type Mutant } from "./mutants.ts";

/** Of one configuration: half a minute, and 500 MB. */
const MOST_STATES = Number(process.env.MODEL_STATES ?? 1_000_000);

const USAGE = `npm run model                 the small configurations, and each mutant
npm run model -- --large      larger ones too; some minutes
npm run model -- MUTANT...    these mutants alone
MODEL_STATES=4000000          how many states of a configuration are seen at most; default 1,000,000`;

/** @returns the exit code: 1 if a promise is broken, or a mutant is not found */
function main(words: readonly string[]): number {
  const mutants = words.filter((word): word is Mutant => Object.hasOwn(MUTANTS, word));
  const unknown = words.find((word) => word !== "--large" && !Object.hasOwn(MUTANTS, word));
  if (unknown !== undefined) {
    console.log(USAGE);
    return unknown === "--help" ? 0 : 2;
  }
  const configurations = mutants.length > 0 ? [] : words.includes("--large") ? [...SMALL, ...LARGE] : SMALL;
  const holds = configurations.map(showConfiguration);
  if (mutants.length === 0) console.log("\nEach mistake, and the shortest way to what it breaks:");
  const falls = (mutants.length > 0 ? mutants : (Object.keys(MUTANTS) as Mutant[])).map(showMutant);
  return [...holds, ...falls].every(Boolean) ? 0 : 1;
}

function showConfiguration({ name, setting }: Configuration, at: number): boolean {
  if (at === 0) console.log(row("configuration", "states", "depth", "seconds", "verdict"));
  const { result, seconds } = measure(() => explore(createModel(setting), { maxStates: MOST_STATES }));
  const verdict = result.violation !== undefined ? "BROKEN" : result.exhausted ? "holds" : "holds as far as explored";
  console.log(row(name, result.states.toLocaleString("en"), String(result.depth), seconds, verdict));
  showViolation(result);
  return result.violation === undefined;
}

function showMutant(mutant: Mutant): boolean {
  const { name, setting } = FALLS[mutant];
  const { result, seconds } = measure(() => explore(createModel({ ...setting, mutant }), { maxStates: MOST_STATES }));
  const verdict = result.violation === undefined ? styleText("red", "SURVIVES") : "falls";
  console.log(
    `\n${styleText("bold", mutant)} (${MUTANTS[mutant]}) ${verdict}: ${result.states.toLocaleString("en")} states, ${seconds} s, ${name}`,
  );
  showViolation(result);
  return result.violation !== undefined;
}

function showViolation({ violation }: Exploration): void {
  if (violation === undefined) return;
  for (const [at, step] of violation.steps.entries()) console.log(`${String(at + 1).padStart(4)}. ${step}`);
  console.log(`   => ${violation.what}`);
}

function measure<T>(work: () => T): { readonly result: T; readonly seconds: string } {
  const beganAt = performance.now();
  const result = work();
  return { result, seconds: ((performance.now() - beganAt) / 1000).toFixed(1) };
}

function row(name: string, states: string, depth: string, seconds: string, verdict: string): string {
  return `${name.padEnd(46)} ${states.padStart(10)} ${depth.padStart(6)} ${seconds.padStart(8)}  ${verdict}`;
}

process.exitCode = main(process.argv.slice(2));
