import { CodecError } from "./errors.ts";
import { isPlain } from "./json/plain.ts";
import { tag } from "./json/tag.ts";
import { untag } from "./json/untag.ts";

/**
 * Turns values into bytes and back, for L2. Give your own for payloads that decode faster than JSON does, e.g. columns of
 * numbers, or a view that decodes only what it is asked for.
 */
export interface Codec<T = unknown> {
  /** Names the codec and the version of its format, e.g. `trip2`: a payload of another id is a counted miss. At most 32 of ASCII. */
  readonly id: string;
  /** May throw anything: the value is then not put into L2. (A property, so that a codec of dates is not taken for one of everything.) */
  readonly encode: (value: T) => Uint8Array;
  /** The bytes are untrusted. It may throw anything, which is a counted miss, and keep the bytes, which do not change. */
  decode(bytes: Uint8Array): T;
}

/** Typed arrays are written as they lie in memory, so a machine of the other byte order must not read them. */
const ID = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? "json1" : "json1-be";

/** The first byte of a payload with tagged values; no JSON text begins with it. */
const TAGGED = "!";

/**
 * The default codec. Values come back with the same value and type: all that JSON can say, and also `undefined`, `NaN`, the
 * infinities, `-0`, `BigInt`, `Date`, `Map`, `Set`, `ArrayBuffer`, `DataView`, every typed array, `Buffer`, and objects without
 * a prototype, nested in any way, up to 1,000 deep (a `Map` counts twice). What is plain JSON is stored as that and decoded by one `JSON.parse`;
 * anything else in a value costs a walk over it.
 *
 * A part that is in two places of a value comes back as two; a view comes back with a buffer of its own, and without properties
 * that somebody gave it; nothing comes back frozen.
 *
 * `encode` throws a `CodecError` that names the place of what would come back as something else: instances of other classes
 * (subclasses of these, `Error`, `RegExp`, `URL`), functions, symbols, cycles, arrays with holes, and properties that are
 * getters, not enumerable, or symbols. `decode` throws one for bytes that `encode` did not make.
 */
export const json: Codec = {
  id: ID,

  encode(value) {
    try {
      return Buffer.from(isPlain(value) ? JSON.stringify(value) : TAGGED + JSON.stringify(tag(value)));
    } catch (error) {
      // A proxy that throws, a text that is too long for a string.
      throw error instanceof CodecError ? error : new CodecError("The value cannot be encoded.", "value", { cause: error });
    }
  },

  decode(bytes) {
    const text = (Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)).toString();
    try {
      return text.startsWith(TAGGED) ? untag(JSON.parse(text.slice(TAGGED.length))) : JSON.parse(text);
    } catch (error) {
      throw error instanceof CodecError ? error : new CodecError("The bytes are no JSON.", "", { cause: error });
    }
  },
};
