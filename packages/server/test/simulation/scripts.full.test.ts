import { describe, expect, test } from "vitest";
import { findViolation } from "../../../cache/test/simulation/seeds.ts";
import { loadReal } from "./mutate.ts";
import { SCRIPTS } from "./scripts.ts";
import { openDirected } from "./worlds.ts";

describe("nor in three hundred runs where", () => {
  for (const [title, script] of Object.entries(SCRIPTS)) {
    test(title, async () => {
      expect(await findViolation(await openDirected(script), await loadReal(), 300)).toBeUndefined();
    });
  }
});
