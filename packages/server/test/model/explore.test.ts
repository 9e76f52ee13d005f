import { expect, test } from "vitest";
import { record, small, type ValueOf } from "./codec.ts";
import { explore, type Model } from "./explore.ts";

const PAIR = record({ left: small, right: small });
type Pair = ValueOf<typeof PAIR>;

/** Two counters up to `most`; it is broken where `isBroken` says so. */
function createCounters(most: number, isBroken: (pair: Pair) => boolean, sorted = false): Model<Pair> {
  const raise = (name: keyof Pair) => ({
    says: () => name,
    run(pair: Pair) {
      pair[name]++;
      return isBroken(pair) ? "broken" : undefined;
    },
  });
  return {
    initial: { left: 0, right: 0 },
    copy: PAIR.copy,
    write: PAIR.write,
    read: (text) => PAIR.read({ text, at: 0 }),
    canonical: (pair) => (sorted && pair.left > pair.right ? { left: pair.right, right: pair.left } : pair),
    steps: (pair) => (["left", "right"] as const).filter((name) => pair[name] < most).map(raise),
  };
}

test("each state is seen once, to the end", () => {
  expect(
    explore(
      createCounters(300, () => false),
      { maxStates: 100_000 },
    ),
  ).toEqual({ states: 301 * 301, depth: 600, exhausted: true });
});

test("states that are called the same are one", () => {
  expect(
    explore(
      createCounters(3, () => false, true),
      { maxStates: 100 },
    ),
  ).toEqual({ states: 10, depth: 6, exhausted: true });
});

test("a violation comes with one of the shortest ways to it", () => {
  const { violation, exhausted } = explore(
    createCounters(9, ({ left, right }) => left === 2 && right === 1),
    { maxStates: 100 },
  );
  expect(exhausted).toBe(false);
  expect(violation?.what).toBe("broken");
  expect(violation?.steps.toSorted()).toEqual(["left", "left", "right"]);
});

test("what was not seen to the end is not called so", () => {
  const { states, exhausted } = explore(
    createCounters(300, () => false),
    { maxStates: 1_000 },
  );
  expect(states).toBeGreaterThanOrEqual(1_000);
  expect(exhausted).toBe(false);
});
