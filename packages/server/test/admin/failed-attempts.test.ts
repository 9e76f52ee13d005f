import { expect, test } from "vitest";
import { FailedAttempts } from "../../src/admin/failed-attempts.ts";

test("failures are free up to the limit, then wait for the window's end", () => {
  const attempts = new FailedAttempts({ limit: 2, windowMs: 1_000 });
  expect(attempts.count("a", 100)).toBe(undefined);
  expect(attempts.count("a", 200)).toBe(undefined);
  expect(attempts.count("a", 300)).toBe(800);
  expect(attempts.count("a", 1_099)).toBe(1);
  expect(attempts.count("a", 1_100)).toBe(undefined);
});

test("one address does not count for another", () => {
  const attempts = new FailedAttempts({ limit: 1 });
  attempts.count("a", 0);
  expect(attempts.count("b", 0)).toBe(undefined);
  expect(attempts.count("a", 0)).toBe(60_000);
});

test("memory is bounded: the address that began first is forgotten", () => {
  const attempts = new FailedAttempts({ limit: 1, maxAddresses: 100 });
  for (let address = 0; address < 10_000; address += 1) attempts.count(String(address), 0);
  expect(attempts.size).toBe(100);
  expect(attempts.count("9999", 0)).toBe(60_000);
  expect(attempts.count("9899", 0)).toBe(undefined);
});
