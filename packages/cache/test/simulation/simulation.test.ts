import { describe, expect, test } from "vitest";
import * as library from "../../src/index.ts";
import { EAGER_SWEEP, MUTANTS, withEdits } from "./mutants.ts";
import { type Library, simulate, type Violation } from "./simulate.ts";

/**
 * `SIMULATION_SEEDS=20000` runs more, `SIMULATION_FIRST=123` begins there: the seed named by a failure is replayed with
 * `SIMULATION_FIRST=<seed> SIMULATION_SEEDS=1`.
 */
const FIRST = Number(process.env.SIMULATION_FIRST ?? 1);
const SEEDS = Number(process.env.SIMULATION_SEEDS ?? 600);

/** A mutant that none of so many seeds finds would be a hole in the simulation. */
const SEEDS_FOR_A_MUTANT = 4_000;

/** That an old value was served, not only that something came to nothing. */
const STALENESS = ["FRESH", "BOUND", "MONO"];

async function firstViolation(
  tested: Library,
  seeds: number,
  of?: readonly string[],
): Promise<(Violation & { readonly seed: number }) | undefined> {
  for (let seed = FIRST; seed < FIRST + seeds; seed++) {
    const violation = await simulate(tested, seed);
    if (violation !== undefined && of?.includes(violation.check) !== false) return { seed, ...violation };
  }
  return undefined;
}

describe("whatever the order of edits, polls, loads, restores, flushes and lost requests", () => {
  const title = "nothing older than what was heard is served, nothing older than the lease, and in the end everything agrees";
  test(title, { timeout: 120_000 }, async () => {
    expect(await firstViolation(library, SEEDS)).toBeUndefined();
  });

  test("the same holds when every tag that nobody holds is forgotten at once", { timeout: 120_000 }, async () => {
    expect(await withEdits(EAGER_SWEEP, (tested) => firstViolation(tested, SEEDS / 2))).toBeUndefined();
  });
});

describe("the simulation finds it when", () => {
  for (const [name, { mistake, edits }] of Object.entries(MUTANTS)) {
    test(`${mistake} (${name})`, { timeout: 120_000 }, async () => {
      const violation = await withEdits(edits, (mutant) => firstViolation(mutant, SEEDS_FOR_A_MUTANT, STALENESS));
      expect(violation, `${name} survived ${SEEDS_FOR_A_MUTANT} seeds`).toBeDefined();
    });
  }
});
