/** GF(32) as polynomials over GF(2) modulo x^5 + x^2 + 1, which is primitive: its `2` runs through all 31 units. */
const FIELD_POLYNOMIAL = 0b10_0101;

/**
 * One step of Damm's check over the symbols 0 to 31: `a ∘ b = 2(a + b)` in GF(32), addition being XOR.
 *
 * This is `2a + b` of H. M. Damm, "Total anti-symmetrische Quasigruppen" (Marburg 2004), example 5.2, with its result
 * doubled, so that `a ∘ a = 0` and the check symbol is the interim value itself. Whatever the interim value `a`:
 * `a ∘ b = a ∘ c` only if `b = c`, `b ∘ a = c ∘ a` only if `b = c`, and `(a ∘ b) ∘ c = (a ∘ c) ∘ b` only if `b = c`.
 * Hence every single error and every swap of neighbours is caught. (As the powers of 2 differ up to 31 symbols, so is
 * every swap of any two symbols.)
 */
export function dammStep(interim: number, symbol: number): number {
  const doubled = (interim ^ symbol) << 1;
  return doubled > 31 ? doubled ^ FIELD_POLYNOMIAL : doubled;
}

/** The check symbol that belongs behind `symbols`; 0 when they end with the right one already. */
export function checkSymbol(symbols: readonly number[]): number {
  return symbols.reduce(dammStep, 0);
}
