import fc from "fast-check";
import { expect, test } from "vitest";
import { Entry, judge, type Lifetime, NEVER_CURRENT, NEVER_RETRIED } from "../src/entry.ts";
import { Family } from "../src/stats.ts";

const INSTANT = fc.oneof(fc.integer({ min: 0, max: 20 }), fc.constant(Number.POSITIVE_INFINITY));
const NEVER = Number.NEGATIVE_INFINITY;

function entryOf(value: unknown, life: Partial<Lifetime> & { readonly expiresAt: number }): Entry {
  const { expiresAt } = life;
  const whole = {
    loadedAt: 0,
    refreshAt: Number.POSITIVE_INFINITY,
    staleUntil: expiresAt,
    graceUntil: NEVER,
    retryAt: NEVER_RETRIED,
    ...life,
  };
  return new Entry(value, whole, { tag: "t", version: 1, generation: 1 }, [], 1, new Family("test"));
}

function voucherOf(leaseUntil: number, vouches = true, standsIn = true) {
  return { leaseUntil, vouchesFor: () => vouches, mayStandIn: () => standsIn };
}

test("fresh and stale need a running lease and nothing newer, grace needs only that nothing newer is known", () => {
  const extra = fc.integer({ min: 0, max: 10 });
  fc.assert(
    fc.property(
      fc.record({ expiresAt: INSTANT, staleMs: extra, graceMs: extra, now: fc.integer({ min: 0, max: 30 }) }),
      fc.oneof(INSTANT, fc.constant(NEVER)),
      fc.boolean(),
      fc.boolean(),
      ({ expiresAt, staleMs, graceMs, now }, leaseUntil, vouches, standsIn) => {
        const entry = entryOf("value", { expiresAt, staleUntil: expiresAt + staleMs, graceUntil: expiresAt + graceMs });
        const vouched = now < leaseUntil && vouches;
        const grace = now < expiresAt + graceMs && standsIn ? "grace" : "dead";
        const expected = vouched && now < expiresAt ? "fresh" : vouched && now < expiresAt + staleMs ? "stale" : grace;
        expect(judge(entry, voucherOf(leaseUntil, vouches, standsIn), { now: () => now })).toBe(expected);
      },
    ),
  );
});

test("an entry without grace is never served unless somebody vouches for it", () => {
  const entry = entryOf("value", { expiresAt: 10 });
  expect([4, 5, 10].map((now) => judge(entry, voucherOf(5), { now: () => now }))).toEqual(["fresh", "dead", "dead"]);
});

test("no process has the generation of a value that nobody vouches for: generations count from 0", () => {
  expect(NEVER_CURRENT).toBeLessThan(0);
});

test("negative entries are judged like any other", () => {
  const negative = entryOf(undefined, { expiresAt: 10 });
  expect([4, 5, 10].map((now) => judge(negative, voucherOf(5), { now: () => now }))).toEqual(["fresh", "dead", "dead"]);
});

test("the clock is read once, at the moment of judging, and not at all where nothing depends on time", () => {
  let reads = 0;
  const clock = { now: () => ++reads };
  const forever = entryOf("value", { expiresAt: Number.POSITIVE_INFINITY });
  judge(forever, voucherOf(Number.POSITIVE_INFINITY), clock);
  expect(reads).toBe(0);
  judge(forever, voucherOf(100), clock);
  judge(forever, voucherOf(100), clock);
  expect(reads).toBe(2);
});
