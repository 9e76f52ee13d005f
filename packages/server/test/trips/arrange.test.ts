import fc from "fast-check";
import { expect, test } from "vitest";
import { arrange } from "../../src/trips/sync/arrange.ts";

const NOBODY: ReadonlySet<number> = new Set();
const anyBefore = fc.array(fc.option(fc.integer({ min: -5_000, max: 5_000 }), { nil: undefined }), { maxLength: 12 });

/** How many numbers can stay at most: the longest rising selection, by trying all of them. */
function mostThatRise(numbers: readonly (number | undefined)[]): number {
  let most = 0;
  for (let choice = 0; choice < 2 ** numbers.length; choice += 1) {
    const chosen = numbers.filter((number, index) => number !== undefined && choice & (1 << index));
    if (chosen.every((number, index) => index === 0 || number! > chosen[index - 1]!)) most = Math.max(most, chosen.length);
  }
  return most;
}

test("positions rise, whatever they were", () => {
  fc.assert(
    fc.property(anyBefore, fc.array(fc.integer({ min: -5_000, max: 5_000 })), (before, taken) => {
      const after = arrange(before, new Set(taken));
      expect(after).toHaveLength(before.length);
      for (const [index, position] of after.entries()) if (index > 0) expect(position).toBeGreaterThan(after[index - 1]!);
    }),
  );
});

test("as many as can keep theirs, unless there is no room between them", () => {
  fc.assert(
    fc.property(anyBefore, (before) => {
      const spread = before.map((position) => (position === undefined ? undefined : position * 1_000));
      const after = arrange(spread, NOBODY);
      expect(after.filter((position, index) => position === spread[index])).toHaveLength(mostThatRise(spread));
    }),
  );
});

test("new siblings are put a gap apart", () => {
  expect(arrange([undefined, undefined, undefined], NOBODY)).toEqual([1024, 2048, 3072]);
});

test("one that comes between two takes the middle", () => {
  expect(arrange([1024, undefined, 2048], NOBODY)).toEqual([1024, 1536, 2048]);
});

test("one that comes first or last moves nobody", () => {
  expect(arrange([undefined, 1024, 2048, undefined], NOBODY)).toEqual([0, 1024, 2048, 3072]);
});

test("one that moves to the end is the only one to change", () => {
  expect(arrange([2048, 3072, 1024], NOBODY)).toEqual([2048, 3072, 4096]);
});

test("all are spread anew where two have no room between them", () => {
  expect(arrange([7, undefined, 8], NOBODY)).toEqual([1024, 2048, 3072]);
});

test("a position that somebody else has is left to them", () => {
  expect(arrange([1024, undefined], new Set([2048]))).toEqual([1024, 2047]);
});
