/** Bigger values are frozen in part only: a walk must not cost more than the load. */
const MOST_OBJECTS = 10_000;

/**
 * Freezes a value made of plain objects and arrays, so that whoever changes what a hit handed out gets a `TypeError` at that
 * line, instead of others getting the change. Instances of classes, dates, maps, sets and binary data stay as they are: freezing
 * would break them, or not keep them from changing.
 */
export function deepFreeze<T>(root: T): T {
  const waiting: object[] = [];
  const add = (value: unknown) => typeof value === "object" && value !== null && waiting.push(value);
  add(root);
  for (let seen = 0; waiting.length > 0 && seen < MOST_OBJECTS; seen++) {
    const value = waiting.pop()!;
    if (Object.isFrozen(value) || !isPlain(value)) continue;
    Object.freeze(value);
    for (const part of Object.values(value)) add(part);
  }
  return root;
}

function isPlain(value: object): boolean {
  if (Array.isArray(value)) return true;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
