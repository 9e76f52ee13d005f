import { AssertionError } from "node:assert";
import { expect, test } from "vitest";
import type { ContractCase } from "../../../src/testing/contract/contract.ts";
import { type Fault, inMemory } from "./in-memory.ts";

/** A broken store, and the promise of the suite that it breaks. */
export interface Break {
  readonly promise: string;
  readonly fault: Fault;
}

/**
 * Proves that a suite is worth something: each broken store fails the case of the promise that it breaks, and there is no
 * case that none of them fails.
 */
export function testBreaks(
  contract: (options: ReturnType<typeof inMemory>) => readonly ContractCase[],
  breaks: Record<string, Break>,
): void {
  for (const [name, { promise, fault }] of Object.entries(breaks)) {
    test(`a store that ${name} does not pass`, async () => {
      const cases = contract(inMemory(fault, { timeoutMs: 1_000 }));
      const failing = cases.find((each) => each.name === promise);
      expect(failing, `"${promise}" is not in the suite`).toBeDefined();
      await expect(failing?.run()).rejects.toThrow(AssertionError);
    });
  }

  test("every case is failed by some store", () => {
    const broken = new Set(Object.values(breaks).map(({ promise }) => promise));
    expect(contract(inMemory()).map(({ name }) => name)).toEqual(expect.arrayContaining([...broken]));
    expect(
      contract(inMemory())
        .filter(({ name }) => !broken.has(name))
        .map(({ name }) => name),
    ).toEqual([]);
  });
}
