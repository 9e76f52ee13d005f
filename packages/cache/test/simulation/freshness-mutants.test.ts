import { describe, expect, test } from "vitest";
import { FRESHNESS_MUTANTS, SHARED_FRESHNESS_MUTANTS } from "./freshness-mutants.ts";
import { withEdits } from "./mutate.ts";
import { findMutant, SEEDS_FOR_A_MUTANT } from "./seeds.ts";
import { oneWorker, severalWorkers } from "./worlds.ts";

describe("the simulation finds it when", () => {
  for (const [create, mutants] of [
    [oneWorker, FRESHNESS_MUTANTS],
    [severalWorkers, SHARED_FRESHNESS_MUTANTS],
  ] as const) {
    for (const [name, { mistake, edits }] of Object.entries(mutants)) {
      test(`${mistake} (${name})`, { timeout: 120_000 }, async () => {
        const found = await withEdits(edits, (mutant) => findMutant(create, mutant));
        expect(found, `${name} survived ${SEEDS_FOR_A_MUTANT} seeds`).toBeDefined();
      });
    }
  }
});
