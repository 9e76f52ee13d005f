/**
 * A trip that is not in memory: out of Redis, beside out of the database, and beside what JSON in Redis would cost.
 *
 *     npm run bench -- micro/cold-trip
 *
 * Method: CPU time of this process (what Redis and PostgreSQL use themselves is left out), 32 callers at a time, medians of
 * rounds. "From Redis" is `trips.snapshot` with structures kept in Redis alone, so that each read is one GET, a judgement and a
 * decoded snapshot; the small statement that a process needs for the first read of a trip is measured apart and added. "From the
 * database" is `loadStructure` and the decoding of what it made. JSON is 15 KB of a structure's nodes, by a bare client's GET
 * and `JSON.parse`; beside it stands a trip whose encoded structure is as large, with nearly twice the nodes. Every result is
 * looked at.
 *
 * Expected: 200 nodes from Redis < 0.3 ms; 15 KB <= 0.3 x of GET + JSON.parse.
 */
import { createClient } from "@redis/client";
import { parseConfig } from "../../packages/server/src/config.ts";
import { createDatabaseAuthority } from "../../packages/server/src/freshness/database-authority.ts";
import { createServices, type Services } from "../../packages/server/src/services.ts";
import { applyPlan } from "../../packages/server/src/trips/apply-plan.ts";
import { tripTag } from "../../packages/server/src/trips/keys.ts";
import { Snapshot } from "../../packages/server/src/trips/snapshot.ts";
import { loadStructure } from "../../packages/server/src/trips/structure-query.ts";
import { startRedis } from "../../scripts/services/redis.mjs";
import { COMMON, generatePlan } from "../generate-trip.ts";
import { type Contestant, type Figure, measureCpu, scale } from "../harness/measure.ts";
import { type Line, report } from "../harness/report.ts";
import { withEachDatabase } from "../harness/workspace.ts";

const CALLERS = 32;
const BATCHES = 10;
/** Its encoded structure takes 15 KB. */
const FIFTEEN_KB = { pages: 166, siblings: 0 };

const server = await startRedis();
if (server === undefined) throw new Error("There is no Redis on this machine.");
const redis = createClient({ url: server.value });
await redis.connect();
const lines: Line[] = [];

await withEachDatabase(async ({ name, services: { config, trips } }) => {
  const env = { REDIS_URL: server.value, REDIS_PREFIX: name, STRUCTURE_CACHE_TIERS: "l2", PUBLIC_URL: config.publicUrl };
  const services = await createServices(parseConfig({ ...env, DATABASE_URL: config.databaseUrl, LOG_LEVEL: "silent" }));
  const authority = createDatabaseAuthority(services.database);
  try {
    // A trip for each caller: those who want the same one at once would share one read.
    const [common, smaller]: [number[], number[]] = [[], []];
    for (let caller = 0; caller < CALLERS; caller += 1) {
      common.push((await applyPlan(trips, generatePlan(COMMON, `common-${caller}`))).tripId!);
      smaller.push((await applyPlan(trips, generatePlan(FIFTEEN_KB, `smaller-${caller}`))).tripId!);
    }
    for (const id of [...common, ...smaller]) await fillRedis(services, id);
    const size = await fillRedis(services, smaller[0]!);
    const json = jsonOf((await services.trips.snapshot(smaller[0]!))!.snapshot, size);
    await redis.set("json", json);
    const nodesInJson = (JSON.parse(json) as { nodes: object[] }).nodes.length;

    const fromRedis = (what: string, ids: readonly number[], nodes: number) =>
      contestant(what, async (caller) => (await services.trips.snapshot(ids[caller]!))?.snapshot.size === nodes);
    const { db } = services.database;
    const cpu = await measureCpu([
      fromRedis("redis", common, COMMON.pages),
      fromRedis("redis 15 KB", smaller, FIFTEEN_KB.pages),
      contestant("version", async (caller) => (await authority.versionOf(tripTag(common[caller]!))).version > 0),
      contestant("database", async (caller) => new Snapshot((await loadStructure(db, common[caller]!))!.bytes).size === COMMON.pages),
      contestant("get", async () => (await redis.get("json"))!.length === json.length),
      contestant("json", async () => (JSON.parse((await redis.get("json"))!) as { nodes: object[] }).nodes.length === nodesInJson),
    ]);
    const hits = services.cache.stats();
    if (hits.loads.installed > 2 * CALLERS) throw new Error("What was to come from Redis was loaded.");
    const inMs = (what: string) => scale(cpu.get(what)!, 1 / 1_000);
    lines.push(
      { what: `${name}: 200 nodes from Redis, version known`, figure: inMs("redis"), unit: "ms" },
      { what: `${name}: which version, one small statement`, figure: inMs("version"), unit: "ms" },
      { what: `${name}: both, a cold trip from Redis`, figure: plus(inMs("redis"), inMs("version")), unit: "ms", most: 0.3 },
      { what: `${name}: a cold trip from the database`, figure: inMs("database"), unit: "ms" },
      { what: `${name}: ${(size / 1_000).toFixed(1)} KB from Redis`, figure: inMs("redis 15 KB"), unit: "ms" },
      { what: `${name}: ${(json.length / 1_000).toFixed(1)} KB of JSON by GET + JSON.parse`, figure: inMs("json"), unit: "ms" },
      { what: `${name}: the GET alone`, figure: inMs("get"), unit: "ms" },
      { what: `${name}: ratio`, figure: cpu.get("redis 15 KB")!.median / cpu.get("json")!.median, unit: "x", most: 0.3 },
    );
  } finally {
    await authority.close();
    await services.close();
  }
});
report("micro/cold-trip", lines);
redis.destroy();
await server.stop();

/** @returns the size of the trip's structure there, in bytes */
async function fillRedis(services: Services, tripId: number): Promise<number> {
  await services.trips.snapshot(tripId);
  for (;;) {
    const { l2 } = await services.cache.explain(`trip:${tripId}:structure`);
    if (l2 !== undefined) return l2.bytes;
  }
}

function contestant(name: string, read: (caller: number) => Promise<boolean>): Contestant {
  return {
    name,
    async run() {
      for (let batch = 0; batch < BATCHES; batch += 1) {
        const right = await Promise.all(Array.from({ length: CALLERS }, (_, caller) => read(caller)));
        if (!right.every(Boolean)) throw new Error(`${name}: wrong.`);
      }
      return CALLERS * BATCHES;
    },
  };
}

/** As a server would keep it that keeps a structure as JSON: as many nodes of it as this size has room for. */
function jsonOf(snapshot: Snapshot, bytes: number): string {
  const nodes = Array.from({ length: snapshot.size }, (_, node) => ({
    id: snapshot.id(node),
    parent: snapshot.parent(node),
    segment: snapshot.segment(node),
    title: snapshot.title(node),
    contentHash: snapshot.contentHash(node),
    state: snapshot.state(node),
  }));
  const write = () => JSON.stringify({ version: snapshot.version, slug: snapshot.slug, nodes });
  while (write().length > bytes) nodes.pop();
  return write();
}

function plus(one: Figure, other: Figure): Figure {
  return { median: one.median + other.median, lowest: one.lowest + other.lowest, highest: one.highest + other.highest };
}
