import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeFrame, encodeFrame, type Frame, isOlder } from "../src/frame.ts";

const EXAMPLE: Frame = {
  key: "trip:structure:150",
  epoch: "e1",
  version: 255,
  stamp: "5f",
  tag: "trip:150",
  tags: ["trip:150", "group:7"],
  expiresAt: 1_000,
  staleUntil: 2_000,
  graceUntil: 3_000,
  negative: false,
  codec: "json1",
  payload: new TextEncoder().encode('{"a":1}'),
};

const text = (maxLength: number) => fc.string({ unit: "grapheme", maxLength }).filter((value) => Buffer.byteLength(value) <= 255);
const anyFrame: fc.Arbitrary<Frame> = fc
  .record({
    key: text(60),
    epoch: text(40),
    version: fc.maxSafeNat(),
    stamp: text(40),
    tag: text(60),
    tags: fc.array(text(60), { maxLength: 5 }),
    expiresAt: fc.double({ noNaN: true }),
    staleForMs: fc.double({ noNaN: true, min: 0 }),
    graceForMs: fc.double({ noNaN: true, min: 0 }),
    codec: fc.string({ unit: "grapheme-ascii", maxLength: 32 }),
    payload: fc.option(fc.uint8Array({ maxLength: 200 }), { nil: undefined }),
  })
  .map(({ staleForMs, graceForMs, payload, ...rest }) => ({
    ...rest,
    staleUntil: Math.max(rest.expiresAt, rest.expiresAt + staleForMs || 0),
    graceUntil: Math.max(rest.expiresAt, rest.expiresAt + graceForMs || 0),
    negative: payload === undefined,
    payload: payload ?? new Uint8Array(),
  }));

/** With the payload as a plain array of bytes, as `Buffer` and `Uint8Array` of the same bytes are the same here. */
function plain(frame: Frame | undefined) {
  return frame && { ...frame, payload: [...frame.payload] };
}

test("any frame comes back as it was, from a Buffer and from a view in the middle of other bytes", () => {
  fc.assert(
    fc.property(anyFrame, (frame) => {
      const bytes = encodeFrame(frame);
      expect(plain(decodeFrame(bytes, frame.key))).toEqual(plain(frame));
      const amid = new Uint8Array([9, 9, ...bytes, 9]).subarray(2, -1);
      expect(plain(decodeFrame(amid, frame.key))).toEqual(plain(frame));
    }),
  );
});

test("the largest and the smallest of everything come back", () => {
  const frame: Frame = {
    key: "k".repeat(65_535),
    epoch: "e".repeat(255),
    version: Number.MAX_SAFE_INTEGER,
    stamp: "ü".repeat(127),
    tag: "",
    tags: ["", "", "t".repeat(65_535)],
    expiresAt: Number.POSITIVE_INFINITY,
    staleUntil: Number.POSITIVE_INFINITY,
    graceUntil: Number.POSITIVE_INFINITY,
    negative: false,
    codec: "c".repeat(32),
    payload: new Uint8Array(100_000).fill(7),
  };
  expect(plain(decodeFrame(encodeFrame(frame), frame.key))).toEqual(plain(frame));
  const least = { ...EXAMPLE, key: "", epoch: "", version: 0, stamp: "", tags: [], codec: "", expiresAt: -1, payload: new Uint8Array() };
  expect(plain(decodeFrame(encodeFrame(least), ""))).toEqual(plain(least));
});

test("the payload is a view of the frame's bytes, and no copy", () => {
  const bytes = encodeFrame(EXAMPLE);
  const { payload } = decodeFrame(bytes, EXAMPLE.key)!;
  expect(payload.buffer).toBe(bytes.buffer);
  expect(payload.byteOffset + payload.length).toBe(bytes.byteOffset + bytes.length);
});

test("no frame is for another key", () => {
  fc.assert(
    fc.property(anyFrame, text(60), (frame, key) => {
      fc.pre(key !== frame.key);
      expect(decodeFrame(encodeFrame(frame), key)).toBeUndefined();
    }),
  );
  for (const [key, other] of [
    ["é", "e"],
    ["\u00ff", "\u00fe"],
    ["\ufffd", "\ud800"],
    ["key", "key\0"],
  ] as const) {
    expect(decodeFrame(encodeFrame({ ...EXAMPLE, key }), other)).toBeUndefined();
  }
});

test("bytes that are not UTF-8 do not pass for a key with a replacement character", () => {
  const broken = Buffer.from(encodeFrame({ ...EXAMPLE, key: "\u{1f600}" }));
  // The first three bytes of the pair, which decode to one replacement character, and that takes three bytes too.
  broken.write("\xf0\x9f\x98a", broken.indexOf("\u{1f600}"), "latin1");
  expect(decodeFrame(broken, "\ufffda")).toBeUndefined();
});

test("a frame that is not all there, or that has more, is none", () => {
  fc.assert(
    fc.property(anyFrame, fc.uint8Array({ minLength: 1, maxLength: 20 }), (frame, more) => {
      const bytes = encodeFrame(frame);
      for (let length = 0; length < bytes.length; length++) expect(decodeFrame(bytes.subarray(0, length), frame.key)).toBeUndefined();
      expect(decodeFrame(Buffer.concat([bytes, more]), frame.key)).toBeUndefined();
    }),
    { numRuns: 30 },
  );
});

test("whichever byte is another one: no exception, and never a frame for another key", () => {
  const other = { ...EXAMPLE, key: "trip:structure:151" };
  const bytes = encodeFrame(EXAMPLE);
  const keyAt = Buffer.from(bytes).indexOf(EXAMPLE.key);
  for (let at = 0; at < bytes.length; at++) {
    for (let value = 0; value < 256; value++) {
      if (bytes[at] === value) continue;
      const flipped = Uint8Array.from(bytes);
      flipped[at] = value;
      const decoded = decodeFrame(flipped, EXAMPLE.key);
      if (at < 2 || (at >= keyAt - 2 && at < keyAt + EXAMPLE.key.length)) expect(decoded).toBeUndefined();
      const turnedIntoTheOther = at === keyAt + EXAMPLE.key.length - 1 && value === "1".charCodeAt(0);
      if (!turnedIntoTheOther) expect(decodeFrame(flipped, other.key)).toBeUndefined();
    }
  }
});

test("random bytes are no frame, whatever they begin with", () => {
  const start = Buffer.from("Q1\x02e100000000000001", "latin1");
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 120 }), fc.boolean(), (bytes, disguised) => {
      const decoded = decodeFrame(disguised ? Buffer.concat([start, bytes]) : bytes, EXAMPLE.key);
      expect(decoded).toBeUndefined();
    }),
    { numRuns: 2_000 },
  );
});

test("a frame of another format is none, and neither older nor newer", () => {
  const next = Buffer.from(encodeFrame({ ...EXAMPLE, version: 1 }));
  next.write("Q2");
  expect(decodeFrame(next, EXAMPLE.key)).toBeUndefined();
  expect(isOlder(next, encodeFrame(EXAMPLE))).toBe(false);
  expect(isOlder(encodeFrame({ ...EXAMPLE, version: 0 }), next)).toBe(false);
});

test("the beginning is what stores compare: format, epoch, version as fourteen digits", () => {
  const bytes = Buffer.from(encodeFrame({ ...EXAMPLE, epoch: "é", version: 0xabc }));
  expect(bytes.subarray(0, 19)).toEqual(Buffer.from("Q1\x02\xc3\xa900000000000abc", "latin1"));
});

test("a frame is older than another of its epoch with a higher version, and than no other", () => {
  fc.assert(
    fc.property(anyFrame, anyFrame, fc.boolean(), (a, b, sameEpoch) => {
      const other = sameEpoch ? { ...b, epoch: a.epoch } : b;
      expect(isOlder(encodeFrame(a), encodeFrame(other))).toBe(a.epoch === other.epoch && a.version < other.version);
    }),
  );
});

test.each([["0000000000000G"], ["0000000000000A"], ["20000000000000"], ["ffffffffffffff"], ["0000000"]])(
  "what has %s for a version is no frame, and gives way to any",
  (digits) => {
    const held = Buffer.from(`Q1\x02e1${digits}`, "latin1");
    expect(decodeFrame(held, EXAMPLE.key)).toBeUndefined();
    expect(isOlder(encodeFrame(EXAMPLE), held)).toBe(false);
    expect(isOlder(held, encodeFrame(EXAMPLE))).toBe(false);
  },
);

test.each<[string, Partial<Frame>]>([
  ["half a surrogate pair in its key", { key: "\ud800" }],
  ["half a surrogate pair in a tag", { tags: ["fine", "\udc00a"] }],
  ["half a surrogate pair in its epoch", { epoch: "a\ud800" }],
  ["too long a key", { key: "k".repeat(65_536) }],
  ["too long a tag", { tags: ["ü".repeat(40_000)] }],
  ["too long an epoch", { epoch: "e".repeat(256) }],
  ["too long a stamp", { stamp: "ü".repeat(128) }],
  ["too long a codec", { codec: "c".repeat(33) }],
  ["a codec that is not ASCII", { codec: "jsön" }],
  ["too many tags", { tags: Array<string>(65_536).fill("") }],
  ["a version below 0", { version: -1 }],
  ["a version that is no whole number", { version: 0.5 }],
  ["a version beyond what is counted exactly", { version: 2 ** 53 }],
  ["an end of staleness before it expires", { staleUntil: 999 }],
  ["an end of grace before it expires", { graceUntil: 999 }],
  ["no time at which it expires", { expiresAt: Number.NaN }],
  ["a payload although it is negative", { negative: true }],
])("a frame with %s is refused", (_, part) => {
  expect(() => encodeFrame({ ...EXAMPLE, ...part })).toThrow(expect.objectContaining({ code: "option-invalid" }));
});
