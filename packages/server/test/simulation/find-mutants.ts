import { describe, expect, test } from "vitest";
import { findMutant, SEEDS_FOR_A_MUTANT } from "../../../cache/test/simulation/seeds.ts";
import { withEdits } from "./mutate.ts";
import type { ServingMutant } from "./serving-mutants.ts";
import { openServing } from "./worlds.ts";

/** A test for each mutant: that it falls. */
export function findMutants(mutants: Readonly<Record<string, ServingMutant>>): void {
  describe("the simulation finds it when", () => {
    for (const [name, { mistake, mistakes, ...edits }] of Object.entries(mutants)) {
      test(`${mistake} (${name})`, { timeout: 600_000 }, async () => {
        const found = await withEdits(edits, async (mutant) => findMutant(await openServing(mistakes), mutant));
        expect(found, `${name} survived ${SEEDS_FOR_A_MUTANT} seeds`).toBeDefined();
      });
    }
  });
}
