/**
 * From the command to the first answered request, on a database that is there.
 *
 *     npm run bench -- http/start-up
 *
 * Method: `qrcards serve` is started as a process on a SQLite database, and asked for a page every 5 ms until one comes;
 * time on the clock from its start to that answer, medians of rounds. The page is the last one of a trip of 200 pages, then
 * of one of 38,000. What `npm start` adds is npm's and the launcher's look at what is installed: measured apart.
 *
 * Expected: < 1.5 s; `npm start` < 2 s.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { applyPlan } from "../../packages/server/src/trips/apply-plan.ts";
import { COMMON, generatePaths, generatePlan, LARGE, type TripShape } from "../generate-trip.ts";
import { Client } from "../harness/load.ts";
import { type Figure, figureOf } from "../harness/measure.ts";
import { report } from "../harness/report.ts";
import { makeFolder, openServices } from "../harness/workspace.ts";

const ROUNDS = 7;
const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const CLI = join(ROOT, "packages/server/src/cli/main.ts");
const SERVE = [process.execPath, CLI, "serve", "--workers", "1"];
const NPM_START = ["npm", "start", "--"];

const databaseUrl = `sqlite:${join(makeFolder(), "start.db")}`;
const services = await openServices(databaseUrl);
await applyPlan(services.trips, generatePlan(COMMON, "common"));
await applyPlan(services.trips, generatePlan(LARGE, "large"));
await services.close();

// `npm start` also loads the demo trip, once.
await measureStart(NPM_START, "/", 1);
report("http/start-up", [
  { what: "serve, page of 200", figure: await measureStart(SERVE, lastPage("common", COMMON)), unit: "ms", most: 1500 },
  { what: "serve, page of 38,000", figure: await measureStart(SERVE, lastPage("large", LARGE)), unit: "ms", most: 1500 },
  { what: "npm start, page of 200", figure: await measureStart(NPM_START, lastPage("common", COMMON)), unit: "ms", most: 2000 },
]);

function lastPage(slug: string, shape: TripShape): string {
  return ["", slug, ...generatePaths(shape).at(-1)!].join("/");
}

async function measureStart([command, ...args]: readonly string[], path: string, rounds = ROUNDS): Promise<Figure> {
  const took: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const port = await findFreePort();
    const env = { ...process.env, DATABASE_URL: databaseUrl, LOG_LEVEL: "silent" };
    const began = performance.now();
    const options = ["--port", String(port), "--host", "127.0.0.1"];
    const child = spawn(command!, [...args, ...options], { cwd: ROOT, env, stdio: "ignore", detached: true });
    await firstAnswer(port, path);
    took.push(performance.now() - began);
    const exit = once(child, "exit");
    // npm and the launcher pass it on.
    process.kill(-child.pid!, "SIGTERM");
    await exit;
  }
  return figureOf(took);
}

async function firstAnswer(port: number, path: string): Promise<void> {
  for (const giveUpAt = performance.now() + 60_000; performance.now() < giveUpAt; await pause(5)) {
    const client = await Client.open(port).catch(() => undefined);
    if (client === undefined) continue;
    await client.ask({ path, status: 200 });
    client.close();
    return;
  }
  throw new Error("The server has not answered within a minute.");
}

async function findFreePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as { port: number };
  probe.close();
  await once(probe, "close");
  return port;
}
