import type { CreateWorld, Violation } from "./world.ts";

/**
 * Any seed is replayed, with a line for everything that happens, by `SIMULATION_SEED=<seed>`; `SIMULATION_SEEDS=20000` runs that
 * many of each world instead of the usual number, and `SIMULATION_FIRST=5000` begins there instead of at 1.
 */
const { SIMULATION_SEED, SIMULATION_SEEDS, SIMULATION_FIRST = "1" } = process.env;

/** A mutant that none of so many seeds finds would be a hole in the simulation. */
export const SEEDS_FOR_A_MUTANT = 4_000;

/** A violation, and how to see it again. */
export interface Found extends Violation {
  readonly replay: string;
}

/** The first violation of a number of runs. One that is replayed prints what happened in it. */
export async function findViolation<T>(create: CreateWorld<T>, tested: T, usualSeeds: number): Promise<Found | undefined> {
  if (SIMULATION_SEED !== undefined) return replay(create, tested, Number(SIMULATION_SEED));
  const first = Number(SIMULATION_FIRST);
  return searchSeeds(create, tested, first, SIMULATION_SEEDS === undefined ? usualSeeds : Number(SIMULATION_SEEDS));
}

/**
 * The first violation that a mutant leads to.
 *
 * @param checks only these count
 */
export function findMutant<T>(create: CreateWorld<T>, mutant: T, checks?: readonly string[]): Promise<Found | undefined> {
  return searchSeeds(create, mutant, 1, SEEDS_FOR_A_MUTANT, checks);
}

/** How often what a world counts came about in a number of runs. */
export async function countAll<T>(create: CreateWorld<T>, tested: T, seeds: number): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (let seed = 1; seed <= seeds; seed++) {
    const world = create(tested, seed);
    await world.run();
    for (const [what, count] of world.counts) counts[what] = (counts[what] ?? 0) + count;
  }
  return counts;
}

async function searchSeeds<T>(create: CreateWorld<T>, tested: T, first: number, seeds: number, checks?: readonly string[]) {
  for (let seed = first; seed < first + seeds; seed++) {
    const violation = await create(tested, seed).run();
    if (violation !== undefined && checks?.includes(violation.check) !== false) return { replay: `SIMULATION_SEED=${seed}`, ...violation };
  }
  return undefined;
}

async function replay<T>(create: CreateWorld<T>, tested: T, seed: number): Promise<Found | undefined> {
  const trail: string[] = [];
  const violation = await create(tested, seed, trail).run();
  console.info(trail.join("\n"));
  return violation && { replay: `SIMULATION_SEED=${seed}`, ...violation };
}
