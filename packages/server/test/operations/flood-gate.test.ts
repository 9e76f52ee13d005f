import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FloodGate } from "../../src/operations/flood-gate.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function createGate() {
  const heldBack: [string, number][] = [];
  const gate = new FloodGate({ onHeldBack: (kind, count) => heldBack.push([kind, count]) });
  const admitted = (kind: string, times: number) => Array.from({ length: times }, () => gate.admit(kind)).filter(Boolean).length;
  return { gate, heldBack, admitted };
}

test("ten of a kind pass in a second, the others are counted", () => {
  const { heldBack, admitted } = createGate();
  expect(admitted("busy", 1_000)).toBe(10);
  expect(heldBack).toEqual([]);
  vi.advanceTimersByTime(1_000);
  expect(heldBack).toEqual([["busy", 990]]);
  expect(admitted("busy", 11)).toBe(10);
  vi.advanceTimersByTime(1_000);
  expect(heldBack).toEqual([
    ["busy", 990],
    ["busy", 1],
  ]);
});

test("kinds do not hide each other, and few of a kind are not told of again", () => {
  const { heldBack, admitted } = createGate();
  expect(admitted("busy", 10)).toBe(10);
  expect(admitted("gone", 3)).toBe(3);
  vi.advanceTimersByTime(5_000);
  expect(heldBack).toEqual([]);
});

test("what is held back at the end is told of then", () => {
  const { gate, heldBack, admitted } = createGate();
  admitted("busy", 12);
  gate.close();
  expect(heldBack).toEqual([["busy", 2]]);
  vi.advanceTimersByTime(5_000);
  expect(heldBack).toHaveLength(1);
});
