/**
 * A page that nobody has asked for yet, of a trip that is in memory: read its HTML from the database, assemble, answer.
 *
 *     npm run bench -- http/cold-page
 *
 * Method: the server runs as a process of its own on SQLite, its CPU time is that of all its threads. Each page of a
 * generated trip (some 25 KB each with style and outline) is asked for once, over one connection: two rounds to warm up,
 * five for readers who take it as it is, five for those who accept brotli; they get it as it is too, and the page is
 * compressed beside, for the next one. A pause after each round lets that end, so it counts. Then the last ones again, warm.
 *
 * Expected: < 1 ms CPU a page as it is, and for the answer's time on the clock not to depend on what is made beside it.
 */
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { generatePaths } from "../generate-trip.ts";
import { askAll, Client } from "../harness/load.ts";
import { figureOf, percentile } from "../harness/measure.ts";
import { startServer } from "../harness/processes.ts";
import { report } from "../harness/report.ts";
import { importGenerated, makeFolder } from "../harness/workspace.ts";

const PER_ROUND = 300;
const WARM_UP = 2;
const ROUNDS = 5;
const SHAPE = { pages: 1 + (WARM_UP + 2 * ROUNDS) * PER_ROUND, siblings: 500 };

const databaseUrl = `sqlite:${join(makeFolder(), "cold.db")}`;
await importGenerated(databaseUrl, SHAPE, "handbook");
const server = await startServer("server-process.ts", databaseUrl);
// The front page brings the trip into memory; the rest are strangers.
const [front, ...paths] = generatePaths(SHAPE).map((segments) => ["/handbook", ...segments].join("/"));
await askAll(server.port, [{ path: front!, status: 200 }], 1);
const client = await Client.open(server.port);

await measure(0, WARM_UP, []);
const plain = await measure(WARM_UP, ROUNDS, []);
const brotli = await measure(WARM_UP + ROUNDS, ROUNDS, ["Accept-Encoding: br"]);
const warm = await measure(WARM_UP + 2 * ROUNDS - 3, 3, []);
client.close();
await server.stop();

report("http/cold-page", [
  { what: "cold, as it is, CPU", figure: plain.cpu, unit: "ms", most: 1 },
  { what: "cold, as it is, clock, p50", figure: plain.p50, unit: "ms" },
  { what: "cold, as it is, clock, p99", figure: plain.p99, unit: "ms" },
  { what: "cold, and compressed beside, CPU", figure: brotli.cpu, unit: "ms" },
  { what: "cold, and compressed beside, clock, p50", figure: brotli.p50, unit: "ms" },
  { what: "cold, and compressed beside, clock, p99", figure: brotli.p99, unit: "ms" },
  { what: "warm, one connection, CPU", figure: warm.cpu, unit: "ms" },
]);

/** Rounds of pages that lie far from one another in the trip. */
async function measure(firstRound: number, rounds: number, headers: readonly string[]) {
  const cpu: number[] = [];
  const clock: number[] = [];
  const step = paths.length / PER_ROUND;
  for (let round = firstRound; round < firstRound + rounds; round += 1) {
    const before = await server.cpu();
    for (let path = round; path < paths.length; path += step) {
      const began = performance.now();
      await client.ask({ path: paths[path]!, headers, status: 200 });
      clock.push(performance.now() - began);
    }
    await pause(500);
    cpu.push(((await server.cpu()) - before) / PER_ROUND / 1000);
  }
  return { cpu: figureOf(cpu), p50: percentile(clock, 0.5), p99: percentile(clock, 0.99) };
}
