import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkJson, parseJsonBody } from "../../src/http/json-limits.ts";

const parse = (text: string) => parseJsonBody(Buffer.from(text));
const nested = (levels: number) => "[".repeat(levels) + "]".repeat(levels);

describe("parseJsonBody", () => {
  it("gives back whatever JSON was sent", () => {
    const key = fc.string({ unit: "grapheme" }).filter((text) => !text.includes("\0") && !/^(__proto__|constructor|prototype)$/.test(text));
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof({ maxDepth: 5 }, fc.jsonValue({ maxDepth: 0 }), fc.string({ unit: "grapheme" }), tie("list"), tie("record")),
      list: fc.array(tie("value"), { maxLength: 4 }),
      record: fc.dictionary(key, tie("value"), { maxKeys: 4, noNullPrototype: true }),
    }));
    fc.assert(
      fc.property(value, (sent) => {
        const text = JSON.stringify(sent);
        fc.pre(!text.includes("\\u0000"));
        expect(parse(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it("skips a byte order mark", () => {
    expect(parse("\uFEFF{}")).toEqual({});
  });

  it.each([
    ["an empty body", Buffer.alloc(0), /empty/],
    ["a lone continuation byte", Buffer.from([0x22, 0x80, 0x22]), /UTF-8/],
    ["an overlong slash", Buffer.from([0x22, 0xc0, 0xaf, 0x22]), /UTF-8/],
    ["half a surrogate pair as bytes", Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]), /UTF-8/],
    ["a cut character", Buffer.from([0x22, 0xe2, 0x82]), /UTF-8/],
    ["UTF-16", Buffer.from('{"a":1}', "utf16le"), /JSON/],
    ["half an object", Buffer.from('{"a":'), /not valid JSON/],
    ["a trailing comma", Buffer.from("[1,]"), /not valid JSON/],
    ["two values", Buffer.from("1 2"), /not valid JSON/],
    ["NaN", Buffer.from("NaN"), /not valid JSON/],
  ])("refuses %s and says why", (_what, body, message) => {
    expect(() => parseJsonBody(body)).toThrow(expect.objectContaining({ code: "bad-request", message: expect.stringMatching(message) }));
  });
});

describe("nesting", () => {
  it("may be 64 levels deep", () => {
    expect(() => parse(nested(64))).not.toThrow();
    expect(() => parse(`${'{"a":'.repeat(64)}1${"}".repeat(64)}`)).not.toThrow();
  });

  it.each([65, 1_000, 500_000])("of %i levels is refused, and breaks nothing", (levels) => {
    expect(() => parse(nested(levels))).toThrow(expect.objectContaining({ code: "bad-request", message: expect.stringContaining("64") }));
  });

  it("of 64 levels after many shallow neighbours counts only itself", () => {
    expect(() => parse(`[${`${nested(63)},`.repeat(100)}1]`)).not.toThrow();
  });
});

describe("keys", () => {
  it.each(["__proto__", "constructor", "prototype"])("named %s are refused at any depth, and reach no prototype", (key) => {
    for (const text of [
      `{"${key}":{"polluted":1}}`,
      `[{"a":{"${key}":1}}]`,
      `{"\\u${key.charCodeAt(0).toString(16).padStart(4, "0")}${key.slice(1)}":1}`,
    ]) {
      expect(() => parse(text)).toThrow(expect.objectContaining({ code: "bad-request" }));
    }
    expect({}).not.toHaveProperty("polluted");
  });

  it("that only look alike are data", () => {
    expect(parse('{"proto":1,"Constructor":2,"__proto":3}')).toEqual({ proto: 1, Constructor: 2, __proto: 3 });
  });
});

describe("strings and keys that a database cannot hold", () => {
  it.each([
    ['"a\\u0000"', "", "holds a NUL character"],
    ['{"title":"\\ud800"}', "/title", "holds half a surrogate pair"],
    ['{"a":[1,{"b/c~d":"\\udc00x"}]}', "/a/1/b~1c~0d", "holds half a surrogate pair"],
    ['{"a":{"b\\u0000":1}}', "/a", "has a key that holds a NUL character"],
    ['[{"\\udfff":1}]', "/0", "has a key that holds half a surrogate pair"],
  ])("%s is refused, naming the place", (text, path, message) => {
    expect(() => parse(text)).toThrow(
      expect.objectContaining({ code: "validation-failed", details: { fields: [{ in: "body", path, message }] } }),
    );
  });

  it("whole surrogate pairs and other controls pass", () => {
    expect(() => checkJson({ "🗺": "🗺\u0001\n" })).not.toThrow();
  });
});
