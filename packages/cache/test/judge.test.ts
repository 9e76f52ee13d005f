import fc from "fast-check";
import { expect, test } from "vitest";
import { Entry, judge } from "../src/entry.ts";

const INSTANT = fc.oneof(fc.integer({ min: 0, max: 20 }), fc.constant(Number.POSITIVE_INFINITY));

test("an entry is dead when its time is over, else stale unless the lease runs and nothing newer is known", () => {
  fc.assert(
    fc.property(
      INSTANT,
      fc.oneof(INSTANT, fc.constant(Number.NEGATIVE_INFINITY)),
      fc.integer({ min: 0, max: 20 }),
      fc.boolean(),
      (expiresAt, leaseUntil, now, vouches) => {
        const entry = new Entry("value", expiresAt, { tag: "t", version: 1, generation: 1 }, [], 1);
        const verdict = judge(entry, { leaseUntil, vouchesFor: () => vouches }, { now: () => now });
        expect(verdict).toBe(now >= expiresAt ? "dead" : now < leaseUntil && vouches ? "fresh" : "stale");
      },
    ),
  );
});

test("negative entries are judged like any other", () => {
  const negative = new Entry(undefined, 10, { tag: "t", version: 1, generation: 1 }, [], 1);
  const voucher = { leaseUntil: 5, vouchesFor: () => true };
  expect([4, 5, 10].map((now) => judge(negative, voucher, { now: () => now }))).toEqual(["fresh", "stale", "dead"]);
});

test("the clock is read once, at the moment of judging, and not at all where nothing depends on time", () => {
  let reads = 0;
  const clock = { now: () => ++reads };
  const forever = new Entry("value", Number.POSITIVE_INFINITY, { tag: "", version: 0, generation: 0 }, [], 1);
  const always = { leaseUntil: Number.POSITIVE_INFINITY, vouchesFor: () => true };
  judge(forever, always, clock);
  expect(reads).toBe(0);
  judge(forever, { ...always, leaseUntil: 100 }, clock);
  judge(forever, { ...always, leaseUntil: 100 }, clock);
  expect(reads).toBe(2);
});
