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
    const likeness = likenessTo(wanted, snapshot.segment(node));
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
    .map((item) => ({ item, likeness: likenessTo(pairs, nameOf(item)) }))
    .filter(({ likeness }) => likeness >= LEAST_LIKENESS)
    .sort((one, other) => other.likeness - one.likeness)
    .slice(0, MOST_SUGGESTED)
    .map(({ item }) => item);
}

/** What of a name is compared. */
const MOST_CHARACTERS = 80;
const END = "-".charCodeAt(0);

/** Pairs of neighbouring characters, with the ends: a letter left out or swapped costs two of them, wherever it stands. */
function pairsIn(name: string): ReadonlySet<number> {
  const pairs = new Set<number>();
  eachPair(name, (pair) => pairs.add(pair));
  return pairs;
}

/**
 * Sørensen-Dice coefficient, 1 for the same and 0 for nothing in common; of a name that holds a pair twice, each counts.
 * Without a Set or a string for each name: two thousand of them are compared for every address that leads nowhere.
 */
function likenessTo(wanted: ReadonlySet<number>, name: string): number {
  let shared = 0;
  let all = 0;
  eachPair(name, (pair) => {
    all += 1;
    if (wanted.has(pair)) shared += 1;
  });
  return (2 * shared) / (wanted.size + all);
}

function eachPair(name: string, visit: (pair: number) => void): void {
  const length = Math.min(name.length, MOST_CHARACTERS);
  let before = END;
  for (let at = 0; at <= length; at += 1) {
    const character = at < length ? name.charCodeAt(at) : END;
    visit(before * 65_536 + character);
    before = character;
  }
}
