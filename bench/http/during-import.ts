/**
 * A server that goes on answering while the command line imports 38,000 pages into its database.
 *
 *     npm run bench -- http/during-import
 *
 * Method: server and import are processes of their own on one SQLite file. Meanwhile, at fixed times (open loop: what is
 * late counts from when it should have begun), 20 times a second a page is asked for that is in memory and one that is
 * not, and five times a second another trip is edited. When the import is done, its last page is asked for at once: 38,000 nodes
 * are loaded. Before all of it the same load runs for ten seconds without an import, to compare with: on a machine of two
 * cores, where the import takes both, most of the difference is waiting for a core.
 *
 * Expected: no failed request and no failed edit; the longest pause of the server's event loop stays the same, and so
 * does the longest wait but for the time without a core.
 */
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { generatePaths, LARGE, writeFolder } from "../generate-trip.ts";
import { Client } from "../harness/load.ts";
import { percentile } from "../harness/measure.ts";
import { runCommand, startServer } from "../harness/processes.ts";
import { type Line, report } from "../harness/report.ts";
import { importGenerated, makeFolder, openServices } from "../harness/workspace.ts";

const SMALL = { pages: 2_001, siblings: 0 };
const EVERY_MS = 50;
const EDIT_EVERY = 4;

const databaseUrl = `sqlite:${join(makeFolder(), "busy.db")}`;
await importGenerated(databaseUrl, SMALL, "small");
const edited = await importGenerated(databaseUrl, { pages: 20, siblings: 0 }, "edited");
const editedNode = await rootOf(edited);
const folder = join(makeFolder(), "handbook");
await writeFolder(folder, LARGE);

const server = await startServer("server-process.ts", databaseUrl);
const cold = generatePaths(SMALL).map((segments) => ["/small", ...segments].join("/"));
const warm = cold.shift()!;
await server.edit(editedNode, "Before");

const quiet = await ask(pause(10_000));
const importing = runCommand(["import", folder, "--slug", "handbook"], databaseUrl);
const busy = await ask(importing);
const client = await Client.open(server.port);
const lastPath = ["/handbook", ...generatePaths(LARGE).at(-1)!].join("/");
const began = performance.now();
await client.ask({ path: lastPath, status: 200 });
const firstLarge = performance.now() - began;
const largePause = await server.longestPause();
client.close();
await server.stop();

const lines: Line[] = [];
for (const [what, { warmMs, coldMs, editMs, longestPause }] of Object.entries({ "without an import": quiet, "during an import": busy })) {
  lines.push(
    { what: `${what}: warm page, p50`, figure: percentile(warmMs, 0.5), unit: "ms" },
    { what: `${what}: warm page, longest`, figure: percentile(warmMs, 1), unit: "ms" },
    { what: `${what}: cold page, p50`, figure: percentile(coldMs, 0.5), unit: "ms" },
    { what: `${what}: cold page, longest`, figure: percentile(coldMs, 1), unit: "ms" },
    { what: `${what}: edit, p50`, figure: percentile(editMs, 0.5), unit: "ms" },
    { what: `${what}: edit, longest`, figure: percentile(editMs, 1), unit: "ms", ...(what.startsWith("during") && { most: 5_000 }) },
    { what: `${what}: longest pause of the event loop`, figure: longestPause, unit: "ms", ...(what.startsWith("during") && { most: 100 }) },
  );
}
lines.push(
  { what: "the import itself", figure: (await importing).seconds, unit: "s", most: 120 },
  { what: "first page of the new trip", figure: firstLarge, unit: "ms", most: 1_500 },
  { what: "and the pause that it caused", figure: largePause, unit: "ms", most: 100 },
);
report("http/during-import", lines);

interface Waits {
  readonly warmMs: readonly number[];
  readonly coldMs: readonly number[];
  readonly editMs: readonly number[];
  readonly longestPause: number;
}

/** Asks until `end`. Any other answer than the page, and any edit that is refused, ends the benchmark. */
async function ask(end: Promise<unknown>): Promise<Waits> {
  let isOver = false;
  const over = end.finally(() => {
    isOver = true;
  });
  const [warmClient, coldClient] = [await Client.open(server.port), await Client.open(server.port)];
  const waits = { warmMs: [] as number[], coldMs: [] as number[], editMs: [] as number[] };
  let under = { warm: Promise.resolve(), cold: Promise.resolve(), edit: Promise.resolve() };
  await server.longestPause();
  const start = performance.now();
  for (let tick = 0; !isOver; tick += 1) {
    const due = start + tick * EVERY_MS;
    await pause(Math.max(0, due - performance.now()));
    const timed = async (before: Promise<void>, into: number[], work: () => Promise<unknown>) => {
      await before;
      await work();
      into.push(performance.now() - due);
    };
    under = {
      warm: timed(under.warm, waits.warmMs, () => warmClient.ask({ path: warm, status: 200 })),
      cold: timed(under.cold, waits.coldMs, () => coldClient.ask({ path: cold[tick % cold.length]!, status: 200 })),
      edit: tick % EDIT_EVERY === 0 ? timed(under.edit, waits.editMs, () => server.edit(editedNode, `Title ${tick}`)) : under.edit,
    };
  }
  await Promise.all([under.warm, under.cold, under.edit]);
  await over;
  warmClient.close();
  coldClient.close();
  return { ...waits, longestPause: await server.longestPause() };
}

async function rootOf(trip: number): Promise<string> {
  const services = await openServices(databaseUrl);
  const current = await services.trips.snapshot(trip);
  await services.close();
  return current!.snapshot.id(0);
}
