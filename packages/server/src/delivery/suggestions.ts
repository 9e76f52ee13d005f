import { linkTo } from "../pages/assemble.ts";
import type { PageLink } from "../pages/types.ts";
import type { Snapshot } from "../trips/snapshot.ts";

const MOST_COMPARED = 2_000;
const MOST_SUGGESTED = 5;
const LEAST_LIKENESS = 0.45;

/** Pages of a trip whose names are like a wanted one: the last word of an address that leads nowhere. */
export function suggestPages(snapshot: Snapshot, name: string): PageLink[] {
  if (!snapshot.isAlive(0)) return [];
  const wanted = pairsIn(name);
  const likely: { node: number; likeness: number }[] = [];
  const end = Math.min(snapshot.size, MOST_COMPARED);
  for (let node = 1; node < end; node += 1) {
    if (!snapshot.isListed(node)) continue;
    const likeness = dice(wanted, pairsIn(snapshot.segment(node)));
    if (likeness >= LEAST_LIKENESS) likely.push({ node, likeness });
  }
  likely.sort((one, other) => other.likeness - one.likeness);
  return likely.slice(0, MOST_SUGGESTED).map(({ node }) => linkTo(snapshot, node));
}

/** Names like a wanted one, the likest first. */
export function suggestNames<T>(wanted: string, items: readonly T[], nameOf: (item: T) => string): T[] {
  const pairs = pairsIn(wanted);
  return items
    .slice(0, MOST_COMPARED)
    .map((item) => ({ item, likeness: dice(pairs, pairsIn(nameOf(item))) }))
    .filter(({ likeness }) => likeness >= LEAST_LIKENESS)
    .sort((one, other) => other.likeness - one.likeness)
    .slice(0, MOST_SUGGESTED)
    .map(({ item }) => item);
}

/** Pairs of neighbouring characters, with the ends: a letter left out or swapped costs two of them, wherever it stands. */
function pairsIn(name: string): ReadonlySet<string> {
  const text = `-${name.slice(0, 80)}-`;
  const pairs = new Set<string>();
  for (let at = 0; at + 1 < text.length; at += 1) pairs.add(text.slice(at, at + 2));
  return pairs;
}

/** Sørensen-Dice coefficient: 1 for the same, 0 for nothing in common. */
function dice(one: ReadonlySet<string>, other: ReadonlySet<string>): number {
  let shared = 0;
  for (const pair of one) if (other.has(pair)) shared += 1;
  return (2 * shared) / (one.size + other.size);
}
