import { describe, expect, it } from "vitest";
import { checkSymbol, dammStep } from "../../src/cards/check-symbol.ts";

const SYMBOLS = Array.from({ length: 32 }, (_, symbol) => symbol);

/**
 * Two words that differ in one symbol, or in the order of two neighbours, part at that place; the laws below say that
 * they then never meet again, whatever stood before and whatever follows. So these 32 cubed cases are all cases.
 */
describe("Damm's check over 32 symbols, exhaustively", () => {
  it("tells any two symbols apart after any interim value", () => {
    for (const interim of SYMBOLS) expect(new Set(SYMBOLS.map((symbol) => dammStep(interim, symbol))).size).toBe(32);
  });

  it("keeps two different interim values different whatever symbol follows", () => {
    for (const symbol of SYMBOLS) expect(new Set(SYMBOLS.map((interim) => dammStep(interim, symbol))).size).toBe(32);
  });

  it("tells two different symbols from the same two swapped, after any interim value", () => {
    const missed = SYMBOLS.flatMap((interim) =>
      SYMBOLS.flatMap((a) => SYMBOLS.filter((b) => a !== b && dammStep(dammStep(interim, a), b) === dammStep(dammStep(interim, b), a))),
    );
    expect(missed).toEqual([]);
  });

  it("ends at zero exactly when the check symbol stands behind", () => {
    for (const interim of SYMBOLS) {
      for (const symbol of SYMBOLS) expect(dammStep(interim, symbol) === 0).toBe(interim === symbol);
    }
  });

  it("stays within the symbols", () => {
    for (const interim of SYMBOLS) for (const symbol of SYMBOLS) expect(SYMBOLS).toContain(dammStep(interim, symbol));
  });

  it("gives the empty word the check symbol zero", () => {
    expect(checkSymbol([])).toBe(0);
  });
});
