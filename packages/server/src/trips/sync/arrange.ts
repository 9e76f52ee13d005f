import { POSITION_GAP } from "../position-gap.ts";

/**
 * Positions for siblings in a new order, from those that they had (undefined: new here). As many as can keep theirs, so
 * that one page that moves is one row that changes, and other pages beside them keep their neighbours.
 *
 * @param taken positions of those others: who comes to the same goes before
 */
export function arrange(before: readonly (number | undefined)[], taken: ReadonlySet<number>): number[] {
  const kept = longestRise(before);
  const positions: number[] = [];
  for (let start = 0; start < before.length; ) {
    if (kept.has(start)) {
      positions.push(before[start]!);
      start += 1;
      continue;
    }
    let end = start + 1;
    while (end < before.length && !kept.has(end)) end += 1;
    const steps = end - start + 1;
    const right = before[end];
    const left = positions.at(-1) ?? (right === undefined ? 0 : right - steps * POSITION_GAP);
    const step = right === undefined ? POSITION_GAP : Math.floor((right - left) / steps);
    if (step < 1) return before.map((_, index) => (index + 1) * POSITION_GAP);
    for (let place = 1; start < end; place += 1, start += 1) {
      const position = left + place * step;
      positions.push(step > 1 && taken.has(position) ? position - 1 : position);
    }
  }
  return positions;
}

/** Indexes of a longest selection whose numbers rise (patience sorting). */
function longestRise(numbers: readonly (number | undefined)[]): ReadonlySet<number> {
  // By length of a rise: the index of the lowest number that one can end with, and who came before each.
  const ends: number[] = [];
  const previous: number[] = [];
  for (const [index, number] of numbers.entries()) {
    if (number === undefined) continue;
    let low = 0;
    let high = ends.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (numbers[ends[middle]!]! < number) low = middle + 1;
      else high = middle;
    }
    previous[index] = low === 0 ? -1 : ends[low - 1]!;
    ends[low] = index;
  }
  const rise = new Set<number>();
  for (let index = ends.at(-1) ?? -1; index !== -1; index = previous[index]!) rise.add(index);
  return rise;
}
