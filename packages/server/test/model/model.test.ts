import { describe, expect, test } from "vitest";
import { FALLS, SMALL } from "./configurations.ts";
import { explore } from "./explore.ts";
import { createModel } from "./model.ts";
import { MUTANTS, type Mutant } from "./mutants.ts";

/** Each ends of itself, long before that. */
const MOST_STATES = 500_000;
/** Some seconds where the machine has time. */
const TIMEOUT_MS = 180_000;

describe("the consistency protocol keeps its promises, whatever happens in whichever order, with", () => {
  for (const { name, setting } of SMALL) {
    test(name, { timeout: TIMEOUT_MS }, () => {
      const { violation, exhausted } = explore(createModel(setting), { maxStates: MOST_STATES });
      expect(violation).toBeUndefined();
      expect(exhausted).toBe(true);
    });
  }
});

describe("the model finds it when", () => {
  for (const [mutant, mistake] of Object.entries(MUTANTS) as [Mutant, string][]) {
    test(`${mistake} (${mutant})`, { timeout: TIMEOUT_MS }, () => {
      const { setting } = FALLS[mutant];
      const { violation, states } = explore(createModel({ ...setting, mutant }), { maxStates: MOST_STATES });
      expect(violation, `${mutant} survives`).toBeDefined();
      // It is by the mistake that it falls: without it nothing does so near the beginning.
      expect(explore(createModel(setting), { maxStates: states }).violation).toBeUndefined();
    });
  }
});
