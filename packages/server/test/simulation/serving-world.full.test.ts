import { expect, test } from "vitest";
import { findViolation } from "../../../cache/test/simulation/seeds.ts";
import { loadReal } from "./mutate.ts";
import { openServing } from "./worlds.ts";

test("nor in two thousand runs", async () => {
  expect(await findViolation(await openServing(), await loadReal(), 2_000)).toBeUndefined();
});
