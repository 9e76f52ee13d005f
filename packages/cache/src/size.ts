/** What an entry costs beside its key and value: the entry object, a slot of the store, a place in the tag index. */
const ENTRY_OVERHEAD_BYTES = 240;

/** After this many objects the rest of a value is not looked at: an estimate must not cost more than the load. */
const MOST_OBJECTS = 10_000;

/**
 * An estimate of the memory that an entry holds, in bytes: strings as two bytes a character, binary data by its length,
 * objects by walking them (cycles and shared parts count once). Give `sizeBytes` where you know better: it is cheaper, and
 * for values of very many small objects, or with memory outside of the heap, also truer.
 */
export function estimateBytes(key: string, value: unknown): number {
  return ENTRY_OVERHEAD_BYTES + 2 * key.length + valueBytes(value);
}

/** The same from the encoded size of the value: twice as much, for the headers and references that a heap adds. */
export function encodedBytes(key: string, payloadBytes: number): number {
  return ENTRY_OVERHEAD_BYTES + 2 * key.length + 2 * payloadBytes;
}

function valueBytes(root: unknown): number {
  const seen = new Set<object>();
  const waiting: unknown[] = [root];
  let bytes = 0;
  while (waiting.length > 0) {
    const value = waiting.pop();
    if (typeof value === "string") bytes += 16 + 2 * value.length;
    else if (typeof value !== "object" || value === null) bytes += 8;
    else if (!seen.has(value) && seen.size < MOST_OBJECTS) {
      seen.add(value);
      bytes += 32 + visit(value, waiting);
    }
  }
  return bytes;
}

/** Puts what `value` refers to on the list, and returns the bytes that it holds itself. */
function visit(value: object, waiting: unknown[]): number {
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return value.byteLength;
  if (value instanceof Map) {
    for (const [key, item] of value) waiting.push(key, item);
    return 32 * value.size;
  }
  if (value instanceof Set) {
    for (const item of value) waiting.push(item);
    return 16 * value.size;
  }
  const items = Object.values(value);
  for (const item of items) waiting.push(item);
  return 8 * items.length;
}
