import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type FaultProxy, startFaultProxy } from "@qrcards/cache/testing";
import { type RedisServer, redisProgram, startRedisServer } from "../../../packages/cache/test/support/redis-server.ts";
import { type Cable, layCable } from "../../../packages/server/test/delivery/cable.ts";
import { startPostgres } from "../../../scripts/services/postgres.mjs";
import type { Recorder } from "../history/recorder.ts";
import { Spotlight } from "../load/spotlight.ts";
import { plantSite } from "../site/plant-site.ts";
import { openSiteDatabase } from "../site/site-database.ts";
import { Machine } from "./machine.ts";
import type { SetupName, Site } from "./site.ts";

/** Workers of each machine. SQLite is used by one machine; one PostgreSQL and one Redis by two, of which one serves alone. */
const MACHINES: Readonly<Record<SetupName, readonly number[]>> = { sqlite: [3], postgres: [2, 1] };

/** What a setup needs is not on this machine. */
export class MissingServiceError extends Error {}

/**
 * Starts an installation. Everything in it ends with the harness at the latest.
 *
 * @param sources the repository, or a copy of it with a mistake in it
 * @throws MissingServiceError when what it needs is not there
 */
export async function openSite(setup: SetupName, sources: string, recorder: Recorder): Promise<Site> {
  const closing: (() => unknown)[] = [];
  const close = async () => {
    for (const end of closing.splice(0).reverse()) await end();
  };
  try {
    if (process.platform !== "linux") throw new MissingServiceError("Processes are found by /proc, which this system does not have.");
    return setup === "sqlite" ? await openSqliteSite() : await openPostgresSite();
  } catch (error) {
    await close();
    throw error;
  }

  async function openSqliteSite(): Promise<Site> {
    const folder = mkdtempSync(join(tmpdir(), "qrcards-faults-"));
    closing.push(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
    const filename = join(folder, "site.db");
    const common = await openCommon(`sqlite:${filename}`);
    const machines = await startMachines([{ DATABASE_URL: `sqlite:${filename}` }]);
    return { setup, recorder, ...common, machines, redis: undefined, redisLines: [], cables: [], close };
  }

  async function openPostgresSite(): Promise<Site> {
    const postgres = await startPostgres();
    if (postgres === undefined) throw new MissingServiceError("There is no PostgreSQL here.");
    closing.push(postgres.stop);
    if (redisProgram === undefined) throw new MissingServiceError("There is no Redis here.");
    const redis: RedisServer = await startRedisServer({ args: ["--dbfilename", "dump.rdb"] });
    closing.push(redis.stop);
    const common = await openCommon(postgres.value);
    const redisLines: FaultProxy[] = [];
    const cables: Cable[] = [];
    for (const _ of MACHINES[setup]) {
      redisLines.push(await startFaultProxy({ target: redis.url }));
      cables.push(await layCable(postgres.value));
    }
    closing.push(() => Promise.all([...redisLines, ...cables].map((line) => line.close())));
    const machines = await startMachines(cables.map(({ url }, index) => ({ DATABASE_URL: url, REDIS_URL: redisLines[index]!.url })));
    return { setup, recorder, ...common, machines, redis, redisLines, cables, close };
  }

  async function openCommon(databaseUrl: string) {
    const planted = await plantSite(databaseUrl);
    const database = openSiteDatabase(databaseUrl);
    closing.push(() => database.close());
    return { planted, spotlight: new Spotlight(), database };
  }

  async function startMachines(envs: readonly Record<string, string>[]): Promise<Machine[]> {
    const machines = await Promise.all(
      envs.map((env, index) => Machine.start({ name: `m${index + 1}`, sources, env, workers: MACHINES[setup][index]!, recorder })),
    );
    closing.push(() => Promise.all(machines.map((machine) => machine.stop())));
    return machines;
  }
}
