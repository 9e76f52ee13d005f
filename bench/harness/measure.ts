/** Something to be measured. It checks its own results, and throws when one is wrong: speed of wrong answers is no speed. */
export interface Contestant {
  readonly name: string;
  /** Does the work once and returns how many operations that were. */
  run(): number | Promise<number>;
}

/** One figure: the median of all rounds, with the lowest and the highest. */
export interface Figure {
  readonly median: number;
  readonly lowest: number;
  readonly highest: number;
}

export interface MeasureOptions {
  /** Default 7. */
  readonly rounds?: number;
  /** Rounds before, whose figures are thrown away: code is compiled, caches fill. Default 2. */
  readonly warmUp?: number;
}

/**
 * CPU time of this process (all its threads) per operation, in microseconds, by contestant. In each round every
 * contestant runs once, in another order, so that whatever else the machine does meets all of them alike.
 */
export async function measureCpu(
  contestants: readonly Contestant[],
  { rounds = 7, warmUp = 2 }: MeasureOptions = {},
): Promise<Map<string, Figure>> {
  const samples = new Map<string, number[]>(contestants.map(({ name }) => [name, []]));
  for (let round = 0; round < warmUp + rounds; round += 1) {
    const shift = round % contestants.length;
    for (const { name, run } of [...contestants.slice(shift), ...contestants.slice(0, shift)]) {
      const before = process.cpuUsage();
      const operations = await run();
      const { user, system } = process.cpuUsage(before);
      if (round >= warmUp) samples.get(name)!.push((user + system) / operations);
    }
  }
  return new Map([...samples].map(([name, values]) => [name, figureOf(values)]));
}

export function figureOf(values: readonly number[]): Figure {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = sorted.length / 2;
  const median = Number.isInteger(middle) ? (sorted[middle - 1]! + sorted[middle]!) / 2 : sorted[Math.floor(middle)]!;
  return { median, lowest: sorted[0]!, highest: sorted.at(-1)! };
}

export function scale({ median, lowest, highest }: Figure, factor: number): Figure {
  return { median: median * factor, lowest: lowest * factor, highest: highest * factor };
}

/** The value below which the share `p` of all lies. */
export function percentile(values: readonly number[], p: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))]!;
}
