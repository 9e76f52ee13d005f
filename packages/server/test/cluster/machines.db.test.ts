import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, inject, test, vi } from "vitest";
import { findFreePort } from "../../../../scripts/services/start-service.mjs";
import { type RedisServer, redisProgram, startRedisServer } from "../../../cache/test/support/redis-server.ts";
import { createToken } from "../../src/admin/tokens.ts";
import { parseConfig } from "../../src/config.ts";
import { createServices } from "../../src/services.ts";
import { type Planted, plantTrip } from "../delivery/plant-trip.ts";
import { usePostgres } from "../support/databases.ts";
import { type FrontProxy, startFrontProxy } from "./front-proxy.ts";
import { startLoad } from "./steady-load.ts";

const MAIN = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));
const START_LIMIT_MS = 60_000;

// The topology of compose.yaml as plain processes: two machines with two workers each, one PostgreSQL, one Redis, a proxy.

interface Machine {
  readonly port: number;
  readonly metricsPort: number;
  readonly child: ChildProcess;
}

describe.skipIf(redisProgram === undefined || inject("postgresUrl") === undefined)("two machines behind a proxy", () => {
  vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });
  const makeDatabase = usePostgres();
  let redis: RedisServer;
  let databaseUrl: string;
  let trip: Planted;
  let token: string;
  let proxy: FrontProxy;
  const machines: Machine[] = [];

  async function startMachine(port?: number): Promise<Machine> {
    const [own, metricsPort] = [port ?? (await findFreePort()), await findFreePort()];
    const child = spawn(process.execPath, ["--conditions=qrcards-source", MAIN, "serve", "--workers", "2", "--json"], {
      env: {
        PATH: process.env.PATH,
        PORT: String(own),
        HOST: "127.0.0.1",
        METRICS_PORT: String(metricsPort),
        DATABASE_URL: databaseUrl,
        REDIS_URL: redis.url,
        RENDER_THREADS: "1",
        PUBLIC_URL: "https://cards.example.org",
      },
      stdio: ["ignore", "pipe", "inherit"],
    });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
    await vi.waitFor(() => expect(output).toContain("localUrl"), { timeout: START_LIMIT_MS, interval: 50 });
    return { port: own, metricsPort, child };
  }

  async function stop({ child }: Machine): Promise<void> {
    const over = once(child, "exit");
    child.kill("SIGTERM");
    expect(await over).toEqual([0, null]);
  }

  beforeAll(async () => {
    redis = await startRedisServer();
    databaseUrl = (await makeDatabase({ migrated: false })).url;
    const services = await createServices(parseConfig({ DATABASE_URL: databaseUrl, RENDER_THREADS: "1" }));
    trip = await plantTrip(services, { title: "Trip", children: [{ title: "Page", body: "Version 0." }] });
    ({ text: token } = await createToken(services.database.db, { name: "t", scopes: ["edit", "publish"], expiresInMs: null }));
    await services.close();
    machines.push(...(await Promise.all([startMachine(), startMachine()])));
    proxy = await startFrontProxy(machines.map(({ port }) => port));
  });
  afterAll(async () => {
    await proxy?.close();
    for (const { child } of machines) child.kill("SIGKILL");
    await redis?.stop();
  });

  /** Over a new connection, so by whichever worker is next. */
  const read = async (port: number) => {
    const response = await fetch(`http://127.0.0.1:${port}/trip/page`, { headers: { connection: "close" } });
    return { status: response.status, text: await response.text() };
  };

  test("an edit through the proxy is visible at every worker of both when it is answered", async () => {
    let revision = 1;
    const ways: number[] = [];
    for (let version = 1; version <= 10; version++) {
      for (const { port } of machines) for (let count = 0; count < 4; count++) await read(port);
      const response = await fetch(`http://127.0.0.1:${proxy.port}/api/nodes/${trip.id("Page")}`, {
        method: "PATCH",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        body: JSON.stringify({ body: `Version ${version}.`, revision: revision++ }),
      });
      const answer = (await response.json()) as { visible: string; afterMs: number };
      expect([response.status, answer.visible]).toEqual([200, "everywhere"]);
      ways.push(answer.afterMs);
      for (const { port } of machines)
        for (let count = 0; count < 4; count++) expect((await read(port)).text).toContain(`Version ${version}.`);
    }
    // After the first two seconds all of them say so, and nobody need wait for leases.
    expect(Math.min(...ways)).toBeLessThan(1_500);
  });

  test("one of them is stopped and started again, and no request fails", async () => {
    const loads = [true, false].map((keepAlive) => startLoad({ port: proxy.port, path: "/trip/page", keepAlive, clients: 4 }));
    await Promise.all(loads.map(({ underWay }) => underWay));
    const [first] = machines as [Machine];
    await stop(first);
    machines[0] = await startMachine(first.port);
    const outcomes = (await Promise.all(loads.map((load) => load.stop()))).flat();
    expect(outcomes.flatMap(({ failures }) => failures)).toEqual([]);
    for (const { answered } of outcomes) expect(answered).toBeGreaterThan(0);
    expect((await read(machines[0].port)).text).toContain("Version 10.");
  });

  test("a machine that starts asks the database for no structure that another one has loaded", async () => {
    const metrics = await (await fetch(`http://127.0.0.1:${machines[0]!.metricsPort}/metrics`)).text();
    const of = (name: string) =>
      [...metrics.matchAll(new RegExp(`^${name}\\{([^}]*)\\} (\\d+)`, "gm"))]
        .filter(([, labels]) => labels!.includes('family="structure"'))
        .reduce((sum, [, , count]) => sum + Number(count), 0);
    expect(of("qrcards_cache_l2_hits_total")).toBeGreaterThan(0);
    expect(of("qrcards_cache_loads_total")).toBe(0);
  });
});
