import { describe, expect, test } from "vitest";
import { COHERENCE_MUTANTS } from "./coherence-mutants.ts";
import { withEdits } from "./mutate.ts";
import { findMutant, SEEDS_FOR_A_MUTANT } from "./seeds.ts";
import { coherentProcesses } from "./worlds.ts";

describe("the simulation of coherent processes finds it when", () => {
  for (const [name, { mistake, edits }] of Object.entries(COHERENCE_MUTANTS)) {
    test(`${mistake} (${name})`, { timeout: 300_000 }, async () => {
      const found = await withEdits(edits, (mutant) => findMutant(coherentProcesses, mutant));
      expect(found, `${name} survived ${SEEDS_FOR_A_MUTANT} seeds`).toBeDefined();
    });
  }
});
