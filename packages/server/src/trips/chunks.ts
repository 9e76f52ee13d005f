/** Rows a statement: with some fifteen columns a row, far below the parameters that either database takes. */
const CHUNK = 500;

/** The items, a few hundred at a time. */
export function* chunks<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += CHUNK) yield items.slice(start, start + CHUNK);
}

/** Runs `each` on a few hundred items at a time, one call after another, and returns all that it found. */
export async function inChunks<T, R>(items: readonly T[], each: (some: readonly T[]) => Promise<readonly R[]>): Promise<R[]> {
  const found: R[] = [];
  for (const some of chunks(items)) found.push(...(await each(some)));
  return found;
}
