import { describe, expect, test } from "vitest";
import { countAll, findViolation } from "../../../cache/test/simulation/seeds.ts";
import { loadReal } from "./mutate.ts";
import { openServing } from "./worlds.ts";

describe("whatever happens to processes, to the database and to what they tell each other", () => {
  test("nobody answers with what was before an edit that was said to be visible everywhere, or for more than L", {
    timeout: 120_000,
  }, async () => {
    expect(await findViolation(await openServing(), await loadReal(), 150)).toBeUndefined();
  });
});

test("in these runs edits are visible both because all said so and because their leases are over", async () => {
  const counts = await countAll(await openServing(), await loadReal(), 30);
  for (const what of ["visible by acknowledgements", "visible by lease", "hit", "miss", "negative"])
    expect(counts, what).toHaveProperty([what]);
});

test("a run that is replayed goes as it went before", async () => {
  const [create, real] = [await openServing(), await loadReal()];
  const trails: string[][] = [[], []];
  for (const trail of trails) await create(real, 7, trail).run();
  expect(trails[0]!.length).toBeGreaterThan(100);
  expect(trails[1]).toEqual(trails[0]);
});
