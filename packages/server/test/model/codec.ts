/** How a part of a state is copied, written as small whole numbers, and read back. A state is described once, by its codecs. */
export interface Codec<T> {
  copy(value: T): T;
  write(out: number[], value: T): void;
  read(from: Cursor): T;
}

export interface Cursor {
  readonly text: string;
  at: number;
}

export type ValueOf<C> = C extends Codec<infer T> ? T : never;

/** What it may hold: -1 to 65,534. */
export const small: Codec<number> = {
  copy: (value) => value,
  write: (out, value) => void out.push(value + 1),
  read: (from) => from.text.charCodeAt(from.at++) - 1,
};

export const flag: Codec<boolean> = {
  copy: (value) => value,
  write: (out, value) => void out.push(value ? 1 : 0),
  read: (from) => from.text.charCodeAt(from.at++) === 1,
};

/** A name for people: no part of the state, and not to be had back from what was written. */
export const label: Codec<number> = {
  copy: (value) => value,
  write: () => {},
  read: () => 0,
};

export function list<T>(of: Codec<T>): Codec<T[]> {
  const isFlat = (of as unknown) === small;
  return {
    copy(values) {
      if (isFlat) return values.slice();
      const copy: T[] = [];
      for (const value of values) copy.push(of.copy(value));
      return copy;
    },
    write(out, values) {
      out.push(values.length);
      for (const value of values) of.write(out, value);
    },
    read(from) {
      const values: T[] = [];
      for (let left = from.text.charCodeAt(from.at++); left > 0; left--) values.push(of.read(from));
      return values;
    },
  };
}

export function maybe<T>(of: Codec<T>): Codec<T | undefined> {
  return {
    copy: (value) => (value === undefined ? undefined : of.copy(value)),
    write(out, value) {
      out.push(value === undefined ? 0 : 1);
      if (value !== undefined) of.write(out, value);
    },
    read: (from) => (from.text.charCodeAt(from.at++) === 0 ? undefined : of.read(from)),
  };
}

/**
 * Made as source text, each field spelt out: one loop over the names of all records takes three times as long, and this is most of
 * what the checker does.
 */
export function record<F extends Record<string, Codec<unknown>>>(fields: F): Codec<{ [K in keyof F]: ValueOf<F[K]> }> {
  const names = Object.keys(fields);
  const object = (field: (name: string) => string) => `({ ${names.map((name) => `${name}: ${field(name)}`).join(", ")} })`;
  const isPlain = (name: string) => fields[name] === small || fields[name] === flag || fields[name] === label;
  const make = (parameters: string, body: string) => new Function("fields", `return (${parameters}) => ${body}`)(fields);
  return {
    copy: make(
      "value",
      object((name) => (isPlain(name) ? `value.${name}` : `fields.${name}.copy(value.${name})`)),
    ),
    write: make("out, value", `{ ${names.map((name) => `fields.${name}.write(out, value.${name});`).join(" ")} }`),
    read: make(
      "from",
      object((name) => `fields.${name}.read(from)`),
    ),
  };
}
