import { fork } from "node:child_process";
import { join } from "node:path";
import { type BehaviourContract, type CacheAdapter, wholeCacheContract } from "@qrcards/cache/testing";
import { adaptersOf, type Entrant } from "./entrants.ts";

/** `kept`: the promise. A case that needs what a library does not have says nothing of it, and is no promise kept. */
export type Outcome = "kept" | "broken" | "not offered";

export interface CaseResult {
  readonly number: number;
  readonly outcome: Outcome;
  /** What was seen, or is not there. */
  readonly seen?: string;
}

/** A case with the number by which it can be run alone. */
export interface NumberedCase {
  readonly number: number;
  readonly name: string;
}

/** A row of the scoreboard. */
export interface Row {
  readonly heading: string;
  readonly title: string;
  readonly cases: readonly NumberedCase[];
}

/** A column: one library in one configuration, and what came of each case. */
export interface Column {
  readonly entrant: Entrant;
  readonly adapter: CacheAdapter;
  readonly results: ReadonlyMap<number, CaseResult>;
}

/** The rows, each with those of its cases that are wanted. */
export function rowsOf(isWanted: (one: NumberedCase) => boolean): Row[] {
  let number = 0;
  // The cases are the same for all; to name them no adapter is needed.
  const contract: readonly BehaviourContract[] = wholeCacheContract({ adapter: {} as CacheAdapter });
  return contract
    .map(({ heading, title, cases }) => ({
      heading,
      title,
      cases: cases.map(({ name }) => ({ number: ++number, name })).filter(isWanted),
    }))
    .filter(({ cases }) => cases.length > 0);
}

/** Runs the cases of these rows for all configurations of a library that are wanted, one after another. */
export async function runEntrant(
  entrant: Entrant,
  rows: readonly Row[],
  isWanted: (adapter: CacheAdapter) => boolean,
  onResult: (adapter: CacheAdapter, done: number) => void,
): Promise<Column[]> {
  const columns: Column[] = [];
  const numbers = rows.flatMap(({ cases }) => cases.map(({ number }) => number));
  for (const adapter of (await adaptersOf(entrant)).filter(isWanted)) {
    const results = await runCases(adapter, numbers, (done) => onResult(adapter, done));
    columns.push({ entrant, adapter, results });
  }
  return columns;
}

const PROGRAM = join(import.meta.dirname, "run-cases.ts");

function runCases(
  { name, configuration }: CacheAdapter,
  numbers: readonly number[],
  onResult: (done: number) => void,
): Promise<ReadonlyMap<number, CaseResult>> {
  const results = new Map<number, CaseResult>();
  const child = fork(PROGRAM, [name, configuration, ...numbers.map(String)], { stdio: ["ignore", "ignore", "ignore", "ipc"] });
  child.on("message", (result: CaseResult) => {
    results.set(result.number, result);
    onResult(results.size);
  });
  return new Promise((resolve) => {
    child.on("exit", () => {
      for (const number of numbers) {
        if (!results.has(number)) results.set(number, { number, outcome: "broken", seen: "the process of the cache ended" });
      }
      resolve(results);
    });
  });
}

/** A promise is broken if one of its cases shows so, and kept if all of them show that. */
export function outcomeOf({ cases }: Row, { results }: Column): Outcome {
  const outcomes = new Set(cases.map(({ number }) => results.get(number)?.outcome));
  if (outcomes.has("broken")) return "broken";
  return outcomes.has("not offered") ? "not offered" : "kept";
}
