import { brotliCompressSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatEtag, matchesEtag } from "../../src/http/conditional.ts";

/** RFC 9110 §8.8.3: what may stand between the quotes; commas and spaces' neighbours included. */
const etagc = fc.constantFrom(..."!#$%&'()*+,-./09:;<=>?@AZ[\\]^_`az{|}~\x80\xFF");
const opaque = fc.string({ unit: etagc, maxLength: 8 }).map((text) => `"${text}"`);
const tag = fc.tuple(fc.constantFrom("", "W/"), opaque).map((parts) => parts.join(""));
const separator = fc.constantFrom(",", ", ", " ,", "\t,\t", ",,", " , , ");
const bare = (etag: string) => etag.replace(/^W\//, "");

describe("formatEtag", () => {
  it("is a strong tag that names exactly these bytes", () => {
    const page = Buffer.from("<p>page</p>");
    expect(formatEtag(page)).toMatch(/^"[\w-]{22}"$/);
    expect(formatEtag(page)).toBe(formatEtag("<p>page</p>"));
    expect(new Set([page, gzipSync(page), brotliCompressSync(page), Buffer.alloc(0)].map(formatEtag)).size).toBe(4);
  });

  it("matches itself", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(matchesEtag(formatEtag(bytes), formatEtag(bytes))).toBe(true);
      }),
    );
  });
});

describe("matchesEtag", () => {
  it("finds a tag in a list exactly when it stands there, weak or strong, however the list is spaced", () => {
    const lists = fc.array(fc.tuple(tag, separator), { maxLength: 5 });
    fc.assert(
      fc.property(lists, tag, (list, etag) => {
        const field = list.flat().join("");
        expect(matchesEtag(field, etag)).toBe(list.some(([listed]) => bare(listed) === bare(etag)));
        expect(matchesEtag(`${field}${etag}`, etag)).toBe(true);
        expect(matchesEtag(`${field}${etag} , "other"`, etag)).toBe(true);
      }),
    );
  });

  it("matches anything with an asterisk, and nothing without the field", () => {
    expect(matchesEtag("*", '"a"')).toBe(true);
    expect(matchesEtag(undefined, '"a"')).toBe(false);
    expect(matchesEtag("", '"a"')).toBe(false);
  });

  it.each(["a", "'a'", '"a', 'a"', 'w/"a"', 'W/ "a"', '"a b", "a"', '*, "a"', '"b" "a"', '"a"x', " * "])(
    "sends the page for %j",
    (field) => {
      expect(matchesEtag(field, '"a"')).toBe(false);
    },
  );

  it("takes a comma within a tag for part of it", () => {
    expect(matchesEtag('"b,a"', '"a"')).toBe(false);
    expect(matchesEtag('"b,a"', '"b,a"')).toBe(true);
    expect(matchesEtag('"x,"a","', '"a"')).toBe(false);
  });

  it("gives the same answer each time", () => {
    expect([1, 2, 3].map(() => matchesEtag('"b", "a", "c"', '"a"'))).toEqual([true, true, true]);
  });
});
