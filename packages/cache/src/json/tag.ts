import { CodecError } from "../errors.ts";
import { isDense, MOST_DEPTH } from "./plain.ts";
import { hasOnlyTag, VIEWS } from "./words.ts";

const { getOwnPropertyDescriptor, getOwnPropertyNames, getOwnPropertySymbols, getPrototypeOf } = Object;

/** What prototypes are called here. A subclass has another one, so its instances are not taken for something that they are not. */
const NAMES = new Map<unknown, string>([
  [Array.prototype, "Array"],
  [Object.prototype, "Object"],
  [null, "Bare"],
  [Date.prototype, "Date"],
  [Map.prototype, "Map"],
  [Set.prototype, "Set"],
  [ArrayBuffer.prototype, "ArrayBuffer"],
  [Buffer.prototype, "Buffer"],
  ...[...VIEWS].map(([name, { prototype }]): [unknown, string] => [prototype, name]),
]);

/**
 * `value` as JSON can say it. What JSON has no words for becomes `{"$": [name, data]}`, an object that has `$` and nothing else;
 * a real one like that becomes `{"$": ["Object", {"$": ...}]}`. `untag` is the way back.
 *
 * @throws CodecError
 */
export function tag(value: unknown): unknown {
  return new Tagger().tagRoot(value);
}

/** How much of a path a message shows. */
const LONGEST_PATH = 200;

class Tagger {
  /** The objects on the way from the root to here. */
  readonly #within: object[] = [];
  /** What each of the next ones is called in the one before. */
  readonly #path: (string | number)[] = [];

  tagRoot(value: unknown): unknown {
    try {
      return this.#tag(value);
    } catch (error) {
      // An object that only pretends to be a Map, or whatever else throws when it is looked at.
      throw error instanceof CodecError ? error : this.#failure("cannot be read", { cause: error });
    }
  }

  #tag(value: unknown): unknown {
    switch (typeof value) {
      case "string":
      case "boolean":
        return value;
      case "number":
        if (Object.is(value, -0)) return tagged("number", "-0");
        return Number.isFinite(value) ? value : tagged("number", String(value));
      case "undefined":
        return tagged("undefined", null);
      case "bigint":
        // Sixteen, because a long number in digits of ten takes the square of its length to read.
        return tagged("bigint", value.toString(16));
      case "object":
        return value === null ? null : this.#tagObject(value);
      case "function":
      case "symbol":
        throw this.#failure(`is a ${typeof value}`);
    }
  }

  #tagObject(value: object): unknown {
    if (this.#within.includes(value)) throw this.#failure("is part of itself");
    if (this.#within.length === MOST_DEPTH) throw this.#failure(`is nested more than ${MOST_DEPTH} deep`);
    this.#within.push(value);
    const data = this.#tagByName(NAMES.get(getPrototypeOf(value)), value);
    this.#within.pop();
    return data;
  }

  #tagByName(name: string | undefined, value: object): unknown {
    if (name === undefined) throw this.#failure(`is an instance of the class ${getPrototypeOf(value).constructor?.name}`);
    if (getOwnPropertySymbols(value).length > 0) throw this.#failure("has a property that is a symbol");
    if (ArrayBuffer.isView(value)) return tagged(name, Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64"));
    if (name === "Array") {
      if (!isDense(value as unknown[])) throw this.#failure("is an array with holes, or with properties besides its items");
      return this.#tagItems(value as unknown[]);
    }
    if (name === "Object" || name === "Bare") {
      const members = this.#tagMembers(value);
      return name === "Bare" || hasOnlyTag(members) ? tagged(name, members) : members;
    }
    if (getOwnPropertyNames(value).length > 0) throw this.#failure(`is a ${name} with properties of its own`);
    if (value instanceof Date) return tagged(name, Number.isNaN(value.getTime()) ? null : value.getTime());
    if (value instanceof Set) return tagged(name, this.#tagItems([...value]));
    if (value instanceof Map) return tagged(name, this.#tagItems([...value]));
    return tagged(name, Buffer.from(value as ArrayBuffer).toString("base64"));
  }

  #tagItems(items: readonly unknown[]): unknown[] {
    return items.map((item, index) => this.#tagPart(index, item));
  }

  #tagMembers(value: object): Record<string, unknown> {
    // Without a prototype, so that `__proto__` is a property like any other.
    const members = Object.create(null) as Record<string, unknown>;
    for (const name of getOwnPropertyNames(value)) {
      const property = getOwnPropertyDescriptor(value, name)!;
      if (!("value" in property) || !property.enumerable)
        throw this.#failure(`has a property ${JSON.stringify(name)} that is a getter or hidden`);
      members[name] = this.#tagPart(name, property.value);
    }
    return members;
  }

  #tagPart(name: string | number, part: unknown): unknown {
    this.#path.push(name);
    const data = this.#tag(part);
    this.#path.pop();
    return data;
  }

  #failure(what: string, options?: ErrorOptions): CodecError {
    const path = `value${this.#path.map(step).join("")}`;
    const shown = path.length > LONGEST_PATH ? `${path.slice(0, LONGEST_PATH)}...` : path;
    return new CodecError(`${shown} ${what}: it would not come back as it is.`, path, options);
  }
}

function tagged(name: string, data: unknown): object {
  return { $: [name, data] };
}

function step(name: string | number): string {
  if (typeof name === "number") return `[${name}]`;
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
}
