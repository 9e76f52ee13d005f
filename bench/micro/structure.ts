/**
 * A trip's structure out of the database: one statement, brought into reading order and encoded.
 *
 *     npm run bench -- micro/structure
 *
 * Method: time on the clock and CPU time of this process for `loadStructure`, one at a time, medians of rounds, on SQLite
 * and, where it is installed, PostgreSQL (whose own CPU time is not counted). The result is decoded, and must have every
 * node. Then the same through the service, for a trip of 38,000 nodes that is in no cache: how long nothing else could be
 * answered meanwhile is the longest pause of the event loop.
 *
 * Expected: 200 nodes <= 3 ms on SQLite, <= 4 ms on PostgreSQL; the longest pause at 38,000 nodes <= 50 ms.
 */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as pause } from "node:timers/promises";
import { applyPlan } from "../../packages/server/src/trips/apply-plan.ts";
import { Snapshot } from "../../packages/server/src/trips/snapshot.ts";
import { loadStructure } from "../../packages/server/src/trips/structure-query.ts";
import { COMMON, generatePlan, LARGE } from "../generate-trip.ts";
import { figureOf } from "../harness/measure.ts";
import { type Line, report } from "../harness/report.ts";
import { openServices, withEachDatabase } from "../harness/workspace.ts";

const lines: Line[] = [];
await withEachDatabase(async ({ name, services }) => {
  const { db } = services.database;
  const { tripId } = await applyPlan(services.trips, generatePlan(COMMON, "common"));
  const large = await applyPlan(services.trips, generatePlan(LARGE, "large"));

  const load = async (id: number, size: number, rounds: number) => {
    const clock: number[] = [];
    const cpu: number[] = [];
    for (let round = -3; round < rounds; round += 1) {
      const [began, used] = [performance.now(), process.cpuUsage()];
      const loaded = await loadStructure(db, id);
      const { user, system } = process.cpuUsage(used);
      const took = performance.now() - began;
      if (new Snapshot(loaded!.bytes).size !== size) throw new Error("The structure lacks nodes.");
      if (round < 0) continue;
      clock.push(took);
      cpu.push((user + system) / 1000);
    }
    return { clock: figureOf(clock), cpu: figureOf(cpu) };
  };
  const few = await load(tripId!, COMMON.pages, 50);
  const many = await load(large.tripId!, LARGE.pages, 7);
  const service = await loadThroughService(services.config.databaseUrl, large.tripId!);
  lines.push(
    { what: `${name}, 200 nodes, clock`, figure: few.clock, unit: "ms", most: name === "SQLite" ? 3 : 4 },
    { what: `${name}, 200 nodes, CPU`, figure: few.cpu, unit: "ms" },
    { what: `${name}, 38,000 nodes, clock`, figure: many.clock, unit: "ms" },
    { what: `${name}, 38,000 nodes, CPU`, figure: many.cpu, unit: "ms" },
    { what: `${name}, 38,000 nodes through the service, first (a thread starts)`, figure: service.first, unit: "ms" },
    { what: `${name}, 38,000 nodes through the service, then`, figure: service.second, unit: "ms" },
    { what: `${name}, the longest pause that these two caused`, figure: service.pause, unit: "ms", most: 50 },
  );
});
report("micro/structure", lines);

/** A process that has just started loads the trip, forgets it, and loads it again. */
async function loadThroughService(databaseUrl: string, tripId: number) {
  const [pauses, first, second]: [number[], number[], number[]] = [[], [], []];
  for (let round = 0; round < 5; round += 1) {
    const services = await openServices(databaseUrl);
    await pause(100);
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    await pause(20);
    for (const took of [first, second]) {
      const began = performance.now();
      const current = await services.trips.snapshot(tripId);
      took.push(performance.now() - began);
      if (current?.snapshot.size !== LARGE.pages) throw new Error("The structure lacks nodes.");
      await services.cache.clear();
    }
    await pause(20);
    pauses.push(delay.max / 1e6);
    await services.close();
  }
  return { pause: figureOf(pauses), first: figureOf(first), second: figureOf(second) };
}
