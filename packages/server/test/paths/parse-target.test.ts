import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatPath, parseTarget, TARGET_LIMIT_BYTES, VIEWS } from "../../src/paths/parse-target.ts";
import { anySlug, anyText } from "./arbitraries.ts";

describe("a target", () => {
  test("names the node whose path it is, in its one spelling", () => {
    const anyView = fc.constantFrom("" as const, ...VIEWS);
    fc.assert(
      fc.property(
        fc.array(anySlug, { minLength: 1, maxLength: 5 }),
        anyView,
        fc.constantFrom("", "?", "?a=/b%2F"),
        (segments, view, query) => {
          expect(parseTarget(formatPath(segments, view) + query)).toEqual({ kind: "path", segments, view, query, canonical: true });
        },
      ),
    );
  });

  test("in another spelling names the same node", () => {
    fc.assert(
      fc.property(
        fc.array(anySlug, { minLength: 1, maxLength: 4 }),
        fc.constantFrom("/", "//"),
        fc.constantFrom("", "/", "//"),
        (segments, between, after) => {
          const loud = segments.map((segment) => encodeURIComponent(segment.normalize("NFD")));
          const parsed = parseTarget(between + loud.join(between) + after);
          expect(parsed).toMatchObject({ kind: "path", segments, view: "" });
        },
      ),
    );
  });

  test("is canonical only when it is spelt as we spell it", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          anyText,
          fc.array(anyText.map(safeEncode)).map((parts) => parts.join("/")),
        ),
        (text) => {
          const target = `/${text}`;
          const parsed = parseTarget(target);
          if (parsed.kind !== "path") return;
          expect(parsed.canonical).toBe(formatPath(parsed.segments, parsed.view) + parsed.query === target);
        },
      ),
    );
  });

  test("that is any text at all gets an answer", () => {
    const anyByte = fc.string({ unit: fc.constantFrom(..."/%.?#\\ab%2f%00%c3%28ÀÿΣ\u0000\u007F\uD800\uDC00"), maxLength: 60 });
    fc.assert(
      fc.property(
        fc.oneof(
          anyByte,
          anyText,
          anyByte.map((text) => `/${text}`),
        ),
        (target) => {
          expect(parseTarget(target).kind).toMatch(/^(path|impossible|refused)$/);
        },
      ),
      { numRuns: 500 },
    );
  });

  test.each([
    ["/", [], "", true],
    ["//", [], "", false],
    ["/a", ["a"], "", true],
    ["/a/", ["a"], "", false],
    ["/a//b", ["a", "b"], "", false],
    ["//evil.example/a".replace(".", "-"), ["evil-example", "a"], "", false],
    ["/A/b", ["a", "b"], "", false],
    ["/%61", ["a"], "", false],
    ["/%C3%A9", ["é"], "", true],
    ["/%c3%a9", ["é"], "", false],
    ["/e%CC%81", ["é"], "", false],
    ["/é", ["é"], "", false],
    ["/a%EF%B8%8F", ["a"], "", false],
    ["/a.md", ["a"], ".md", true],
    ["/a/b.json", ["a", "b"], ".json", true],
    ["/a.qr.svg", ["a"], ".qr.svg", true],
    ["/a/b/c.qr.png", ["a", "b", "c"], ".qr.png", true],
    ["/a.JSON", ["a"], ".json", false],
    ["/a%2Emd", ["a"], ".md", false],
    ["/a.md/", ["a"], ".md", false],
    ["/%CE%BF%CE%B4%CE%BF%CF%82.md", ["οδος"], ".md", true],
  ] as const)("%s is the path %j with view %j, canonical: %s", (target, segments, view, canonical) => {
    expect(parseTarget(target)).toEqual({ kind: "path", segments, view, query: "", canonical });
  });

  test.each(["?", "?x=1&y=%2F", "?a?b", "?\u0000"])("keeps its query %j as it is", (query) => {
    expect(parseTarget(`/a/b${query}`)).toEqual({ kind: "path", segments: ["a", "b"], view: "", query, canonical: true });
  });
});

describe("a target that is refused with 400", () => {
  test.each([
    ["no slash first", "a/b"],
    ["nothing at all", ""],
    ["an absolute form", "http://example.org/a"],
    ["an asterisk", "*"],
    ["a broken escape", "/a%"],
    ["half an escape", "/a%4"],
    ["letters after the percent sign", "/%zz"],
    ["bytes that are no UTF-8", "/%C3%28"],
    ["an overlong slash", "/%C0%AF"],
    ["an encoded surrogate", "/%ED%A0%80"],
    ["a truncated character", "/%E2%82"],
    ["NUL", "/a%00b"],
    ["a raw NUL", "/a\u0000b"],
    ["a line feed", "/a%0Ab"],
    ["DEL", "/a%7F"],
    ["a C1 control", "/a%C2%85"],
    ["an encoded slash", "/a%2Fb"],
    ["an encoded slash in lower case", "/a%2fb"],
    ["an encoded backslash", "/a%5Cb"],
    ["a raw backslash", "/a\\b"],
    ["a raw fragment", "/a#b"],
    ["a broken escape after what no slug can hold", "/a.b/%"],
  ])("%s", (_, target) => {
    expect(parseTarget(target)).toMatchObject({ kind: "refused", status: 400 });
  });
});

test("a target longer than 8 KiB is refused with 414, and one of 8 KiB is not", () => {
  expect(parseTarget(`/${"a".repeat(TARGET_LIMIT_BYTES - 1)}`)).toMatchObject({ kind: "path" });
  expect(parseTarget(`/${"a".repeat(TARGET_LIMIT_BYTES)}`)).toMatchObject({ kind: "refused", status: 414 });
  expect(parseTarget(`/a?${"a".repeat(TARGET_LIMIT_BYTES)}`)).toMatchObject({ kind: "refused", status: 414 });
});

describe("a target that no slug can be", () => {
  test.each([
    ["/a.b", ["a.b"]],
    ["/.md", [".md"]],
    ["/.", ["."]],
    ["/..", [".."]],
    ["/a/../b", ["a", "..", "b"]],
    ["/%2e%2e/b", ["..", "b"]],
    ["/.well-known/x", [".well-known", "x"]],
    ["/robots.txt", ["robots.txt"]],
    ["/a.md/b", ["a.md", "b"]],
    ["/a%20b", ["a b"]],
    ["/a+b", ["a+b"]],
    ["/%F0%9F%8E%89", ["🎉"]],
    ["/%252e", ["%2e"]],
    ["/%EF%B8%8F", [""]],
    ["/a;b=c", ["a;b=c"]],
  ])("%s", (target, segments) => {
    expect(parseTarget(target)).toEqual({ kind: "impossible", segments });
  });
});

test("the path of no segments is the slash", () => {
  expect(formatPath([])).toBe("/");
});

function safeEncode(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}
