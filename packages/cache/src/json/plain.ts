/** Values that are nested deeper are refused: a walk over them must end before the stack does. */
export const MOST_DEPTH = 1_000;

const { getOwnPropertyDescriptor, getOwnPropertyNames, getOwnPropertySymbols, getPrototypeOf } = Object;

/**
 * Whether `JSON.parse(JSON.stringify(value))` is the same again. It has to look at every property: `JSON.stringify` leaves out
 * what it does not know, and calls what it finds. Says no where it is not sure, which only costs time.
 */
export function isPlain(value: unknown, depth = 0): boolean {
  switch (typeof value) {
    case "string":
    case "boolean":
      return true;
    case "number":
      return Number.isFinite(value) && !Object.is(value, -0);
    case "object":
      return value === null || (depth < MOST_DEPTH && isPlainObject(value, depth + 1));
    case "undefined":
    case "bigint":
    case "function":
    case "symbol":
      return false;
  }
}

function isPlainObject(value: object, depth: number): boolean {
  const prototype = getPrototypeOf(value);
  if (getOwnPropertySymbols(value).length > 0) return false;
  if (Array.isArray(value)) {
    if (prototype !== Array.prototype || !isDense(value)) return false;
    for (const item of value) if (!isPlain(item, depth)) return false;
    return true;
  }
  if (prototype !== Object.prototype) return false;
  for (const name of getOwnPropertyNames(value)) {
    // A getter's value is undefined here, which is not plain: it is never called.
    const { enumerable, value: part } = getOwnPropertyDescriptor(value, name)!;
    if (!enumerable || !isPlain(part, depth)) return false;
  }
  return true;
}

/** Whether an array has all of its items, and nothing besides them and its length. */
export function isDense(array: readonly unknown[]): boolean {
  return getOwnPropertyNames(array).length === array.length + 1;
}
