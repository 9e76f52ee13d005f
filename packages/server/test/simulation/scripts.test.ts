import { describe, expect, test } from "vitest";
import { findViolation } from "../../../cache/test/simulation/seeds.ts";
import { findMutants } from "./find-mutants.ts";
import { loadReal } from "./mutate.ts";
import { SCRIPTS } from "./scripts.ts";
import { SCRIPTED_MUTANTS } from "./serving-mutants.ts";
import { openDirected } from "./worlds.ts";

describe("nobody answers with what was before an edit that was said to be visible everywhere, though", () => {
  for (const [title, script] of Object.entries(SCRIPTS)) {
    test(title, { timeout: 120_000 }, async () => {
      expect(await findViolation(await openDirected(script), await loadReal(), 20)).toBeUndefined();
    });
  }
});

findMutants(SCRIPTED_MUTANTS, ({ script }) => openDirected(SCRIPTS[script]));
