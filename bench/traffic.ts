/**
 * The traffic of a site of 5,000 trips, through the product's services: what memory, Redis and the database are asked for.
 *
 *     npm run bench -- traffic [hours] [speed]      # default: 4 hours of the site's life, 720 times as fast
 *
 * Method: SQLite with 5,000 trips of 100 pages, a Redis of its own, four visits a second and a hundred edits a day of the site's
 * life (`traffic/readers.ts` says how readers walk). Everything goes through `createServices`, `locate` and `trips.edit`, without
 * HTTP and without a store of pages before it, so a visit is the resolving of one address. The site's life is run 720 times as
 * fast, and all times to live are shortened by as much; polls and leases are not, so they are 720 times as slow as they would be.
 * 200,000 visits as fast as possible come before, so that what would take days to fill is full, then an hour at its pace, and only
 * then it counts. Each answer must be the right page; one older than an edit that was acknowledged, by the same process or 2 s
 * before, would be stale. With four processes there are four memories in one process here; readers stay at the one they came to.
 *
 * Expected: the paper's goals (L1 > 95 %, L2 > 85 %, queries < 10 % of uncached, Redis < 100 MB at 1,000 trips and 10,000
 * paths), avoidable loads at most 0.5 % of visits and no stale answer, by default; with the founding preset L1 some points lower
 * and single addresses found in Redis in a minority of the cases in which they are asked for.
 */
import { join } from "node:path";
import { createClient } from "@redis/client";
import { type Config, parseConfig } from "../packages/server/src/config.ts";
import type { FamilyConfig } from "../packages/server/src/config-cache.ts";
import { createServices } from "../packages/server/src/services.ts";
import { startRedis } from "../scripts/services/redis.mjs";
import { type Line, report } from "./harness/report.ts";
import { makeFolder } from "./harness/workspace.ts";
import { createSite, type Site } from "./traffic/many-trips.ts";
import { type Outcome, runVariant } from "./traffic/run-variant.ts";

const [hours = 4, speed = 720] = process.argv.slice(2).map(Number);
const TRIPS = 5_000;
const WARM_UP_VISITS = 200_000;

const server = await startRedis();
if (server === undefined) throw new Error("There is no Redis on this machine.");
const redisUrl: string = server.value;
const redis = createClient({ url: redisUrl });
await redis.connect();

const file = join(makeFolder(), "traffic.db");
const site = await createSite(file, TRIPS, { pages: 100, siblings: 0 });

const variants: readonly [name: string, env: Readonly<Record<string, string>>][] = [
  ["by default", { REDIS_URL: redisUrl }],
  ["founding preset", { REDIS_URL: redisUrl, QRCARDS_CACHE_PRESET: "founding" }],
  ["without Redis", {}],
  ["single addresses too", { REDIS_URL: redisUrl, PATH_CACHE_TIERS: "both" }],
];
try {
  for (const processes of [1, 4]) {
    for (const [name, env] of variants) {
      await redis.flushAll();
      const config = hasten(parse(env));
      const empty = await usedBytes();
      const outcome = await runVariant({ config, processes, site, speed, warmUpVisits: WARM_UP_VISITS, hours });
      const isOurs = name !== "founding preset";
      const lines = [...linesOf(outcome, isOurs), { what: "Redis", figure: ((await usedBytes()) - empty) / 1e6, unit: "MB" }];
      report(`traffic: ${name}, ${processes === 1 ? "1 process" : `${processes} processes`}`, lines);
    }
  }
  report("traffic: what 1,000 trips and 10,000 paths take in Redis", [
    { what: "Redis", figure: (await fillRedis(site)) / 1e6, unit: "MB", most: 100 },
  ]);
} finally {
  redis.destroy();
  await server.stop();
}

function parse(env: Readonly<Record<string, string>>): Config {
  return parseConfig({
    DATABASE_URL: `sqlite:${file}`,
    PUBLIC_URL: "https://cards.example",
    LOG_LEVEL: "silent",
    RENDER_THREADS: "1",
    ...env,
  });
}

/** Times to live as much shorter as the site lives faster. */
function hasten(config: Config): Config {
  const faster = (family: FamilyConfig) => ({ ...family, l1TtlMs: family.l1TtlMs / speed, l2TtlMs: family.l2TtlMs / speed });
  const { structures, paths } = config.cache;
  return { ...config, cache: { ...config.cache, structures: faster(structures), paths: faster(paths) } };
}

function linesOf(outcome: Outcome, isOurs: boolean): Line[] {
  const { visits, edits, structures, paths, statements, avoidableLoads, stale, late, afterRestart } = outcome;
  const share = (part: number, whole: number) => (whole === 0 ? 0 : (100 * part) / whole);
  const l2Asked = structures.l2 + structures.loaded;
  const pathsAsked = paths.l1 + paths.l2 + paths.loaded;
  const queries = statements.root + statements.version + statements.structure;
  return [
    { what: "visits", figure: visits, unit: "" },
    { what: "edits", figure: edits, unit: "" },
    { what: "structures found in memory (L1)", figure: share(structures.l1, visits), unit: "%", least: 95 },
    ...(structures.l2 === 0
      ? []
      : [{ what: "of the others, found in Redis (L2)", figure: share(structures.l2, l2Asked), unit: "%", least: 85 }]),
    ...(pathsAsked === 0
      ? []
      : [
          { what: "visits that asked for a single address", figure: share(pathsAsked, visits), unit: "%" },
          { what: "of these, found in memory", figure: share(paths.l1, pathsAsked), unit: "%" },
          { what: "of the others, found in Redis", figure: share(paths.l2, paths.l2 + paths.loaded), unit: "%" },
        ]),
    { what: "avoidable loads, of visits", figure: share(avoidableLoads, visits), unit: "%", ...(isOurs && { most: 0.5 }) },
    { what: "all queries, of uncached (two a visit)", figure: share(queries, 2 * visits), unit: "%", most: 10 },
    {
      what: "structure queries, of uncached (one a visit)",
      figure: share(statements.structure, visits),
      unit: "%",
      ...(isOurs && { most: 0.5 }),
    },
    { what: "queries: who has a slug", figure: statements.root, unit: "" },
    { what: "queries: which version", figure: statements.version, unit: "" },
    { what: "queries: structure", figure: statements.structure, unit: "" },
    { what: "1,000 visits after a restart: structures from Redis", figure: afterRestart.l2, unit: "" },
    { what: "1,000 visits after a restart: structures from the database", figure: afterRestart.loaded, unit: "" },
    { what: "of these, loaded before", figure: afterRestart.avoidableLoads, unit: "" },
    { what: "stale answers", figure: stale, unit: "", most: 0 },
    { what: "answers from before an edit elsewhere, within the lease", figure: late, unit: "" },
  ];
}

/** Structures are not kept in memory here, so that each address is asked for, and kept. */
async function fillRedis({ paths, slug }: Site): Promise<number> {
  await redis.flushAll();
  const empty = await usedBytes();
  const services = await createServices(parse({ REDIS_URL: redisUrl, STRUCTURE_CACHE_TIERS: "l2", PATH_CACHE_TIERS: "l2" }));
  for (let trip = 0; trip < 1_000; trip += 1) {
    for (let page = 0; page < 10; page += 1) await services.paths!.redirectOf([slug(trip), ...paths[page * 7]!]);
  }
  await services.close();
  const keys = await redis.dbSize();
  if (keys !== 11_000) throw new Error(`There are ${keys} keys in Redis, not 11,000.`);
  return (await usedBytes()) - empty;
}

async function usedBytes(): Promise<number> {
  return Number(/^used_memory:(\d+)/m.exec(await redis.info("memory"))![1]);
}
