import { QRCardsError } from "../../errors.ts";

/** Of PostgreSQL's `integer`. */
export const LARGEST_INTEGER = 2_147_483_647;
/** The last one that a `Date` can be (ECMA-262, time values). */
const LATEST_INSTANT = 8_640_000_000_000_000;

/**
 * One value of an untrusted JSON document, with its place in it. Each method gives the value as what was asked for, or
 * refuses it by its place: `nodes[3].title is not a text.`
 */
export class JsonReader {
  readonly #value: unknown;
  readonly #place: string;

  constructor(value: unknown, place = "") {
    this.#value = value;
    this.#place = place;
  }

  static parse(text: string): JsonReader {
    try {
      return new JsonReader(JSON.parse(text));
    } catch (cause) {
      throw new JsonReader(text).refusal(`is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`);
    }
  }

  /** The fields of an object that has exactly these. */
  fields<const Name extends string>(names: readonly Name[]): Record<Name, JsonReader> {
    const value = this.#value;
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw this.refusal("is not an object");
    const unknown = Object.keys(value).find((key) => !(names as readonly string[]).includes(key));
    if (unknown !== undefined) throw this.refusal(`has an unknown field ${JSON.stringify(unknown)}`);
    const fields = names.map((name) => {
      if (!Object.hasOwn(value, name)) throw this.refusal(`lacks the field "${name}"`);
      return [name, new JsonReader((value as Record<string, unknown>)[name], this.#place === "" ? name : `${this.#place}.${name}`)];
    });
    return Object.fromEntries(fields) as Record<Name, JsonReader>;
  }

  list<T>(read: (item: JsonReader) => T): T[] {
    if (!Array.isArray(this.#value)) throw this.refusal("is not a list");
    return this.#value.map((item, index) => read(new JsonReader(item, `${this.#place}[${index}]`)));
  }

  orNull<T>(read: (reader: JsonReader) => T): T | null {
    return this.#value === null ? null : read(this);
  }

  /** Unicode without NUL, which PostgreSQL cannot hold. */
  text(): string {
    if (typeof this.#value !== "string") throw this.refusal("is not a text");
    if (!this.#value.isWellFormed() || this.#value.includes("\0")) throw this.refusal("holds a NUL or half a character");
    return this.#value;
  }

  textThat(accepts: (text: string) => boolean, wanted: string): string {
    const text = this.text();
    if (!accepts(text)) throw this.refusal(`is not ${wanted}`);
    return text;
  }

  oneOf<const Word extends string>(words: readonly Word[]): Word {
    const word = words.find((candidate) => candidate === this.#value);
    if (word === undefined) throw this.refusal(`is not one of ${words.map((candidate) => `"${candidate}"`).join(", ")}`);
    return word;
  }

  integer(least: number, most: number): number {
    const value = this.#value;
    if (typeof value !== "number" || !Number.isSafeInteger(value) || Object.is(value, -0)) throw this.refusal("is not a whole number");
    if (value < least) throw this.refusal(`is less than ${least}`);
    if (value > most) throw this.refusal(`is more than ${most}`);
    return value;
  }

  /** How many, or the how manieth. */
  count(least = 0): number {
    return this.integer(least, LARGEST_INTEGER);
  }

  /** Milliseconds since 1970. */
  instant(): number {
    return this.integer(0, LATEST_INSTANT);
  }

  flag(): boolean {
    if (typeof this.#value !== "boolean") throw this.refusal("is neither true nor false");
    return this.#value;
  }

  refusal(problem: string): QRCardsError {
    return new QRCardsError("import-refused", `The export cannot be read: ${this.#place === "" ? "it" : this.#place} ${problem}.`);
  }
}
