import type { CreateWorld } from "../../../cache/test/simulation/world.ts";
import { DirectedWorld, type Script } from "./directed-world.ts";
import { openMemoryDatabase } from "./memory-database.ts";
import { RandomWorld } from "./random-world.ts";
import { type Mistakes, TRIP_IDS } from "./serving-world.ts";
import type { Tested } from "./tested.ts";

/** Several processes that serve one database. Runs of one such world share it, one after the other. */
export async function openServing(mistakes?: Mistakes): Promise<CreateWorld<Tested>> {
  const database = await openMemoryDatabase(TRIP_IDS);
  return (tested, seed, trail) => new RandomWorld(tested, seed, trail, database, mistakes);
}

/** The same, where a script says what happens. */
export async function openDirected(script: Script): Promise<CreateWorld<Tested>> {
  const database = await openMemoryDatabase(TRIP_IDS);
  return (tested, seed, trail) => new DirectedWorld(tested, seed, trail, database, script);
}
