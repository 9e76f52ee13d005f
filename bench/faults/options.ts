import { parseArgs } from "node:util";
import type { SetupName } from "./setups/site.ts";

export const USAGE = `usage: npm run faults -- [options]
  --quick             half a minute on each setup: what \`npm test\` runs
  --minutes NUMBER    how long each setup runs (default 5)
  --reads NUMBER      go on until there were so many reads, on each setup
  --edits NUMBER      go on until there were so many edits, on each setup
  --setup NAME        sqlite or postgres (default: one after the other)
  --seed NUMBER       what is done, though not what comes of it (default: another one each time)
  --history FOLDER    where histories are kept (default: only those with violations are, in a temporary folder)
  --check FILE        judge a history that was written before
  --mutants           run against servers with a mistake in them: each must be found
  --json              the report as JSON`;

export interface Options {
  readonly quick: boolean;
  readonly minutes: number;
  readonly reads: number;
  readonly edits: number;
  readonly setups: readonly SetupName[];
  readonly seed: number;
  readonly history: string | undefined;
  readonly check: string | undefined;
  readonly mutants: boolean;
  readonly json: boolean;
}

const SETUPS: readonly SetupName[] = ["sqlite", "postgres"];

/** @throws Error that says which option is wrong */
export function parseOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: "boolean", default: false },
      minutes: { type: "string", default: "5" },
      reads: { type: "string", default: "0" },
      edits: { type: "string", default: "0" },
      setup: { type: "string" },
      seed: { type: "string", default: String(Math.floor(Math.random() * 1e6)) },
      history: { type: "string" },
      check: { type: "string" },
      mutants: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
    },
  });
  const number = (name: "minutes" | "reads" | "edits" | "seed") => {
    const value = Number(values[name]);
    if (!Number.isFinite(value) || value < 0) throw new Error(`--${name} is "${values[name]}"; it must be a number.`);
    return value;
  };
  const setups = SETUPS.filter((name) => values.setup === undefined || name === values.setup);
  if (setups.length === 0) throw new Error(`--setup is "${values.setup}"; it must be one of ${SETUPS.join(", ")}.`);
  const { quick, history, check, mutants, json } = values;
  return {
    quick,
    minutes: number("minutes"),
    reads: number("reads"),
    edits: number("edits"),
    setups,
    seed: number("seed"),
    history,
    check,
    mutants,
    json,
  };
}
