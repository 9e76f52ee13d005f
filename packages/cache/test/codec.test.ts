import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Codec, json } from "../src/codec.ts";
import { CodecError } from "../src/errors.ts";

const roundTrip = (value: unknown) => json.decode(json.encode(value));
const isPlainText = (value: unknown) => Buffer.from(json.encode(value)).toString() === JSON.stringify(value);

/** Compares values, types, prototypes, -0 and NaN; not what a view's buffer holds besides it. */
function expectSame(actual: unknown, expected: unknown): void {
  if (!isDeepStrictEqual(actual, expected)) expect(actual).toStrictEqual(expected);
}

const VIEWS = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
];
const bytes = fc.uint8Array({ maxLength: 64 });
const anyView = fc.tuple(fc.constantFrom(...VIEWS), bytes).map(([View, { buffer, byteLength }]) => {
  const whole = byteLength - (byteLength % View.BYTES_PER_ELEMENT);
  return new View(buffer.slice(0, whole) as ArrayBuffer);
});
const text = fc.string({ unit: "binary", maxLength: 12 });
const lone = fc.constantFrom("\ud800", "a\udc00", "\udfff\ud800", "\ufffd", "\0", "\u2028", "!", "\ufeff");
const name = fc.oneof(
  { weight: 4, arbitrary: text },
  { weight: 1, arbitrary: lone },
  { weight: 1, arbitrary: fc.constantFrom("__proto__", "constructor", "toJSON", "$", "0", "length", "then", "hasOwnProperty") },
);
const scalar = fc.oneof(
  text,
  lone,
  fc.double(),
  fc.integer(),
  fc.boolean(),
  fc.constantFrom(null, undefined, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, Number.MIN_VALUE),
  fc.bigInt(),
  fc.date({ noInvalidDate: false }),
  anyView,
  bytes.map(({ buffer }) => buffer.slice(0) as ArrayBuffer),
  bytes.map((some) => Buffer.from(some)),
  bytes.map(({ buffer }) => new DataView(buffer.slice(0) as ArrayBuffer)),
);
const anyValue = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, depthSize: "small" },
    scalar,
    fc.array(tie("value"), { maxLength: 5 }),
    fc.array(fc.tuple(name, tie("value")), { maxLength: 5 }).map((entries) => Object.fromEntries(entries)),
    fc.array(fc.tuple(name, tie("value")), { maxLength: 5 }).map((entries) => Object.setPrototypeOf(Object.fromEntries(entries), null)),
    fc.array(fc.tuple(tie("value"), tie("value")), { maxLength: 4 }).map((entries) => new Map(entries)),
    fc.array(tie("value"), { maxLength: 4 }).map((items) => new Set(items)),
  ),
})).value;

test("any value comes back with the same value and type", () => {
  fc.assert(
    fc.property(anyValue, (value) => expectSame(roundTrip(value), value)),
    { numRuns: 1_000 },
  );
});

test("plain JSON is stored as just that, and comes back", () => {
  const plainName = fc.oneof(text, lone, fc.constantFrom("__proto__", "toJSON", "constructor"));
  const plainNumber = fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0);
  const plain = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.oneof(text, lone, plainNumber, fc.boolean(), fc.constant(null)),
      fc.array(tie("value")),
      fc.array(fc.tuple(plainName, tie("value")), { maxLength: 5 }).map((entries) => Object.fromEntries(entries)),
    ),
  })).value;
  fc.assert(
    fc.property(plain, (value) => {
      expect(isPlainText(value)).toBe(true);
      expectSame(roundTrip(value), value);
    }),
  );
});

test.each<[string, unknown]>([
  ["an invalid date", new Date(Number.NaN)],
  ["a date", new Date(1_700_000_000_123)],
  ["undefined", undefined],
  ["undefined in an object and an array", { a: undefined, b: [undefined, null] }],
  ["-0 in a plain object", { n: -0 }],
  ["a long BigInt", -(2n ** 4_000n) + 1n],
  ["a Buffer", Buffer.from([0, 255])],
  ["a view of part of a buffer", new Uint16Array(new ArrayBuffer(8), 2, 2)],
  ["a Map with objects as keys", new Map([[{ id: 1 }, new Map([[Number.NaN, new Set([new Date(0)])]])]])],
  ["an object that looks like a tag", { $: ["Date", 0] }],
  ["objects that look like tags within one another", { $: { $: [{ $: "undefined" }], other: { $: undefined } } }],
  ["an object without a prototype that looks like a tag", Object.assign(Object.create(null), { $: ["Date", 0] })],
  ["an empty object without a prototype", Object.create(null)],
  ["a text that begins as a tagged payload does", "!"],
  ["an object with a property toJSON that is no function", { toJSON: 1, at: new Date(0) }],
])("%s comes back", (_, value) => expectSame(roundTrip(value), value));

test("a Float16Array comes back where there is one", () => {
  const { Float16Array } = globalThis as { Float16Array?: new (items: number[]) => ArrayBufferView };
  const value = Float16Array === undefined ? null : new Float16Array([1.5, -0]);
  expectSame(roundTrip(value), value);
});

test("what a view shows is stored, and not the buffer it is a part of", () => {
  const decoded = roundTrip(new Uint8Array(new ArrayBuffer(1_000), 10, 3)) as Uint8Array;
  expect(decoded.buffer.byteLength).toBe(3);
});

test("__proto__ is a property like any other, also with something tagged in it, and pollutes nothing", () => {
  const value = JSON.parse('{"__proto__":{"polluted":1},"a":{"__proto__":null}}');
  expectSame(roundTrip(value), value);
  const withDate = JSON.parse('{"__proto__":{"polluted":1}}');
  Object.defineProperty(withDate, "__proto__", { value: new Date(0), enumerable: true, configurable: true, writable: true });
  const decoded = roundTrip(withDate) as object;
  expect(Object.getPrototypeOf(decoded)).toBe(Object.prototype);
  expect(Object.getOwnPropertyDescriptor(decoded, "__proto__")?.value).toEqual(new Date(0));
  const forged = json.decode(Buffer.from('!{"__proto__":{"$":["Map",[]]},"constructor":{"prototype":{"polluted":1}}}')) as object;
  expect(Object.getPrototypeOf(forged)).toBe(Object.prototype);
  expect("polluted" in {}).toBe(false);
});

test("a part in two places comes back as two", () => {
  const part = { at: new Date(0) };
  const [one, other] = roundTrip([part, part]) as (typeof part)[];
  expect(one).toEqual(other);
  expect(one).not.toBe(other);
});

class Money {
  readonly cents = 5;
}
class Millennium extends Date {}
const cycle: { name: string; parts: unknown[] } = { name: "cycle", parts: [] };
cycle.parts.push({ whole: cycle });
const cyclicMap = new Map<unknown, unknown>();
cyclicMap.set("itself", cyclicMap);
const hidden = Object.defineProperty({}, "hidden", { value: 1, enumerable: false });

test.each<[string, unknown, string]>([
  ["an instance of a class", { price: new Money() }, "value.price"],
  ["an instance of a subclass", [new Millennium()], "value[0]"],
  ["an Error", { "last error": new Error("no") }, 'value["last error"]'],
  ["a RegExp", { a: { b: [/x/] } }, "value.a.b[0]"],
  ["a URL", new URL("http://localhost/"), "value"],
  ["a wrapped number", { n: Object(1) }, "value.n"],
  ["a promise", { later: Promise.resolve() }, "value.later"],
  ["an object that only pretends to be a Map", { map: Object.create(Map.prototype) }, "value.map"],
  ["an object that only pretends to be an array", Object.create(Array.prototype), "value"],
  ["a function", { pages: [{}, { render() {} }] }, "value.pages[1].render"],
  ["a function that JSON would call", { toJSON: () => 1 }, "value.toJSON"],
  ["a symbol", [1, Symbol("s")], "value[1]"],
  ["a property that is a symbol", { a: { [Symbol("s")]: 1 } }, "value.a"],
  ["an array with a property that is a symbol", Object.assign([1], { [Symbol("s")]: 1 }), "value"],
  ["a cycle", cycle, "value.parts[0].whole"],
  ["a cycle through a Map", { map: cyclicMap }, "value.map[0][1]"],
  ["a getter", { a: Object.defineProperty({}, "now", { get: () => 1, enumerable: true }) }, "value.a"],
  ["a setter", Object.defineProperty({}, "now", { set: () => {}, enumerable: true }), "value"],
  ["a hidden property", { hidden }, "value.hidden"],
  ["an array with a hole", { list: Object.assign([], { 1: 1 }) }, "value.list"],
  ["an endless array of holes", new Array(4_000_000_000), "value"],
  ["an array with a name", Object.assign([1, 2], { total: 3 }), "value"],
  ["a date with a name", Object.assign(new Date(0), { zone: "UTC" }), "value"],
  ["something behind a Map", new Map([["key", () => 1]]), "value[0][1]"],
  ["something in a Set", { set: new Set([1, () => 1]) }, "value.set[1]"],
])("%s is refused, and its place is named", (_, value, path) => {
  const error = expect.objectContaining({ name: "CodecError", code: "codec", path, message: expect.stringContaining(path) });
  expect(() => json.encode(value)).toThrow(error);
});

test("a getter is not even called, and a proxy that throws is an error like any other", () => {
  const trap = Object.defineProperty({}, "now", {
    enumerable: true,
    get() {
      throw new Error("called");
    },
  });
  expect(() => json.encode(trap)).toThrow(CodecError);
  const proxy = new Proxy(
    {},
    {
      ownKeys() {
        throw new Error("no");
      },
    },
  );
  expect(() => json.encode({ proxy })).toThrow(CodecError);
});

function nested(depth: number, wrap: (inner: unknown) => unknown, leaf: unknown): unknown {
  let value = leaf;
  for (let level = 0; level < depth; level++) value = wrap(value);
  return value;
}

test.each<[string, (inner: unknown) => unknown]>([
  ["arrays", (inner) => [inner]],
  ["objects", (inner) => ({ inner })],
  ["sets", (inner) => new Set([inner])],
  ["objects that look like tags", (inner) => ({ $: inner })],
])("%s may be nested 1,000 deep; more is an error, never a stack that overflows", (_, wrap) => {
  for (const leaf of [1, Number.NaN]) {
    const deepest = nested(1_000, wrap, leaf);
    expect(Buffer.from(json.encode(roundTrip(deepest)))).toEqual(Buffer.from(json.encode(deepest)));
    for (const depth of [1_001, 100_000]) {
      expect(() => json.encode(nested(depth, wrap, leaf))).toThrow(expect.objectContaining({ code: "codec" }));
    }
  }
});

test("bytes that nest without end are a value or an error, and never a stack that overflows", () => {
  const open = (text: string) => text.repeat(300_000);
  for (const start of ["[", "![", '!{"a":', '!{"$":["Set",[', '!{"$":["Object",{"a":', '!{"$":["Map",[[']) {
    const [first, rest] = start.startsWith("!") ? ["!", start.slice(1)] : ["", start];
    expect(() => json.decode(Buffer.from(first + open(rest)))).toThrow(CodecError);
  }
  expect(() => json.decode(Buffer.from(`!${open("[")}${open("]")}`))).toThrow(CodecError);
  expect(Array.isArray(json.decode(Buffer.from(open("[") + open("]"))))).toBe(true);
});

/** Decodes, and lets only a `CodecError` pass. */
function decodeAny(codec: Codec, some: Uint8Array): void {
  try {
    codec.decode(some);
  } catch (error) {
    expect(error).toBeInstanceOf(CodecError);
  }
}

test("whatever the bytes: a value or a CodecError", () => {
  const tagWord = fc.constantFrom(
    "Date",
    "Map",
    "Set",
    "bigint",
    "number",
    "undefined",
    "Object",
    "Bare",
    "Buffer",
    "Int16Array",
    "nonsense",
  );
  const forged = fc.tuple(tagWord, fc.jsonValue()).map(([word, data]) => Buffer.from(`!${JSON.stringify([{ $: [word, data] }])}`));
  const cut = fc.tuple(anyValue, fc.nat(), fc.nat(255)).map(([value, at, byte]) => {
    const encoded = Buffer.from(json.encode(value));
    encoded[at % encoded.length] = byte;
    return encoded.subarray(0, at % 3 === 0 ? at % encoded.length : undefined);
  });
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array(), forged, cut), (some) => decodeAny(json, some)),
    { numRuns: 2_000 },
  );
});

test.each([
  [""],
  ["!"],
  ["{"],
  ['!{"$":1}'],
  ['!{"$":[]}'],
  ['!{"$":["Date"]}'],
  ['!{"$":["Date",0,0]}'],
  ['!{"$":["Date","0"]}'],
  ['!{"$":["number","1"]}'],
  ['!{"$":["bigint","zz"]}'],
  ['!{"$":["bigint",""]}'],
  ['!{"$":["Map",{}]}'],
  ['!{"$":["Map",[1]]}'],
  ['!{"$":["Set","abc"]}'],
  ['!{"$":["Object",[]]}'],
  ['!{"$":["Bare",null]}'],
  ['!{"$":["Uint16Array","AA=="]}'],
  ['!{"$":["Function","AA=="]}'],
  ['!{"$":["toString","AA=="]}'],
  ['!{"$":["ArrayBuffer",7]}'],
])("%s is refused", (payload) => {
  expect(() => json.decode(Buffer.from(payload))).toThrow(expect.objectContaining({ code: "codec", path: "" }));
});

test("it decodes from the middle of other bytes", () => {
  const encoded = json.encode({ a: 1 });
  const amid = new Uint8Array([1, ...encoded, 2]).subarray(1, -1);
  expect(json.decode(amid)).toEqual({ a: 1 });
});
