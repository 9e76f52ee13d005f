import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CARD_CODE_LENGTH, createCardCode, parseCardCode } from "../../src/cards/card-code.ts";

const ALPHABET = [..."0123456789ABCDEFGHJKMNPQRSTVWXYZ"];

const codes = fc.uint8Array({ minLength: 7, maxLength: 7 }).map((bytes) => createCardCode(() => bytes));

describe("createCardCode", () => {
  it("makes eight characters of the alphabet that check", () => {
    for (let i = 0; i < 1_000; i++) {
      const code = createCardCode();
      expect(code).toMatch(/^[0-9A-HJKMNP-TV-Z]{8}$/);
      expect(parseCardCode(code)).toEqual({ ok: true, code });
    }
  });

  it("uses every symbol equally often over all random bytes", () => {
    const counts = new Map<string, number>();
    for (let byte = 0; byte < 256; byte++) {
      const first = createCardCode((size) => new Uint8Array(size).fill(byte)).charAt(0);
      counts.set(first, (counts.get(first) ?? 0) + 1);
    }
    expect(counts).toEqual(new Map(ALPHABET.map((symbol) => [symbol, 8])));
  });

  it("never changes how it checks: printed codes stay valid", () => {
    for (const printed of ["00000000", "01234568", "WXYZABC4", "ZZZZZZZC", "8KQ2M7V4"]) {
      expect(parseCardCode(printed)).toEqual({ ok: true, code: printed });
    }
  });
});

describe("parseCardCode", () => {
  it("catches every single wrong character and every swap of two", () => {
    fc.assert(
      fc.property(codes, (code) => {
        for (let at = 0; at < CARD_CODE_LENGTH; at++) {
          for (const wrong of ALPHABET) {
            if (wrong === code[at]) continue;
            expect(parseCardCode(code.slice(0, at) + wrong + code.slice(at + 1))).toEqual({ ok: false, reason: "check" });
          }
          for (let other = at + 1; other < CARD_CODE_LENGTH; other++) {
            if (code[at] === code[other]) continue;
            const swapped = [...code];
            [swapped[at], swapped[other]] = [code[other]!, code[at]!];
            expect(parseCardCode(swapped.join(""))).toEqual({ ok: false, reason: "check" });
          }
        }
      }),
      { numRuns: 25 },
    );
  });

  it("forgives case, look-alikes, hyphens and spaces", () => {
    const lookAlikes = new Map([
      ["0", ["0", "O", "o"]],
      ["1", ["1", "I", "i", "L", "l"]],
    ]);
    const typed = codes.chain((code) => {
      const characters = [...code].map((symbol) => {
        const readings = lookAlikes.get(symbol) ?? [symbol, symbol.toLowerCase()];
        return fc.tuple(fc.constantFrom(...readings), fc.constantFrom("", "", "-", " ", " - ")).map((parts) => parts.join(""));
      });
      return fc.record({ code: fc.constant(code), text: fc.tuple(...characters).map((parts) => parts.join("")) });
    });
    fc.assert(
      fc.property(typed, ({ code, text }) => {
        expect(parseCardCode(text)).toEqual({ ok: true, code });
      }),
    );
  });

  it.each([
    ["nothing", ""],
    ["only separators", "- - -"],
    ["seven characters", "0000000"],
    ["nine characters", "000000000"],
    ["a U, which is in no code", "0000000U"],
    ["a letter that only becomes I in upper case", "0000000\u0131"],
    ["a full-width digit", "0000000\uFF10"],
    ["a plus", "00000000+"],
    ["another kind of space", "0000\u00A00000"],
    ["a NUL", "0000\u00000000"],
  ])("calls %s malformed", (_what, text) => {
    expect(parseCardCode(text)).toEqual({ ok: false, reason: "malformed" });
  });

  it("never throws, and only gives codes that it would read again", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: fc.constantFrom(...ALPHABET, "o", "l", "-") })), (text) => {
        const parsed = parseCardCode(text);
        if (parsed.ok) expect(parseCardCode(parsed.code)).toEqual(parsed);
      }),
    );
  });
});
