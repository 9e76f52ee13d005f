import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { argumentsKey, checkKey, checkTags, parseWord, softly, treeTags, wordOfKey, wordOfTag } from "../src/key.ts";

/** Names with the signs that words are made of. */
const name = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom("=", "#", "~", ":", "/", "a") }), fc.string({ unit: "grapheme" }));

describe("a word of the shared log", () => {
  test("is taken apart into what it was made of, whatever the name", () => {
    fc.assert(
      fc.property(name, (any) => {
        expect(parseWord(wordOfKey(any))).toEqual({ key: any, soft: false });
        expect(parseWord(wordOfTag(any))).toEqual({ tag: any, soft: false });
        expect(parseWord(softly(wordOfKey(any)))).toEqual({ key: any, soft: true });
        expect(parseWord(softly(wordOfTag(any)))).toEqual({ tag: any, soft: true });
      }),
    );
  });

  test("is no other's: keys, tags and what is over softly never meet", () => {
    fc.assert(
      fc.property(name, name, (a, b) => {
        const words = [wordOfKey(a), wordOfTag(a), softly(wordOfKey(a)), softly(wordOfTag(a)), wordOfKey(b), wordOfTag(b)];
        expect(new Set(words).size).toBe(a === b ? 4 : 6);
      }),
    );
  });

  test("that is none is nothing, and never an error", () => {
    fc.assert(
      fc.property(name, (any) => {
        const kind = any.replace(/^~/, "")[0];
        if (kind !== "=" && kind !== "#") expect(parseWord(any)).toBeUndefined();
      }),
    );
    for (const word of ["", "~", "~~=key", "!key", "key"]) expect(parseWord(word)).toBeUndefined();
  });
});

describe("the key of a call", () => {
  test("of no arguments is not that of one that is undefined or empty", () => {
    const keys = [[], [undefined], [""], [null], [undefined, undefined]].map((args) => argumentsKey("f", args));
    expect(new Set(keys).size).toBe(keys.length);
  });

  test.each([[{}], [[]], [() => 1], [Symbol("x")], [new Date()]])("cannot be made of %o", (argument) => {
    expect(() => argumentsKey("f", [argument])).toThrow("memoize");
  });
});

describe("the tags of a place in a tree", () => {
  const path = fc.array(fc.string({ unit: fc.constantFrom("a", "b", ":") }), { maxLength: 5 });

  test("are one a level, each the beginning of the next, so that a place reaches exactly what is below", () => {
    fc.assert(
      fc.property(path, path, (one, other) => {
        const tags = treeTags(...one);
        expect(tags).toHaveLength(one.length);
        for (let level = 1; level < tags.length; level++) expect(tags[level]).toBe(`${tags[level - 1]}/${one[level]}`);
        const isBelow = one.length > 0 && one.every((part, level) => part === other[level]);
        expect(treeTags(...other).includes(tags.at(-1) ?? "none")).toBe(isBelow);
      }),
    );
  });
});

describe("a key or a tag", () => {
  test("may be any text of 1 to 1,024 characters that UTF-8 can tell from every other", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", minLength: 1, maxLength: 20 }), (any) => {
        const isOne = any.isWellFormed();
        for (const check of [checkKey, (tag: string) => checkTags([tag])]) {
          if (isOne) expect(() => check(any)).not.toThrow();
          else expect(() => check(any)).toThrow(expect.objectContaining({ code: "option-invalid" }));
        }
      }),
    );
    for (const any of ["", "k".repeat(1_025), "\ud800", "a\udc00", 7 as unknown as string])
      expect(() => checkKey(any)).toThrow(expect.objectContaining({ code: "option-invalid" }));
    expect(() => checkKey("k".repeat(1_024))).not.toThrow();
  });
});
