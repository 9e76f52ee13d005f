import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { foldName, freeSlug, isSlug, numberedSlug, SLUG_LIMIT, slugify } from "../../src/paths/slugify.ts";
import { anySlug, anyText } from "./arbitraries.ts";

describe("a slug made from a title", () => {
  test.each([
    ["What is BCBS 239?", "what-is-bcbs-239"],
    ["  --Hello,   World!--  ", "hello-world"],
    ["مقدمة في إدارة المخاطر", "مقدمة-في-إدارة-المخاطر"],
    ["हिन्दी में परिचय", "हिन्दी-में-परिचय"],
    ["风险数据 加总", "风险数据-加总"],
    ["Straße & Größe", "straße-größe"],
    ["GROẞE STRAẞE", "große-straße"],
    ["İstanbul", "i\u0307stanbul"],
    ["Ο ΔΡΟΜΟΣ ΤΗΣ ΣΟΦΙΑΣ", "ο-δρομος-της-σοφιας"],
    ["Crème Brûlée", "crème-brûlée"],
    ["１２ Ⅻ ½", "１２-ⅻ-½"],
    ["v1.2/beta\\x", "v1-2-beta-x"],
    ["don’t", "don-t"],
  ])("%s becomes %s", (title, slug) => {
    expect(slugify(title)).toBe(slug);
    expect(isSlug(slug)).toBe(true);
  });

  test.each(["🎉", "👩‍👩‍👧 ❤️", "!?", "---", "", " \u200D\uFE0F ", "…"])("nothing of %j can stand in a slug", (title) => {
    expect(slugify(title)).toBe("");
  });

  test("is a slug, or empty", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const slug = slugify(text);
        expect(slug === "" || isSlug(slug)).toBe(true);
        expect([...slug].length).toBeLessThanOrEqual(SLUG_LIMIT);
        expect(slug).not.toMatch(/[./\\\s%?#]/u);
      }),
    );
  });

  test("is made from itself", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(slugify(slugify(text))).toBe(slugify(text));
      }),
    );
  });

  test("is cut between code points, without a hyphen at its end", () => {
    expect(slugify(`${"a".repeat(59)} b`)).toBe("a".repeat(59));
    expect(slugify("𝒜".repeat(70))).toBe("𝒜".repeat(60));
    // The cut makes this sigma the last letter of its word.
    expect(slugify(`${"α".repeat(59)}σα`)).toBe(`${"α".repeat(59)}ς`);
  });
});

describe("a name", () => {
  test("folds to itself when it is folded already", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(foldName(foldName(text))).toBe(foldName(text));
      }),
    );
  });

  test("has one spelling, however it is decomposed, capitalised or dressed up", () => {
    fc.assert(
      fc.property(anySlug, (slug) => {
        expect(foldName(slug)).toBe(slug);
        expect(foldName(slug.normalize("NFD"))).toBe(slug);
        expect(foldName([...slug].join("\uFE0F"))).toBe(slug);
        expect(foldName([...slug].join("\u200D"))).toBe(slug);
        expect(foldName(capitalise(slug))).toBe(slug);
      }),
    );
  });

  test.each([
    ["ΟΔΟΣ", "οδος"],
    ["οδοσ", "οδος"],
    ["ςοφια", "σοφια"],
    ["Σ", "σ"],
    ["É", "é"],
    ["E\u0301", "é"],
    ["❤️", "❤"],
    ["x\u20DD", "x"],
    ["می\u200Cخواهم", "میخواهم"],
  ])("%j folds to %j", (name, folded) => {
    expect(foldName(name)).toBe(folded);
  });

  test.each(["", "A", "a--b", "-a", "a-", "a.b", "a b", "e\u0301", "a/b", "οδοσ", "a\u200Db", "a".repeat(61)])("%j is no slug", (text) => {
    expect(isSlug(text)).toBe(false);
  });
});

describe("a slug that is taken", () => {
  test("gets the first free number", () => {
    const taken = new Set(["page", "page-2", "page-3"]);
    expect(freeSlug("page", (slug) => taken.has(slug))).toBe("page-4");
    expect(freeSlug("other", (slug) => taken.has(slug))).toBe("other");
  });

  test("stays a slug, whatever its length and number", () => {
    fc.assert(
      fc.property(anySlug, fc.integer({ min: 2, max: 100_000 }), (slug, number) => {
        const numbered = numberedSlug(slug, number);
        expect(isSlug(numbered)).toBe(true);
        expect(numbered.endsWith(`-${number}`)).toBe(true);
      }),
    );
  });

  test("asks for each candidate once", () => {
    const asked: string[] = [];
    freeSlug("a".repeat(60), (slug) => asked.push(slug) < 12);
    expect(new Set(asked).size).toBe(asked.length);
    expect(asked.every(isSlug)).toBe(true);
  });
});

/** Capitals wherever a letter has one that is its own and no other letter's: not ß (SS), ı (I) or ς (Σ, σ's). */
function capitalise(text: string): string {
  return Array.from(text, (letter) => (letter.toUpperCase().toLowerCase() === letter ? letter.toUpperCase() : letter)).join("");
}
