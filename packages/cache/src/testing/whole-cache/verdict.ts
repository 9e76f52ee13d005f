import { AssertionError } from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";

/** The adapter lacks what a case is about. Neither a pass nor a failure. */
export class NotOffered extends Error {
  override readonly name = "NotOffered";

  constructor(what: string) {
    super(`It has no ${what}.`);
  }
}

/** Ends a case: `seen` says in one line what the cache did that it must not do. */
export function fail(seen: string): never {
  throw new AssertionError({ message: seen });
}

export function check(condition: boolean, seen: string | (() => string)): void {
  if (!condition) fail(typeof seen === "string" ? seen : seen());
}

/** `who` names whoever asked: "the later read got "old" instead of "new"". */
export function got(who: string, actual: unknown, expected: unknown): void {
  check(isDeepStrictEqual(actual, expected), () => `${who} got ${show(actual)} instead of ${show(expected)}`);
}

/** As `got`, for many: "100 of 100 later reads got "old" instead of "new"". */
export function allGot(who: string, actual: readonly unknown[], expected: unknown): void {
  const wrong = actual.filter((value) => !isDeepStrictEqual(value, expected));
  check(wrong.length === 0, () => `${wrong.length} of ${actual.length} ${who} got ${show(wrong[0])} instead of ${show(expected)}`);
}

export function show(value: unknown): string {
  if (value instanceof Error) return `the error "${value.message}"`;
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "object" && value !== null) return `${value.constructor?.name ?? "an object"} ${JSON.stringify(value).slice(0, 60)}`;
  return typeof value === "string" ? JSON.stringify(value.slice(0, 60)) : String(value);
}
