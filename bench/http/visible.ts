/**
 * How soon after its commit an edit is visible everywhere, what watching for edits costs, and what an edit of the hottest page costs.
 *
 *     npm run bench -- http/visible
 *
 * Method: `qrcards serve` as an operator starts it, with all its processes, on SQLite (workers told over the cluster's IPC alone) and
 * on PostgreSQL with Redis, one machine and two. 300 edits of a page's title, one after the other, each over a connection of its own,
 * so that each worker is the editor in turn; the figure is `afterMs` of the answer: from the commit until every worker has said that
 * it polled past it. Nothing else runs. Then nobody asks for anything for 20 s: all CPU time of a worker is what it takes to poll, to
 * beat and to answer the watchdog.
 *
 * Then, on SQLite with two workers, the hottest page: first as many requests as go through in 5 s over 50 connections, then 60 % of
 * that rate at fixed times (open loop) for 20 s with an edit of that very page every second. The load comes from this process, on the
 * same cores. Loads of the structure are counted by the workers' own metrics.
 *
 * Expected: p50 < 10 ms by IPC alone, < 15 ms with Redis; polls < 0.1 % of a core; at most one load per worker and edit; p99 < 50 ms.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pass } from "node:timers/promises";
import { startRedisServer } from "../../packages/cache/test/support/redis-server.ts";
import { startPostgres } from "../../scripts/services/postgres.mjs";
import { findFreePort } from "../../scripts/services/start-service.mjs";
import { ask } from "../faults/load/ask.ts";
import { Machine } from "../faults/setups/machine.ts";
import { type PlantedSite, plantSite } from "../faults/site/plant-site.ts";
import { Client } from "../harness/load.ts";
import { percentile } from "../harness/measure.ts";
import { type Line, report } from "../harness/report.ts";
import { makeFolder } from "../harness/workspace.ts";

const EDITS = 300;
const QUIET_MS = 20_000;
/** Of reading the hottest page while it is edited. */
const SECONDS = 20;
/** Before it has polled for so long a worker counts no acknowledgement. */
const SETTLED_MS = 2_500;
const SOURCES = join(import.meta.dirname, "../..");
const CLOCK_TICKS_A_SECOND = 100;

const lines: Line[] = [];
const nobody = { machine: () => {} };

const sqlite = () => `sqlite:${join(makeFolder(), "visible.db")}`;
await measureVisible("SQLite, 4 workers, IPC", [4], sqlite(), {}, 10);
const postgres = await startPostgres();
const redis = await startRedisServer();
if (postgres === undefined) console.log("There is no PostgreSQL here: left out.");
else {
  const env = { REDIS_URL: redis.url };
  await measureVisible("PostgreSQL and Redis, 4 workers", [4], await emptyDatabase(postgres.value, "one"), env, 15);
  await measureVisible("PostgreSQL and Redis, 2 machines of 2", [2, 2], await emptyDatabase(postgres.value, "two"), env, 15);
  await postgres.stop();
}
await redis.stop();
await measureHotPage(sqlite());
report("http/visible", lines);

async function measureVisible(
  what: string,
  sizes: readonly number[],
  databaseUrl: string,
  env: Record<string, string>,
  most: number,
): Promise<void> {
  const site = await plantSite(databaseUrl);
  const machines = await Promise.all(
    sizes.map((workers, index) => start(`m${index}`, workers, { DATABASE_URL: databaseUrl, METRICS_PORT: "off", ...env })),
  );
  await pass(SETTLED_MS);
  const pids = machines.flatMap((machine) => machine.workers);
  const before = cpuSeconds(pids);
  await pass(QUIET_MS);
  const perWorker = (cpuSeconds(pids) - before) / pids.length;
  const edit = editor(site);
  const waits: number[] = [];
  for (let count = 0; count < EDITS; count++) waits.push(await edit(machines[count % machines.length]!.port));
  for (const machine of machines) await machine.stop();
  lines.push(
    { what: `${what}: edit to visible everywhere, p50`, figure: percentile(waits, 0.5), unit: "ms", most },
    { what: `${what}: p99`, figure: percentile(waits, 0.99), unit: "ms" },
    { what: `${what}: longest`, figure: percentile(waits, 1), unit: "ms" },
    { what: `${what}: CPU of an idle worker`, figure: (perWorker / QUIET_MS) * 1_000 * 100, unit: "% of a core" },
  );
}

/** @returns what edits the hottest page, over any worker, and says after how many ms that was visible everywhere */
function editor({ models, token }: PlantedSite): (port: number) => Promise<number> {
  const page = models[0]!.leaves[0]!;
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  let { revision } = page;
  return async (port) => {
    const body = JSON.stringify({ title: `Title ${revision}`, revision: revision++ });
    const outcome = await ask({ port, method: "PATCH", path: `/api/nodes/${page.id}`, headers, body, timeoutMs: 10_000 });
    if (!("answer" in outcome) || outcome.answer.status !== 200) throw new Error(`The edit was answered ${JSON.stringify(outcome)}.`);
    const { visible, afterMs } = JSON.parse(String(outcome.answer.body)) as { visible: string; afterMs: number };
    if (visible !== "everywhere") throw new Error(`The edit was ${visible}.`);
    return afterMs;
  };
}

async function measureHotPage(databaseUrl: string): Promise<void> {
  const site = await plantSite(databaseUrl);
  const metricsPort = await findFreePort();
  const machine = await start("hot", 2, { DATABASE_URL: databaseUrl, METRICS_PORT: String(metricsPort) });
  await pass(SETTLED_MS);
  const [model] = site.models;
  const leaf = model!.leaves[0]!;
  const path = `/${[model!.root.slug, leaf.parent!.slug, leaf.slug].join("/")}`;
  const clients = await Promise.all(Array.from({ length: 50 }, () => Client.open(machine.port)));
  const exchange = { path, status: 200 } as const;

  let served = 0;
  const until = performance.now() + 5_000;
  await Promise.all(
    clients.map(async (client) => {
      for (; performance.now() < until; served++) await client.ask(exchange);
    }),
  );
  const rate = (served / 5) * 0.6;

  const edit = editor(site);
  const loadsBefore = await countLoads(metricsPort);
  const waits: number[] = [];
  const edits: Promise<number>[] = [];
  const queues = clients.map((client) => ({ client, under: Promise.resolve() }));
  const began = performance.now();
  for (let sent = 0, edited = 0; sent < SECONDS * rate; await pass(1)) {
    const passedMs = performance.now() - began;
    if (passedMs > edited * 1_000 + 500) edited = edits.push(edit(machine.port));
    // All that are due by now, however late this process woke up: each counts from when it should have been sent.
    for (; sent < Math.min(SECONDS, passedMs / 1_000) * rate; sent++) {
      const queue = queues[sent % queues.length]!;
      const due = began + (sent / rate) * 1_000;
      queue.under = queue.under.then(async () => {
        await queue.client.ask(exchange);
        waits.push(performance.now() - due);
      });
    }
  }
  await Promise.all(queues.map(({ under }) => under));
  const visible = await Promise.all(edits);
  const loads = (await countLoads(metricsPort)) - loadsBefore;
  for (const { client } of queues) client.close();
  await machine.stop();
  lines.push(
    { what: `the hottest page, edited each second: requests a second (60 % of what went through)`, figure: rate, unit: "" },
    { what: `loads of its structure per worker and edit`, figure: loads / edits.length / 2, unit: "", most: 1 },
    { what: `read, p50`, figure: percentile(waits, 0.5), unit: "ms" },
    { what: `read, p99`, figure: percentile(waits, 0.99), unit: "ms", most: 50 },
    { what: `edit to visible everywhere meanwhile, p50`, figure: percentile(visible, 0.5), unit: "ms" },
  );
}

async function countLoads(metricsPort: number): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
  const counts = [...text.matchAll(/^qrcards_cache_loads_total\{([^}]*)\} (\d+)/gm)];
  return counts.filter(([, labels]) => labels!.includes('family="structure"')).reduce((sum, [, , count]) => sum + Number(count), 0);
}

function start(name: string, workers: number, env: Record<string, string>): Promise<Machine> {
  return Machine.start({ name, sources: SOURCES, env, workers, recorder: nobody });
}

async function emptyDatabase(url: string, name: string): Promise<string> {
  const { default: pg } = await import("pg");
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`create database ${name}`);
  await client.end();
  const own = new URL(url);
  own.pathname = `/${name}`;
  return own.href;
}

/** CPU time of processes, all threads, from /proc (see proc(5)); in seconds. */
function cpuSeconds(pids: readonly number[]): number {
  let ticks = 0;
  for (const pid of pids) {
    const [, , , , , , , , , , , , , user, system] = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/\(.*\)/, "x")
      .split(" ");
    ticks += Number(user) + Number(system);
  }
  return ticks / CLOCK_TICKS_A_SECOND;
}
