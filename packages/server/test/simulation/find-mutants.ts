import { describe, expect, test } from "vitest";
import { findMutant, SEEDS_FOR_A_MUTANT } from "../../../cache/test/simulation/seeds.ts";
import type { CreateWorld } from "../../../cache/test/simulation/world.ts";
import { withEdits } from "./mutate.ts";
import type { ServingMutant } from "./serving-mutants.ts";
import type { Tested } from "./tested.ts";

/** A test for each mutant: that it falls in the world that is opened for it. */
export function findMutants<M extends ServingMutant>(
  mutants: Readonly<Record<string, M>>,
  open: (mutant: M) => Promise<CreateWorld<Tested>>,
): void {
  describe("the simulation finds it when", () => {
    for (const [name, mutant] of Object.entries(mutants)) {
      test(`${mutant.mistake} (${name})`, { timeout: 600_000 }, async () => {
        const found = await withEdits(mutant, async (mutated) => findMutant(await open(mutant), mutated));
        expect(found, `${name} survived ${SEEDS_FOR_A_MUTANT} seeds`).toBeDefined();
      });
    }
  });
}
