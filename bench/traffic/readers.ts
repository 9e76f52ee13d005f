import type { Site } from "./many-trips.ts";

/** A page view, or an edit of a page. */
export interface Visit {
  readonly trip: number;
  readonly page: number;
  /** The reader came by an address that the page once had. */
  readonly former: boolean;
  /** Whose it is: readers stay at the process that they came to. */
  readonly reader: number;
}

/** A number below 1, the same series in every run (mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Ranks below `count`, the n-th with a weight of 1 / n^0.9. */
export function createZipf(count: number, random: () => number): () => number {
  const cumulative: number[] = [];
  let sum = 0;
  for (let rank = 1; rank <= count; rank += 1) {
    sum += rank ** -0.9;
    cumulative.push(sum);
  }
  return () => {
    const wanted = random() * sum;
    let [low, high] = [0, count - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (cumulative[middle]! < wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

const READERS_AT_A_TIME = 40;
const MEAN_PAGES = 12;

/**
 * Readers of a site: forty at a time, each of whom comes to a trip (popular ones more often), half of them to its front page and
 * half by a card or a link to a page within, one in fifty by a former address; then goes on to the next page, into a chapter, up,
 * or somewhere else, for twelve pages in the mean, and leaves.
 */
export function* readSite({ trips, paths, parents }: Site, seed: number): Generator<Visit> {
  const random = createRandom(seed);
  const zipf = createZipf(trips, random);
  const children = paths.map((_, page) => parents.flatMap((parent, child) => (parent === page ? child : [])));
  const readers: { readonly id: number; readonly trip: number; page: number; left: number; former: boolean }[] = [];
  for (let id = 0; ; ) {
    while (readers.length < READERS_AT_A_TIME) {
      const former = random() < 0.02;
      const page = random() < 0.5 ? 0 : Math.floor(random() * paths.length);
      readers.push({ id, trip: zipf(), page: former ? 1 : page, left: 1 + Math.floor(-MEAN_PAGES * Math.log(1 - random())), former });
      id += 1;
    }
    const index = Math.floor(random() * readers.length);
    const reader = readers[index]!;
    yield { trip: reader.trip, page: reader.page, former: reader.former, reader: reader.id };
    reader.former = false;
    reader.left -= 1;
    if (reader.left === 0) readers.splice(index, 1);
    const way = random();
    const below = children[reader.page]!;
    if (way < 0.55) reader.page = (reader.page + 1) % paths.length;
    else if (way < 0.75 && below.length > 0) reader.page = below[Math.floor(random() * below.length)]!;
    else if (way < 0.9) reader.page = Math.max(0, parents[reader.page]!);
    else reader.page = Math.floor(random() * paths.length);
  }
}
