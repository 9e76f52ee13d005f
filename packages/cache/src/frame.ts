import { CacheOptionError } from "./errors.ts";

/** An entry as L2 keeps it: the encoded value, and all that is needed to judge it without asking whoever wrote it. */
export interface Frame {
  /** The whole key. Compared on decoding, so that whatever a store mixes up, no key ever gets another one's value. */
  readonly key: string;
  /** Of the authority's history that `version` is a place in; at most 255 bytes of UTF-8. */
  readonly epoch: string;
  /** A counter, never a time: a safe integer from 0 on. */
  readonly version: number;
  /** The stamp of that version; at most 255 bytes of UTF-8, may be empty. */
  readonly stamp: string;
  /** The tag that `version` is of; empty if it is the position in the history at which the load began. */
  readonly tag: string;
  /** Everything that the entry can be invalidated by. */
  readonly tags: readonly string[];
  /** From when on it is no longer fresh, in milliseconds of the tier's own clock (`SharedTier.now`). `Infinity`: never. */
  readonly expiresAt: number;
  /** Until when it may be served while a newer one is loaded; not before `expiresAt`. */
  readonly staleUntil: number;
  /** Until when it may be served because no newer one can be had; not before `expiresAt`. */
  readonly graceUntil: number;
  /** "There is none"; the payload is then empty. */
  readonly negative: boolean;
  /** The id of the codec that made the payload: at most 32 characters of ASCII. */
  readonly codec: string;
  /** The encoded value. After decoding a view of the frame's bytes, not a copy. */
  readonly payload: Uint8Array;
}

// The layout. Numbers are big-endian. It begins with what `isOlder` needs, so that a store can compare without parsing: the
// version has a fixed width, so its order as text is its order as a number.
//
//   2 bytes   "Q1": a letter, and the digit of this format
//   1 byte    the epoch's length, then the epoch
//   14 bytes  the version in lower-case hexadecimal digits
//   1 byte    1 for a negative entry, else 0
//   24 bytes  expiresAt, staleUntil, graceUntil as doubles
//   2 bytes   the number of tags
//   4 bytes   the payload's length
//   texts     key, stamp, codec, tag, then the tags: each 2 bytes of length, then UTF-8
//   payload   up to the end, exactly
//
// There is no checksum: TCP and the store's own memory are trusted not to turn single bits. What is guarded against is bytes
// that somebody else wrote, or that are not all there.
const LETTER = 0x51;
const FORMAT = 0x31;
const EPOCH_AT = 3;
const VERSION_DIGITS = 14;
const FIXED_BYTES = 1 + 24 + 2 + 4;
const LONGEST_TEXT_BYTES = 0xffff;
const MOST_TAGS = 0xffff;

/**
 * The frame as bytes.
 *
 * @throws CacheOptionError for a frame that cannot be: a text that is too long (key and tags: 65,535 bytes) or has half a
 *   surrogate pair, which UTF-8 cannot tell from another half, so that two keys or two tags would become one
 */
export function encodeFrame(frame: Frame): Uint8Array {
  const { key, epoch, version, stamp, codec, tag, tags, payload } = frame;
  check(frame);
  const epochBytes = sizeOf("epoch", epoch, 0xff);
  let textBytes = sizeOf("key", key) + sizeOf("stamp", stamp, 0xff) + sizeOf("codec", codec, 32) + sizeOf("tag", tag) + 8;
  for (const each of tags) textBytes += 2 + sizeOf("tag", each);
  const bytes = Buffer.allocUnsafe(EPOCH_AT + epochBytes + VERSION_DIGITS + FIXED_BYTES + textBytes + payload.length);
  bytes[0] = LETTER;
  bytes[1] = FORMAT;
  bytes[2] = epochBytes;
  bytes.write(epoch, EPOCH_AT);
  let at = EPOCH_AT + epochBytes;
  at += bytes.write(version.toString(16).padStart(VERSION_DIGITS, "0"), at, "latin1");
  at = bytes.writeUInt8(frame.negative ? 1 : 0, at);
  at = bytes.writeDoubleBE(frame.expiresAt, at);
  at = bytes.writeDoubleBE(frame.staleUntil, at);
  at = bytes.writeDoubleBE(frame.graceUntil, at);
  at = bytes.writeUInt16BE(tags.length, at);
  at = bytes.writeUInt32BE(payload.length, at);
  at = writeText(bytes, at, key);
  at = writeText(bytes, at, stamp);
  at = writeText(bytes, at, codec);
  at = writeText(bytes, at, tag);
  for (const each of tags) at = writeText(bytes, at, each);
  bytes.set(payload, at);
  return bytes;
}

/**
 * The frame that `bytes` are, if they are all of a frame of this format and for this key; else `undefined`. Never throws,
 * whatever the bytes. The payload is a view of them: they must not change while it is in use.
 */
export function decodeFrame(bytes: Uint8Array, key: string): Frame | undefined {
  const version = versionOf(bytes);
  if (version === undefined) return undefined;
  const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const epochEnd = EPOCH_AT + buffer[2]!;
  let at = epochEnd + VERSION_DIGITS;
  if (at + FIXED_BYTES > buffer.length) return undefined;
  const negative = buffer[at]!;
  const expiresAt = buffer.readDoubleBE(at + 1);
  const staleUntil = buffer.readDoubleBE(at + 9);
  const graceUntil = buffer.readDoubleBE(at + 17);
  const tagCount = buffer.readUInt16BE(at + 25);
  const payloadBytes = buffer.readUInt32BE(at + 27);
  at += FIXED_BYTES;
  if (negative > 1 || (negative === 1 && payloadBytes > 0)) return undefined;
  // Written so that a NaN is refused as well.
  if (!(staleUntil >= expiresAt && graceUntil >= expiresAt)) return undefined;

  const textsEnd = buffer.length - payloadBytes;
  const keyEnd = endOfText(buffer, at, textsEnd);
  if (keyEnd === undefined || !isText(buffer, at + 2, keyEnd, key)) return undefined;
  at = keyEnd;
  const texts: string[] = [];
  for (let left = 3 + tagCount; left > 0; left--) {
    const end = endOfText(buffer, at, textsEnd);
    if (end === undefined) return undefined;
    texts.push(textBetween(buffer, at + 2, end));
    at = end;
  }
  if (at !== textsEnd) return undefined;
  const [stamp, codec, tag, ...tags] = texts as [string, string, string, ...string[]];
  return {
    key,
    epoch: textBetween(buffer, EPOCH_AT, epochEnd),
    version,
    stamp,
    tag,
    tags,
    expiresAt,
    staleUntil,
    graceUntil,
    negative: negative === 1,
    codec,
    payload: buffer.subarray(at),
  };
}

/**
 * Whether both are frames of this format and of one epoch, and `a` is of a lower version: the compare-and-set of every
 * `SharedTier`, which refuses to put the older one in place of the newer one. It looks only at the beginning, so that a store
 * can do the same in its own language. A version that no frame can have (beyond a safe integer: from "20000000000000" on) is
 * none, else bytes that nobody can read would keep their place.
 */
export function isOlder(a: Uint8Array, b: Uint8Array): boolean {
  const versionOfA = versionOf(a);
  const versionOfB = versionOf(b);
  if (versionOfA === undefined || versionOfB === undefined || a[2] !== b[2]) return false;
  const epochEnd = EPOCH_AT + a[2]!;
  for (let at = EPOCH_AT; at < epochEnd; at++) if (a[at] !== b[at]) return false;
  return versionOfA < versionOfB;
}

/** The version, if the bytes begin like a frame of this format. */
function versionOf(bytes: Uint8Array): number | undefined {
  if (bytes.length < EPOCH_AT || bytes[0] !== LETTER || bytes[1] !== FORMAT) return undefined;
  const from = EPOCH_AT + bytes[2]!;
  const end = from + VERSION_DIGITS;
  if (bytes.length < end) return undefined;
  let version = 0;
  for (let at = from; at < end; at++) {
    const byte = bytes[at]!;
    if (byte >= 0x30 && byte <= 0x39) version = version * 16 + (byte - 0x30);
    else if (byte >= 0x61 && byte <= 0x66) version = version * 16 + (byte - 0x61 + 10);
    else return undefined;
  }
  return version <= Number.MAX_SAFE_INTEGER ? version : undefined;
}

function check({ version, expiresAt, staleUntil, graceUntil, negative, codec, tags, payload }: Frame): void {
  if (!(Number.isSafeInteger(version) && version >= 0))
    throw new CacheOptionError(`A version is a safe integer from 0 on, not ${version}.`);
  if (!(staleUntil >= expiresAt && graceUntil >= expiresAt)) {
    throw new CacheOptionError(
      `An entry that expires at ${expiresAt} cannot be stale until ${staleUntil} or in grace until ${graceUntil}.`,
    );
  }
  if (!/^[\x20-\x7e]*$/.test(codec)) throw new CacheOptionError(`The id of a codec is ASCII, not ${JSON.stringify(codec)}.`);
  if (tags.length > MOST_TAGS) throw new CacheOptionError(`An entry may have ${MOST_TAGS} tags, not ${tags.length}.`);
  if (negative && payload.length > 0) throw new CacheOptionError("A negative entry has no payload.");
}

function sizeOf(what: string, text: string, most = LONGEST_TEXT_BYTES): number {
  const size = Buffer.byteLength(text);
  if (size > most) throw new CacheOptionError(`The ${what} of an entry may have ${most} bytes; "${text.slice(0, 40)}..." has ${size}.`);
  if (!text.isWellFormed()) throw new CacheOptionError(`The ${what} ${JSON.stringify(text.slice(0, 40))} has half a surrogate pair.`);
  return size;
}

function writeText(bytes: Buffer, at: number, text: string): number {
  const size = bytes.write(text, at + 2);
  bytes.writeUInt16BE(size, at);
  return at + 2 + size;
}

/** Where the text whose length is at `at` ends, if that is not beyond `limit`. */
function endOfText(buffer: Buffer, at: number, limit: number): number | undefined {
  if (at + 2 > limit) return undefined;
  const end = at + 2 + buffer.readUInt16BE(at);
  return end <= limit ? end : undefined;
}

/** Whether the bytes are exactly this text. Bytes are compared: what is not UTF-8 must not pass for a replacement character. */
function isText(buffer: Buffer, start: number, end: number, text: string): boolean {
  // UTF-8 takes as many bytes as there are characters only if all are ASCII, which most keys are: no need to encode those.
  if (end - start === text.length) {
    let at = 0;
    while (at < text.length && text.charCodeAt(at) === buffer[start + at] && buffer[start + at]! < 0x80) at++;
    return at === text.length;
  }
  const bytes = Buffer.from(text);
  return bytes.compare(buffer, start, end) === 0 && text.isWellFormed();
}

function textBetween(buffer: Buffer, start: number, end: number): string {
  return start === end ? "" : buffer.toString("utf8", start, end);
}
