import { randomBytes } from "node:crypto";
import { checkSymbol } from "./check-symbol.ts";

/** Crockford's base 32: no I, L, O (read as 1, 1, 0) and no U. */
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** Seven random symbols (34 thousand million codes) and one to check them by. */
export const CARD_CODE_LENGTH = 8;

export type ParsedCardCode =
  /** `code` as it is stored and printed: eight upper-case characters of the alphabet. */
  | { readonly ok: true; readonly code: string }
  /** `malformed`: no code could look like this. `check`: it looks like one, but a character was misread or swapped. */
  | { readonly ok: false; readonly reason: "malformed" | "check" };

/** What people type and read for each symbol. */
const SYMBOLS = readingsOf(ALPHABET);

/**
 * A new code. That no other card has it is for the database to say.
 * @param random gives that many random bytes; for tests.
 */
export function createCardCode(random: (size: number) => Uint8Array = randomBytes): string {
  // 32 divides 256, so the low five bits of a random byte are as random as the byte.
  const symbols = Array.from(random(CARD_CODE_LENGTH - 1), (byte) => byte & 31);
  return format([...symbols, checkSymbol(symbols)]);
}

/** Reads a code that somebody typed or scanned: in any case, O for 0, I and L for 1, with hyphens and spaces wherever they are. */
export function parseCardCode(text: string): ParsedCardCode {
  const symbols: number[] = [];
  for (const character of text) {
    if (character === "-" || character === " ") continue;
    const symbol = SYMBOLS.get(character);
    if (symbol === undefined || symbols.length === CARD_CODE_LENGTH) return { ok: false, reason: "malformed" };
    symbols.push(symbol);
  }
  if (symbols.length < CARD_CODE_LENGTH) return { ok: false, reason: "malformed" };
  return checkSymbol(symbols) === 0 ? { ok: true, code: format(symbols) } : { ok: false, reason: "check" };
}

function format(symbols: readonly number[]): string {
  return symbols.map((symbol) => ALPHABET.charAt(symbol)).join("");
}

function readingsOf(alphabet: string): ReadonlyMap<string, number> {
  const readings = new Map([...alphabet].map((character, symbol) => [character, symbol]));
  for (const [alias, symbol] of [
    ["O", 0],
    ["I", 1],
    ["L", 1],
  ] as const) {
    readings.set(alias, symbol);
  }
  // Only ASCII letters have another case here: "ı".toUpperCase() would be an I as well.
  for (const [character, symbol] of [...readings]) readings.set(character.toLowerCase(), symbol);
  return readings;
}
