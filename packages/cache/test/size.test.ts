import { expect, test } from "vitest";
import { estimateBytes } from "../src/size.ts";

const bytesOf = (value: unknown) => estimateBytes("key", value) - estimateBytes("key", undefined);

test("strings count two bytes a character, binary data its length", () => {
  expect(bytesOf("x".repeat(1_000)) - bytesOf("")).toBe(2_000);
  expect(bytesOf(new Uint8Array(5_000)) - bytesOf(new Uint8Array(0))).toBe(5_000);
  expect(bytesOf(new ArrayBuffer(64)) - bytesOf(new ArrayBuffer(0))).toBe(64);
  expect(estimateBytes("x".repeat(100), 1) - estimateBytes("", 1)).toBe(200);
});

test("what is inside of objects, arrays, maps and sets counts", () => {
  const text = "x".repeat(500);
  for (const value of [{ a: { b: text } }, [[text]], new Map([["k", { text }]]), new Map([[text, 1]]), new Set([text])]) {
    expect(bytesOf(value)).toBeGreaterThan(1_000);
    expect(bytesOf(value)).toBeLessThan(1_400);
  }
});

test("cycles end, and shared parts count once", () => {
  const shared = { text: "x".repeat(500) };
  const cycle: Record<string, unknown> = { shared, again: shared };
  cycle.itself = cycle;
  expect(bytesOf(cycle)).toBeLessThan(1_400);
});

test("an estimate ends, however many objects there are", () => {
  const many = Array.from({ length: 200_000 }, (_, i) => ({ i }));
  expect(bytesOf(many)).toBeGreaterThan(200_000 * 8);
});
